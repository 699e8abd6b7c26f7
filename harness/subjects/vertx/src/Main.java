import crosscheck.Adapter;
import crosscheck.Policy;
import crosscheck.Reply;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.CorsHandler;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.logging.LogManager;
import java.util.stream.Collectors;

/** Vert.x's CorsHandler on a router. */
public final class Main extends Adapter {
  // No files are served; the file cache would leave a folder behind.
  private final Vertx vertx =
      Vertx.vertx(
          new VertxOptions()
              .setEventLoopPoolSize(2)
              .setFileSystemOptions(
                  new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));

  private Main() {
    super("io.vertx", "vertx-web");
  }

  public static void main(String[] arguments) throws Exception {
    LogManager.getLogManager().reset();
    new Main().run();
  }

  @Override
  protected int serve(String id, Policy policy) throws Exception {
    HttpServer server = vertx.createHttpServer().requestHandler(router(id, policy));
    return server.listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().get().actualPort();
  }

  private Router router(String id, Policy policy) {
    Router router = Router.router(vertx);
    if (policy == null) {
      boolean docs = id.equals("docs");
      CorsHandler cors =
          docs
              ? Era.handler(new Policy.Origins(false, List.of(), List.of(), List.of(), List.of("vertx\\.io"), null))
              : CorsHandler.create();
      if (docs) {
        cors.allowedMethod(HttpMethod.GET);
      }
      router.route().handler(cors).handler(Main::answer);
      return router;
    }
    for (Policy.Route route : policy.routes()) {
      if (route.policy() != null) {
        router.route(route.path()).handler(handler(route.policy()));
      }
      router.route(route.path()).handler(Main::answer);
    }
    router.route().handler(handler(policy)).handler(Main::answer);
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
    Era.privateNetwork(handler, policy.privateNetwork());
    if (policy.maxAge() != null) {
      handler.maxAgeSeconds(policy.maxAge());
    }
    return handler;
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
