import crosscheck.Policy;
import io.vertx.ext.web.handler.CorsHandler;

/** How the handler took origins when it was made with the one pattern that it had. */
final class Era {
  private Era() {}

  static CorsHandler handler(Policy.Origins origins) {
    if (origins.any()) {
      return CorsHandler.create("*");
    }
    return origins.regex().isEmpty()
        ? CorsHandler.create().addOrigins(origins.list())
        : CorsHandler.create(String.join("|", origins.regex()));
  }

  static void privateNetwork(CorsHandler handler, boolean allowed) {
    // Not yet there; no policy that needs it comes here.
  }
}
