import crosscheck.Adapter;
import crosscheck.Policy;
import crosscheck.Reply;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.CorsHandler;
import java.util.LinkedHashSet;
import java.util.concurrent.CompletableFuture;
import java.util.logging.LogManager;
import java.util.stream.Collectors;

/** Vert.x's CorsHandler on a router, before its fourth version. */
public final class Main extends Adapter {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));

  private Main() {
    super("io.vertx", "vertx-web");
  }

  public static void main(String[] arguments) throws Exception {
    LogManager.getLogManager().reset();
    new Main().run();
  }

  @Override
  protected int serve(String id, Policy policy) throws Exception {
    Router router = router(policy);
    CompletableFuture<Integer> port = new CompletableFuture<>();
    vertx
        .createHttpServer()
        .requestHandler(router::accept)
        .listen(
            0,
            "127.0.0.1",
            started -> {
              if (started.succeeded()) {
                port.complete(started.result().actualPort());
              } else {
                port.completeExceptionally(started.cause());
              }
            });
    return port.get();
  }

  private Router router(Policy policy) {
    Router router = Router.router(vertx);
    if (policy == null) {
      CorsHandler cors = CorsHandler.create("vertx\\.io").allowedMethod(HttpMethod.GET);
      router.route().handler(cors);
      router.route().handler(Main::answer);
      return router;
    }
    for (Policy.Route route : policy.routes()) {
      if (route.policy() != null) {
        router.route(route.path()).handler(handler(route.policy()));
      }
      router.route(route.path()).handler(Main::answer);
    }
    // Before 3.5 a route has one handler.
    router.route().handler(handler(policy));
    router.route().handler(Main::answer);
    return router;
  }

  private static CorsHandler handler(Policy policy) {
    CorsHandler handler = Era.handler(policy.origins());
    handler.allowedMethods(policy.methods().list().stream().map(HttpMethod::valueOf).collect(Collectors.toSet()));
    // Without a list it allows the requested headers.
    if (!policy.headers().any()) {
      handler.allowedHeaders(new LinkedHashSet<>(policy.headers().list()));
    }
    if (!policy.expose().list().isEmpty()) {
      handler.exposedHeaders(new LinkedHashSet<>(policy.expose().list()));
    }
    handler.allowCredentials(policy.credentials());
    if (policy.maxAge() != null) {
      handler.maxAgeSeconds(policy.maxAge());
    }
    return handler;
  }

  private static void answer(RoutingContext context) {
    HttpServerResponse response = context.response();
    boolean authorized = context.request().headers().contains(HttpHeaders.AUTHORIZATION);
    Reply reply = Reply.to(context.request().rawMethod(), context.request().path(), authorized);
    reply.write(response.headers()::set, response.headers()::add);
    switch (reply.kind()) {
      case MISSING -> context.next();
      case THROWN -> throw new IllegalStateException("the handler failed");
      case REDIRECT -> response.setStatusCode(302).putHeader(HttpHeaders.LOCATION, "/").end();
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
