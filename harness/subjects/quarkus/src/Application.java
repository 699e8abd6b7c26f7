import crosscheck.Reply;
import io.quarkus.arc.Arc;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.ConfigProvider;

/** The application behind the filter, on the router that Quarkus has started. */
public class Application implements QuarkusApplication {
  /** The port on which it listens, or the reason why it does not. */
  static final CompletableFuture<Integer> PORT = new CompletableFuture<>();

  @Override
  public int run(String... arguments) {
    // Looked up by type, because the injection annotations had another package in Quarkus 2.
    Arc.container().instance(Router.class).get().route().handler(Application::answer);
    PORT.complete(ConfigProvider.getConfig().getValue("quarkus.http.port", Integer.class));
    Quarkus.waitForExit();
    return 0;
  }

  private static void answer(RoutingContext context) {
    HttpServerResponse response = context.response();
    boolean authorized = context.request().headers().contains(HttpHeaders.AUTHORIZATION);
    Reply reply = Reply.to(context.request().method().name(), context.request().path(), authorized);
    reply.write(response.headers()::set, response.headers()::add);
    switch (reply.kind()) {
      case MISSING -> context.next();
      case THROWN -> throw new IllegalStateException("the handler failed");
      case REDIRECT -> context.redirect("/");
      default -> {
        response.setStatusCode(reply.status());
        if (reply.hasBody()) {
          response.end(reply.body());
        } else {
          response.end();
        }
      }
    }
  }
}
