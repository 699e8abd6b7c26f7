import crosscheck.Adapter;
import crosscheck.Policy;
import crosscheck.Reply;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.NotFoundResponse;
import io.javalin.plugin.bundled.CorsPluginConfig.CorsRule;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Javalin's CorsPlugin. */
public final class Main extends Adapter {
  private Main() {
    super("io.javalin", "javalin");
  }

  public static void main(String[] arguments) throws Exception {
    new Main().run();
  }

  @Override
  protected int serve(String id, Policy policy) {
    return Javalin.create(config -> configure(config, policy)).start("127.0.0.1", 0).port();
  }

  private static void configure(JavalinConfig config, Policy policy) {
    config.startup.showJavalinBanner = false;
    // A listener serves one request at a time.
    config.jetty.threadPool = new QueuedThreadPool(8, 1);
    config.bundledPlugins.enableCors(cors -> cors.addRule(rule -> configure(rule, policy)));
    for (HandlerType method : HandlerType.commonHttp()) {
      if (!method.equals(HandlerType.OPTIONS)) {
        config.routes.addHttpHandler(method, "*", Main::answer);
      }
    }
    // If the application has a handler for OPTIONS, the plugin passes it even preflights. So it has one only
    // where a case needs it.
    config.routes.options("/", Main::answer);
    config.routes.options("/options", Main::answer);
  }

  private static void configure(CorsRule rule, Policy policy) {
    if (policy == null) {
      rule.allowHost("example.com", "javalin.io");
      return;
    }
    Policy.Origins origins = policy.origins();
    if (origins.any()) {
      rule.anyHost();
    }
    origins.list().forEach(origin -> rule.allowHost(origin));
    origins.under().forEach(under -> rule.allowHost(under.glob()));
    rule.allowCredentials = policy.credentials();
    policy.expose().list().forEach(rule::exposeHeader);
    if (policy.maxAge() != null) {
      rule.maxAge = policy.maxAge();
    }
  }

  private static void answer(Context context) {
    Reply reply = Reply.to(context.method().name(), context.path(), context.header("Authorization") != null);
    reply.write(context.res()::setHeader, context.res()::addHeader);
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
