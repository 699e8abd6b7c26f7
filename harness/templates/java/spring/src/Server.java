package crosscheck;

import crosscheck.Contract.Kind;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.view.RedirectView;

/** Spring with its CorsFilter. Crosscheck starts this program once per policy. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Controller
public class Server {
  public static void main(String[] arguments) {
    SpringApplication application = new SpringApplication(Server.class);
    application.setDefaultProperties(
        Map.of(
            "server.address", Contract.HOST,
            "server.port", Contract.PORT,
            "server.tomcat.max-keep-alive-requests", -1,
            "spring.main.banner-mode", "off",
            "logging.level.root", "off"));
    try {
      application.run();
    } catch (RuntimeException error) {
      Contract.refuse(error);
    }
  }

  /** Put your own filter here, in place of CorsFilter. */
  @Bean
  FilterRegistrationBean<CorsFilter> filter() {
    UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
    source.registerCorsConfiguration("/**", configuration());
    FilterRegistrationBean<CorsFilter> filter = new FilterRegistrationBean<>(new CorsFilter(source));
    filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return filter;
  }

  /** The policy, as the configuration of the filter. */
  private static CorsConfiguration configuration() {
    CorsConfiguration configuration = new CorsConfiguration();
    if (Contract.anyOrigin()) {
      configuration.addAllowedOrigin(CorsConfiguration.ALL);
    } else {
      configuration.setAllowedOrigins(Contract.origins());
      configuration.setAllowedOriginPatterns(Contract.patterns());
    }
    configuration.setAllowedMethods(names("methods"));
    configuration.setAllowedHeaders(names("headers"));
    configuration.setExposedHeaders(names("expose"));
    configuration.setAllowCredentials(Contract.holds("credentials"));
    configuration.setAllowPrivateNetwork(Contract.holds("private_network"));
    if (Contract.maxAge() != null) {
      configuration.setMaxAge(Contract.maxAge());
    }
    return configuration;
  }

  private static List<String> names(String key) {
    return Contract.any(key) ? List.of(CorsConfiguration.ALL) : Contract.names(key);
  }

  /** OPTIONS, to which Spring responds itself unless a mapping names it. */
  @RequestMapping(path = "/**", method = RequestMethod.OPTIONS)
  Object options(HttpServletRequest request, HttpServletResponse response) {
    return handle(request, response);
  }

  /** The application. */
  @RequestMapping("/**")
  Object handle(HttpServletRequest request, HttpServletResponse response) {
    boolean isAuthorized = request.getHeader("Authorization") != null;
    Contract.Reply reply = Contract.answer(request.getMethod(), request.getRequestURI(), isAuthorized);
    if (reply.kind() == Kind.MISSING) {
      throw new ResponseStatusException(HttpStatus.NOT_FOUND);
    }
    if (reply.kind() == Kind.FAILED) {
      throw new IllegalStateException("the handler failed");
    }
    for (Contract.Header header : reply.headers()) {
      if (header.isAdded()) {
        response.addHeader(header.name(), header.value());
      } else {
        response.setHeader(header.name(), header.value());
      }
    }
    if (reply.kind() == Kind.REDIRECT) {
      return new RedirectView("/");
    }
    return ResponseEntity.status(reply.status()).body(reply.hasBody() ? reply.body() : null);
  }
}
