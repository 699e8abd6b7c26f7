import java.util.List;
import org.springframework.web.cors.CorsConfiguration;

/** Releases that know nothing of private networks. */
final class Newer {
  private Newer() {}

  static void patterns(CorsConfiguration configuration, List<String> patterns) {
    configuration.setAllowedOriginPatterns(patterns);
  }

  static void privateNetwork(CorsConfiguration configuration, boolean allowed) {
    // Not yet there; no policy that needs it comes here.
  }
}
