import crosscheck.Adapter;
import crosscheck.EmbeddedTomcat;
import crosscheck.Policy;
import crosscheck.Reply;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.catalina.filters.CorsFilter;

/** Tomcat's CorsFilter, by its init parameters, in front of a servlet. */
public final class Main extends Adapter {
  private final String folder;

  private Main(String folder) {
    super("org.apache.tomcat.embed", "tomcat-embed-core");
    this.folder = folder;
  }

  public static void main(String[] arguments) throws Exception {
    new Main(arguments[0]).run();
  }

  @Override
  protected Class<?> library() {
    return CorsFilter.class;
  }

  @Override
  protected int serve(String id, Policy policy) throws Exception {
    Configured filter = new Configured();
    EmbeddedTomcat tomcat = new EmbeddedTomcat(folder).filter("cors", filter, "/*", parameters(id, policy));
    int port = tomcat.serve(new Application());
    if (filter.refusal != null) {
      throw filter.refusal;
    }
    return port;
  }

  private static Map<String, String> parameters(String id, Policy policy) {
    Map<String, String> parameters = new HashMap<>();
    if (policy != null) {
      Policy.Origins origins = policy.origins();
      parameters.put(CorsFilter.PARAM_CORS_ALLOWED_ORIGINS, origins.any() ? "*" : String.join(",", origins.list()));
      parameters.put(CorsFilter.PARAM_CORS_ALLOWED_METHODS, String.join(",", policy.methods().list()));
      parameters.put(CorsFilter.PARAM_CORS_ALLOWED_HEADERS, String.join(",", policy.headers().list()));
      parameters.put(CorsFilter.PARAM_CORS_EXPOSED_HEADERS, String.join(",", policy.expose().list()));
      parameters.put(CorsFilter.PARAM_CORS_SUPPORT_CREDENTIALS, String.valueOf(policy.credentials()));
      // A negative number omits the header.
      parameters.put(
          CorsFilter.PARAM_CORS_PREFLIGHT_MAXAGE, policy.maxAge() == null ? "-1" : policy.maxAge().toString());
    } else if (id.equals("docs")) {
      parameters.put(CorsFilter.PARAM_CORS_ALLOWED_ORIGINS, "https://www.apache.org");
      parameters.put(CorsFilter.PARAM_CORS_ALLOWED_METHODS, "GET,POST,HEAD,OPTIONS,PUT");
      parameters.put(
          CorsFilter.PARAM_CORS_ALLOWED_HEADERS,
          String.join(
              ",",
              "Content-Type,X-Requested-With,accept,Origin",
              CorsFilter.REQUEST_HEADER_ACCESS_CONTROL_REQUEST_METHOD,
              CorsFilter.REQUEST_HEADER_ACCESS_CONTROL_REQUEST_HEADERS));
      parameters.put(
          CorsFilter.PARAM_CORS_EXPOSED_HEADERS,
          String.join(
              ",",
              CorsFilter.RESPONSE_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN,
              CorsFilter.RESPONSE_HEADER_ACCESS_CONTROL_ALLOW_CREDENTIALS));
      parameters.put(CorsFilter.PARAM_CORS_SUPPORT_CREDENTIALS, "true");
      parameters.put(CorsFilter.PARAM_CORS_PREFLIGHT_MAXAGE, "10");
    }
    return parameters;
  }

  /** The filter, with its start error, which the container only logs. */
  private static final class Configured implements Filter {
    private final CorsFilter filter = new CorsFilter();
    private ServletException refusal;

    @Override
    public void init(FilterConfig config) throws ServletException {
      try {
        filter.init(config);
      } catch (ServletException why) {
        refusal = why;
        throw why;
      }
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      filter.doFilter(request, response, chain);
    }

    @Override
    public void destroy() {
      filter.destroy();
    }
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
