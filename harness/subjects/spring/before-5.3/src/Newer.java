import java.util.List;
import org.springframework.web.cors.CorsConfiguration;

/** Releases that know neither patterns of origins nor private networks. */
final class Newer {
  private Newer() {}

  static void patterns(CorsConfiguration configuration, List<String> patterns) {
    // Not yet there; no policy that needs it comes here.
  }

  static void privateNetwork(CorsConfiguration configuration, boolean allowed) {
    // Not yet there; no policy that needs it comes here.
  }
}
