import java.util.List;
import org.springframework.web.cors.CorsConfiguration;

/** Features of recent releases. */
final class Newer {
  private Newer() {}

  static void patterns(CorsConfiguration configuration, List<String> patterns) {
    configuration.setAllowedOriginPatterns(patterns);
  }

  static void privateNetwork(CorsConfiguration configuration, boolean allowed) {
    configuration.setAllowPrivateNetwork(allowed);
  }
}
