import crosscheck.Policy;
import io.vertx.ext.web.handler.CorsHandler;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How the handler, before its fourth version, takes origins: one expression for all, so a listed origin is quoted. */
final class Era {
  private Era() {}

  static CorsHandler handler(Policy.Origins origins) {
    if (origins.any()) {
      return CorsHandler.create("*");
    }
    Stream<String> listed = origins.list().stream().map(Pattern::quote);
    return CorsHandler.create(Stream.concat(listed, origins.regex().stream()).collect(Collectors.joining("|")));
  }
}
