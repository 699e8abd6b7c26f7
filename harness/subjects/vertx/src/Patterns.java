import io.vertx.ext.web.handler.CorsHandler;

/** How the handler takes a pattern of origins. */
final class Patterns {
  private Patterns() {}

  static void add(CorsHandler handler, String pattern) {
    handler.addOriginWithRegex(pattern);
  }
}
