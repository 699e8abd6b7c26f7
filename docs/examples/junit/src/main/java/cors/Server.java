package cors;

import com.google.gson.Gson;
import com.google.gson.annotations.SerializedName;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server with CORS in Java's standard library. */
final class Server implements AutoCloseable {
  /** What it is configured with. */
  static final class Policy {
    static final class Origins {
      List<String> list;
    }

    Origins origins;
    boolean credentials;
    List<String> methods;
    List<String> headers;
    List<String> expose;

    @SerializedName("max_age")
    Long maxAge;
  }

  static {
    // Without it, a response that is two packets takes 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private static final Pattern STATUS = Pattern.compile("/status/([0-9]{3})");
  private final Policy policy;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  Server(String document, InetSocketAddress address) throws IOException {
    policy = new Gson().fromJson(document, Policy.class);
    server = HttpServer.create(address, 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdown();
  }

  /** The code under test: sets the CORS headers, and returns whether the request is a preflight. */
  private boolean cors(HttpExchange exchange) {
    Headers request = exchange.getRequestHeaders();
    Headers response = exchange.getResponseHeaders();
    String origin = request.getFirst("Origin");
    boolean isPreflight =
        exchange.getRequestMethod().equals("OPTIONS") && origin != null && request.containsKey("Access-Control-Request-Method");
    response.add("Vary", "Origin");
    if (!policy.origins.list.contains(origin)) {
      return isPreflight;
    }
    response.set("Access-Control-Allow-Origin", origin);
    if (policy.credentials) {
      response.set("Access-Control-Allow-Credentials", "true");
    }
    if (isPreflight) {
      response.set("Access-Control-Allow-Methods", String.join(", ", policy.methods));
      response.set("Access-Control-Allow-Headers", String.join(", ", policy.headers));
      if (policy.maxAge != null) {
        response.set("Access-Control-Max-Age", policy.maxAge.toString());
      }
    } else if (!policy.expose.isEmpty()) {
      response.set("Access-Control-Expose-Headers", String.join(", ", policy.expose));
    }
    return isPreflight;
  }

  private void answer(HttpExchange exchange) throws IOException {
    int status = cors(exchange) ? 204 : application(exchange);
    boolean hasBody = status != 204 && status != 304 && !exchange.getRequestMethod().equals("HEAD");
    exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(status, hasBody ? 2 : -1);
    if (hasBody) {
      exchange.getResponseBody().write(new byte[] {'o', 'k'});
    }
    exchange.close();
  }

  /** Keeps the application contract of Crosscheck, and returns the status. */
  private static int application(HttpExchange exchange) {
    String path = exchange.getRequestURI().getPath();
    boolean isCached = path.equals("/cached") || path.startsWith("/cached/");
    String below = isCached ? path.substring("/cached".length()) : path;
    if (below.equals("/missing") || below.equals("/throw")) {
      return below.equals("/missing") ? 404 : 500;
    }
    Headers response = exchange.getResponseHeaders();
    response.set("X-Hit", "1");
    response.set("X-Two", "v");
    if (isCached) {
      response.set("Cache-Control", "public, max-age=60");
    } else {
      response.set("Set-Cookie", "s=1; Path=/");
    }
    if (below.equals("/auth") && !exchange.getRequestHeaders().containsKey("Authorization")) {
      return 401;
    }
    if (below.equals("/redirect")) {
      response.set("Location", "/");
      return 302;
    }
    if (below.equals("/options") && exchange.getRequestMethod().equals("OPTIONS")) {
      return 299;
    }
    if (below.equals("/vary")) {
      response.add("Vary", "Accept-Encoding");
    }
    if (below.equals("/acao")) {
      response.set("Access-Control-Allow-Origin", "https://own.example");
    }
    Matcher status = STATUS.matcher(below);
    return status.matches() ? Integer.parseInt(status.group(1)) : 200;
  }

  /** Serves the policy in CROSSCHECK_POLICY, for `crosscheck run`. The test does not need it. */
  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(System.getenv("PORT"));
    new Server(System.getenv("CROSSCHECK_POLICY"), new InetSocketAddress(System.getenv("HOST"), port));
  }
}
