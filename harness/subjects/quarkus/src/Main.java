import crosscheck.Adapter;
import crosscheck.Policy;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.vertx.http.runtime.cors.CORSFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/** Quarkus's CORS filter, which has one configuration per process. */
@QuarkusMain
public class Main extends Adapter {
  Main() {
    super("io.quarkus", "quarkus-vertx-http");
  }

  public static void main(String[] arguments) throws Exception {
    new Main().run();
  }

  @Override
  protected Class<?> library() {
    return CORSFilter.class;
  }

  @Override
  protected int serve(String id, Policy policy) throws Exception {
    set("host", "127.0.0.1");
    set("port", "0");
    // On loopback it would accept only requests for local hosts; the cases use other hosts, as behind a proxy.
    set("host-validation.require-localhost", "false");
    // The switch had a shorter name in old releases.
    set("cors", "true");
    set("cors.enabled", "true");
    if (policy != null) {
      configure(policy);
    } else if (id.equals("docs")) {
      document();
    }
    new Thread(() -> Quarkus.run(Application.class, (code, failure) -> Application.PORT.completeExceptionally(failure))).start();
    try {
      return Application.PORT.get();
    } catch (ExecutionException refusal) {
      throw new IllegalArgumentException(refusal.getCause());
    }
  }

  private static void configure(Policy policy) {
    Policy.Origins origins = policy.origins();
    List<String> allowed = new ArrayList<>(origins.any() ? List.of("*") : origins.list());
    origins.regex().forEach(regex -> allowed.add("/" + regex + "/"));
    set("cors.origins", allowed);
    set("cors.methods", policy.methods().list());
    set("cors.headers", policy.headers().list());
    set("cors.exposed-headers", policy.expose().list());
    set("cors.access-control-allow-credentials", String.valueOf(policy.credentials()));
    if (policy.maxAge() != null) {
      set("cors.access-control-max-age", String.valueOf(policy.maxAge()));
    }
  }

  /** The example of the guide. */
  private static void document() {
    set(
        "cors.origins",
        List.of("http://example.com", "http://www.example.io", "/https://([a-z0-9\\-_]+)\\.app\\.mydomain\\.com/"));
    set("cors.methods", List.of("GET", "PUT", "POST"));
    set("cors.headers", List.of("X-Custom"));
    set("cors.exposed-headers", List.of("Content-Disposition"));
    set("cors.access-control-max-age", "24H");
    set("cors.access-control-allow-credentials", "true");
  }

  /** A list as a property; an empty one stays unset, which allows any. */
  private static void set(String name, List<String> items) {
    if (!items.isEmpty()) {
      set(name, items.stream().map(item -> item.replace("\\", "\\\\").replace(",", "\\,")).collect(Collectors.joining(",")));
    }
  }

  private static void set(String name, String value) {
    System.setProperty("quarkus.http." + name, value);
  }
}
