import io.vertx.ext.web.handler.CorsHandler;

/** How the handler, before its fifth version, takes a pattern of origins. */
final class Patterns {
  private Patterns() {}

  static void add(CorsHandler handler, String pattern) {
    handler.addRelativeOrigin(pattern);
  }
}
