import crosscheck.Adapter;
import crosscheck.Policy;
import crosscheck.Reply;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jetty.servlets.CrossOriginFilter;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty's CrossOriginFilter, by its init parameters, in front of a servlet. */
public final class Main extends Adapter {
  private Main() {
    super("org.eclipse.jetty", "jetty-servlets");
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
    ServletContextHandler context = new ServletContextHandler();
    context.setContextPath("/");
    context.addFilter(filter(policy), "/*", EnumSet.of(DispatcherType.REQUEST));
    context.addServlet(new ServletHolder(new Application()), "/");
    server.setHandler(context);
    server.start();
    return connector.getLocalPort();
  }

  /** Without a policy it has no parameters, as in the example of its documentation. */
  private static FilterHolder filter(Policy policy) {
    FilterHolder filter = new FilterHolder(new CrossOriginFilter());
    if (policy != null) {
      filter.setInitParameter(CrossOriginFilter.ALLOWED_ORIGINS_PARAM, String.join(",", origins(policy.origins())));
      filter.setInitParameter(CrossOriginFilter.ALLOWED_METHODS_PARAM, String.join(",", policy.methods().list()));
      filter.setInitParameter(CrossOriginFilter.ALLOWED_HEADERS_PARAM, String.join(",", policy.headers().or("*")));
      filter.setInitParameter(CrossOriginFilter.EXPOSED_HEADERS_PARAM, String.join(",", policy.expose().list()));
      filter.setInitParameter(CrossOriginFilter.ALLOW_CREDENTIALS_PARAM, String.valueOf(policy.credentials()));
      // An unset max age must send no header, and only zero does that.
      filter.setInitParameter(
          CrossOriginFilter.PREFLIGHT_MAX_AGE_PARAM, String.valueOf(policy.maxAge() == null ? 0 : policy.maxAge()));
    }
    return filter;
  }

  private static List<String> origins(Policy.Origins origins) {
    List<String> allowed = new ArrayList<>(origins.any() ? List.of("*") : origins.list());
    origins.under().stream().map(Policy.Under::glob).forEach(allowed::add);
    return allowed;
  }

  /** The application behind the filter. */
  private static final class Application extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      Reply reply =
          Reply.to(request.getMethod(), request.getRequestURI(), request.getHeader("Authorization") != null);
      reply.write(response::setHeader, response::addHeader);
      switch (reply.kind()) {
        case MISSING -> response.sendError(HttpServletResponse.SC_NOT_FOUND);
        case THROWN -> throw new ServletException("the handler failed");
        case REDIRECT -> response.sendRedirect("/");
        default -> {
          response.setStatus(reply.status());
          if (reply.hasBody()) {
            response.getWriter().print(reply.body());
          }
        }
      }
    }
  }
}
