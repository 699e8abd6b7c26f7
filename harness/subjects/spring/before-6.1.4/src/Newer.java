import java.util.List;
import org.springframework.web.cors.CorsConfiguration;

/** Releases without private networks. */
final class Newer {
  private Newer() {}

  static void patterns(CorsConfiguration configuration, List<String> patterns) {
    configuration.setAllowedOriginPatterns(patterns);
  }

  static void privateNetwork(CorsConfiguration configuration, boolean allowed) {
    // These releases do not have it; no policy that needs it is sent.
  }
}
