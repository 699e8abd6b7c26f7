import crosscheck.Adapter;
import crosscheck.EmbeddedTomcat;
import crosscheck.Policy;
import crosscheck.Reply;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.stream.Stream;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.CorsConfigurationSource;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import org.springframework.web.servlet.view.RedirectView;

/** Spring Framework: its CorsFilter in front of Spring MVC. */
public final class Main extends Adapter {
  private final String folder;

  private Main(String folder) {
    super("org.springframework", "spring-web");
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
    AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext();
    context.register(Application.class);
    DispatcherServlet servlet = new DispatcherServlet(context);
    // Otherwise the servlet's base class responds to an OPTIONS request that is not a preflight.
    servlet.setDispatchOptionsRequest(true);
    return new EmbeddedTomcat(folder).filter("cors", new CorsFilter(source(id, policy)), "/*", Map.of()).serve(servlet);
  }

  private static CorsConfigurationSource source(String id, Policy policy) {
    UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
    if (policy == null) {
      source.registerCorsConfiguration("/**", id.equals("docs") ? documented() : defaults());
      return source;
    }
    // The first pattern that matches decides.
    for (Policy.Route route : policy.routes()) {
      if (route.policy() != null) {
        source.registerCorsConfiguration(route.path(), configuration(route.policy()));
      }
    }
    source.registerCorsConfiguration("/**", configuration(policy));
    Set<String> off =
        policy.routes().stream()
            .filter(route -> route.policy() == null)
            .map(Policy.Route::path)
            .collect(Collectors.toSet());
    return request -> off.contains(request.getRequestURI()) ? null : source.getCorsConfiguration(request);
  }

  private static CorsConfiguration configuration(Policy policy) {
    CorsConfiguration configuration = new CorsConfiguration();
    Policy.Origins origins = policy.origins();
    if (origins.any()) {
      configuration.setAllowedOrigins(List.of(CorsConfiguration.ALL));
    } else {
      configuration.setAllowedOrigins(origins.list());
      Stream<String> below = origins.under().stream().map(Policy.Under::glob);
      Newer.patterns(configuration, Stream.concat(below, origins.glob().stream()).toList());
    }
    configuration.setAllowedMethods(policy.methods().or(CorsConfiguration.ALL));
    configuration.setAllowedHeaders(policy.headers().or(CorsConfiguration.ALL));
    configuration.setExposedHeaders(policy.expose().or(CorsConfiguration.ALL));
    configuration.setAllowCredentials(policy.credentials());
    Newer.privateNetwork(configuration, policy.privateNetwork());
    if (policy.maxAge() != null) {
      configuration.setMaxAge(policy.maxAge().longValue());
    }
    return configuration;
  }

  private static CorsConfiguration defaults() {
    return new CorsConfiguration().applyPermitDefaultValues();
  }

  private static CorsConfiguration documented() {
    CorsConfiguration configuration = new CorsConfiguration();
    configuration.setAllowCredentials(true);
    configuration.addAllowedOrigin("https://domain1.com");
    configuration.addAllowedHeader("*");
    configuration.addAllowedMethod("*");
    return configuration;
  }

  /** The application behind the filter. */
  @Controller
  @EnableWebMvc
  public static class Application {
    /** OPTIONS, to which Spring MVC responds itself unless a mapping names it. */
    @RequestMapping(path = "/**", method = RequestMethod.OPTIONS)
    public Object options(HttpServletRequest request, HttpServletResponse response) throws NoHandlerFoundException {
      return handle(request, response);
    }

    /** Every other request. */
    @RequestMapping("/**")
    public Object handle(HttpServletRequest request, HttpServletResponse response) throws NoHandlerFoundException {
      String method = request.getMethod();
      String path = request.getRequestURI();
      Reply reply = Reply.to(method, path, request.getHeader(HttpHeaders.AUTHORIZATION) != null);
      if (reply.kind() == Reply.Kind.MISSING) {
        // The exception of the dispatcher if no mapping matches.
        throw new NoHandlerFoundException(method, path, new HttpHeaders());
      }
      if (reply.kind() == Reply.Kind.THROWN) {
        throw new IllegalStateException("the handler failed");
      }
      if (reply.kind() == Reply.Kind.REDIRECT) {
        reply.write(response::setHeader, response::addHeader);
        return new RedirectView("/");
      }
      HttpHeaders headers = new HttpHeaders();
      reply.write(headers::set, headers::add);
      return ResponseEntity.status(reply.status()).headers(headers).body(reply.hasBody() ? reply.body() : null);
    }
  }
}
