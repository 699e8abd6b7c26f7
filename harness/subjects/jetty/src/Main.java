import crosscheck.Adapter;
import crosscheck.Policy;
import crosscheck.Reply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.pathmap.ServletPathSpec;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.CrossOriginHandler;
import org.eclipse.jetty.server.handler.PathMappingsHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty's CrossOriginHandler in a tree of Jetty's own handlers. */
public final class Main extends Adapter {
  private Main() {
    super("org.eclipse.jetty", "jetty-server");
  }

  public static void main(String[] arguments) throws Exception {
    new Main().run();
  }

  @Override
  protected int serve(String id, Policy policy) throws Exception {
    // A listener serves one request at a time.
    Server server = new Server(new QueuedThreadPool(8, 1));
    ServerConnector connector = new ServerConnector(server, 1, 1);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(tree(id, policy));
    server.start();
    return connector.getLocalPort();
  }

  private static Handler tree(String id, Policy policy) {
    if (policy == null) {
      CrossOriginHandler handler = new CrossOriginHandler();
      if (id.equals("docs")) {
        handler.setAllowedOriginPatterns(Set.of("https://.*\\.domain\\.com"));
      }
      handler.setHandler(new Application());
      return handler;
    }
    if (policy.routes().isEmpty()) {
      return crossOrigin(policy);
    }
    PathMappingsHandler paths = new PathMappingsHandler();
    for (Policy.Route route : policy.routes()) {
      Handler handler = route.policy() == null ? new Application() : crossOrigin(route.policy());
      paths.addMapping(new ServletPathSpec(route.path()), handler);
    }
    paths.addMapping(new ServletPathSpec("/*"), crossOrigin(policy));
    return paths;
  }

  private static Handler crossOrigin(Policy policy) {
    CrossOriginHandler handler = new CrossOriginHandler();
    handler.setAllowedOriginPatterns(patterns(policy.origins()));
    handler.setAllowedMethods(new LinkedHashSet<>(policy.methods().list()));
    handler.setAllowedHeaders(new LinkedHashSet<>(policy.headers().or("*")));
    handler.setExposedHeaders(new LinkedHashSet<>(policy.expose().list()));
    handler.setAllowCredentials(policy.credentials());
    // An unset max age must send no header, and only zero does that.
    handler.setPreflightMaxAge(Duration.ofSeconds(policy.maxAge() == null ? 0 : policy.maxAge()));
    handler.setHandler(new Application());
    return handler;
  }

  /** Every origin is a regular expression here, so a listed origin is quoted. */
  private static Set<String> patterns(Policy.Origins origins) {
    if (origins.any()) {
      return Set.of("*");
    }
    Set<String> patterns = new HashSet<>(origins.regex());
    origins.list().stream().map(Pattern::quote).forEach(patterns::add);
    return patterns;
  }

  /** The application behind the handler. */
  private static final class Application extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      boolean authorized = request.getHeaders().contains(HttpHeader.AUTHORIZATION);
      Reply reply = Reply.to(request.getMethod(), request.getHttpURI().getCanonicalPath(), authorized);
      reply.write(response.getHeaders()::put, response.getHeaders()::add);
      switch (reply.kind()) {
        case MISSING -> {
          // A request without a handler gets the server's own response.
          return false;
        }
        case THROWN -> throw new IllegalStateException("the handler failed");
        case REDIRECT -> Response.sendRedirect(request, response, callback, "/");
        default -> {
          response.setStatus(reply.status());
          if (reply.hasBody()) {
            response.write(true, ByteBuffer.wrap(reply.body().getBytes(StandardCharsets.UTF_8)), callback);
          } else {
            callback.succeeded();
          }
        }
      }
      return true;
    }
  }
}
