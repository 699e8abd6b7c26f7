import crosscheck.Policy;
import io.vertx.ext.web.handler.CorsHandler;

/** How the handler takes origins. */
final class Era {
  private Era() {}

  static CorsHandler handler(Policy.Origins origins) {
    CorsHandler handler = CorsHandler.create();
    if (origins.any()) {
      handler.addOrigin("*");
    }
    handler.addOrigins(origins.list());
    origins.regex().forEach(handler::addOriginWithRegex);
    return handler;
  }

  static void privateNetwork(CorsHandler handler, boolean allowed) {
    handler.allowPrivateNetwork(allowed);
  }
}
