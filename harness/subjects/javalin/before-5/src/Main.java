import crosscheck.Adapter;
import crosscheck.Policy;
import crosscheck.Reply;
import io.javalin.Javalin;
import io.javalin.core.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.NotFoundResponse;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Javalin's CORS in releases whose only setting is the origins. */
public final class Main extends Adapter {
  private Main() {
    super("io.javalin", "javalin");
  }

  public static void main(String[] arguments) throws Exception {
    new Main().run();
  }

  @Override
  protected int serve(String id, Policy policy) {
    Javalin application = Javalin.create(config -> configure(config, policy));
    for (HandlerType method : HandlerType.values()) {
      if (method.isHttpMethod() && method != HandlerType.OPTIONS) {
        application.addHandler(method, "*", Main::answer);
      }
    }
    // The plugin responds to OPTIONS requests without a handler of the application.
    application.options("/", Main::answer);
    application.options("/options", Main::answer);
    return application.start("127.0.0.1", 0).port();
  }

  private static void configure(JavalinConfig config, Policy policy) {
    config.showJavalinBanner = false;
    // A listener serves one request at a time.
    config.server(() -> new Server(new QueuedThreadPool(8, 1)));
    if (policy == null || policy.origins().any()) {
      config.enableCorsForAllOrigins();
    } else {
      config.enableCorsForOrigin(policy.origins().list().toArray(String[]::new));
    }
  }

  private static void answer(Context context) {
    Reply reply = Reply.to(context.method(), context.path(), context.header("Authorization") != null);
    reply.write(context.res::setHeader, context.res::addHeader);
    switch (reply.kind()) {
      case MISSING -> throw new NotFoundResponse();
      case THROWN -> throw new IllegalStateException("the handler failed");
      case REDIRECT -> context.redirect("/");
      default -> {
        context.status(reply.status());
        if (reply.hasBody()) {
          context.result(reply.body());
        }
      }
    }
  }
}
