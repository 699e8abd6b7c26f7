package crosscheck;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The application that Crosscheck expects behind the middleware, and what Crosscheck passes to the process. No change is needed here.
 */
final class Contract {
  static final String HOST = System.getenv("HOST");
  static final int PORT = Integer.parseInt(System.getenv("PORT"));
  /** The policy. */
  static final JsonObject POLICY = JsonParser.parseString(System.getenv("CROSSCHECK_POLICY")).getAsJsonObject();

  private static final JsonObject ORIGINS = POLICY.getAsJsonObject("origins");
  private static final Pattern STATUS = Pattern.compile("/status/([2-9][0-9]{2})");

  private Contract() {}

  /** Reports that the library rejects the policy. */
  static void refuse(Throwable error) {
    System.err.println(error.getMessage());
    Runtime.getRuntime().halt(65);
  }

  /** Whether every origin is allowed. */
  static boolean anyOrigin() {
    return ORIGINS.has("any") && ORIGINS.get("any").getAsBoolean();
  }

  /** The listed origins. */
  static List<String> origins() {
    return texts(ORIGINS.get("list"));
  }

  /** The patterns of origins, with `scheme://*.host` for all subdomains of a host. */
  static List<String> patterns() {
    List<String> patterns = texts(ORIGINS.get("glob"));
    for (JsonElement each : ORIGINS.has("under") ? ORIGINS.getAsJsonArray("under") : new JsonArray()) {
      JsonObject under = each.getAsJsonObject();
      boolean hasPort = under.has("port") && !under.get("port").isJsonNull();
      String port = hasPort ? ":" + under.get("port").getAsInt() : "";
      patterns.add(under.get("scheme").getAsString() + "://*." + under.get("host").getAsString() + port);
    }
    return patterns;
  }

  /** Whether a key of the policy is true. */
  static boolean holds(String key) {
    return POLICY.get(key).getAsBoolean();
  }

  /** Whether a list of names is the word `any`. */
  static boolean any(String key) {
    return POLICY.get(key).isJsonPrimitive();
  }

  /** A list of names. */
  static List<String> names(String key) {
    return any(key) ? List.of() : texts(POLICY.get(key));
  }

  /** The number of seconds that a preflight may be cached, or null. */
  static Long maxAge() {
    JsonElement seconds = POLICY.get("max_age");
    return seconds.isJsonNull() ? null : seconds.getAsLong();
  }

  private static List<String> texts(JsonElement array) {
    List<String> texts = new ArrayList<>();
    if (array != null && array.isJsonArray()) {
      array.getAsJsonArray().forEach(text -> texts.add(text.getAsString()));
    }
    return texts;
  }

  /** The means by which the framework responds. */
  enum Kind {
    /** A status and a body. */
    PLAIN,
    /** The framework's own 404. */
    MISSING,
    /** An error of the handler. */
    FAILED,
    /** The framework's own 302 to `/`. */
    REDIRECT
  }

  /** A header that the application sets, or adds to existing ones. */
  record Header(String name, String value, boolean isAdded) {}

  /** The response of the application. */
  record Reply(Kind kind, int status, List<Header> headers, String body) {
    /** Whether a response with this status may have a body. */
    boolean hasBody() {
      return status != 204 && status != 205 && status != 304;
    }
  }

  /** Returns the response to a request. */
  static Reply answer(String method, String path, boolean isAuthorized) {
    boolean isCached = path.equals("/cached") || path.startsWith("/cached/");
    String below = isCached ? path.substring("/cached".length()) : path;
    if (below.equals("/missing")) {
      return new Reply(Kind.MISSING, 404, List.of(), "");
    }
    if (below.equals("/throw")) {
      return new Reply(Kind.FAILED, 500, List.of(), "");
    }
    List<Header> headers = new ArrayList<>();
    headers.add(new Header("X-Hit", "1", false));
    headers.add(new Header("X-Two", "v", false));
    if (isCached) {
      headers.add(new Header("Cache-Control", "public, max-age=60", false));
    } else {
      headers.add(new Header("Set-Cookie", "s=1; Path=/", true));
    }
    if (below.equals("/auth") && !isAuthorized) {
      return new Reply(Kind.PLAIN, 401, headers, "no credentials");
    }
    if (below.equals("/redirect")) {
      return new Reply(Kind.REDIRECT, 302, headers, "");
    }
    if (below.equals("/options") && method.equals("OPTIONS")) {
      return new Reply(Kind.PLAIN, 299, headers, "own");
    }
    if (below.equals("/vary")) {
      headers.add(new Header("Vary", "Accept-Encoding", true));
    }
    if (below.equals("/acao")) {
      headers.add(new Header("Access-Control-Allow-Origin", "https://own.example", false));
    }
    Matcher status = STATUS.matcher(below);
    return new Reply(Kind.PLAIN, status.matches() ? Integer.parseInt(status.group(1)) : 200, headers, "ok");
  }
}
