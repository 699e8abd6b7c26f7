import crosscheck.Policy;
import io.vertx.ext.web.handler.CorsHandler;

/** How the handler takes origins in releases in which its constructor takes one pattern. */
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
    // These releases do not have it; no policy that needs it is sent.
  }
}
