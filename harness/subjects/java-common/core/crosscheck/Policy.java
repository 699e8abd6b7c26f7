package crosscheck;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** A completed policy document. */
public record Policy(
    Origins origins,
    boolean credentials,
    Names methods,
    Names headers,
    Names expose,
    Integer maxAge,
    boolean privateNetwork,
    List<Route> routes) {

  /** The allowed origins, in one of several notations. */
  public record Origins(boolean any, List<String> list, List<Under> under, List<String> glob, List<String> regex, String predicate) {
    /** The policy's named predicate on an origin, null if it has none. */
    public Predicate<String> holds() {
      return predicate == null ? null : origin -> named(predicate, origin);
    }
  }

  /** Every subdomain of a host; the port is null if it is the default of the scheme. */
  public record Under(String scheme, String host, Integer port) {
    /** The host, and its port if it is not the default. */
    public String authority() {
      return port == null ? host : host + ":" + port;
    }

    /** The notation that several libraries share. */
    public String glob() {
      return scheme + "://*." + authority();
    }
  }

  /** A path with its own policy, or without one. */
  public record Route(String path, Policy policy) {}

  /** A list, or the word `any`. */
  public record Names(boolean any, List<String> list) {
    /** The list, or the library's word for any. */
    public List<String> or(String anything) {
      return any ? List.of(anything) : list;
    }
  }

  static Policy read(JsonElement element) {
    if (element == null || element.isJsonNull()) {
      return null;
    }
    JsonObject policy = element.getAsJsonObject();
    List<Route> routes = new ArrayList<>();
    for (JsonElement each : array(policy, "routes")) {
      JsonObject route = each.getAsJsonObject();
      routes.add(new Route(route.get("path").getAsString(), read(route.get("policy"))));
    }
    return new Policy(
        origins(policy.getAsJsonObject("origins")),
        holds(policy, "credentials"),
        names(policy.get("methods")),
        names(policy.get("headers")),
        names(policy.get("expose")),
        number(policy, "max_age"),
        holds(policy, "private_network"),
        routes);
  }

  private static Origins origins(JsonObject origins) {
    List<Under> under = new ArrayList<>();
    for (JsonElement each : array(origins, "under")) {
      JsonObject host = each.getAsJsonObject();
      under.add(new Under(host.get("scheme").getAsString(), host.get("host").getAsString(), number(host, "port")));
    }
    return new Origins(
        holds(origins, "any"),
        texts(array(origins, "list")),
        under,
        texts(array(origins, "glob")),
        texts(array(origins, "regex")),
        given(origins, "predicate") ? origins.get("predicate").getAsString() : null);
  }

  private static Names names(JsonElement names) {
    return names.isJsonArray() ? new Names(false, texts(names.getAsJsonArray())) : new Names(true, List.of());
  }

  private static boolean given(JsonObject object, String key) {
    return object.has(key) && !object.get(key).isJsonNull();
  }

  private static boolean holds(JsonObject object, String key) {
    return given(object, key) && object.get(key).getAsBoolean();
  }

  private static Integer number(JsonObject object, String key) {
    return given(object, key) ? object.get(key).getAsInt() : null;
  }

  private static JsonArray array(JsonObject object, String key) {
    return given(object, key) ? object.getAsJsonArray(key) : new JsonArray();
  }

  private static List<String> texts(JsonArray array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.getAsString()));
    return texts;
  }

  private static boolean named(String predicate, String origin) {
    String[] parts = predicate.split(":", 2);
    String argument = parts.length > 1 ? parts[1] : "";
    if (origin == null || origin.equals("null")) {
      return origin != null && parts[0].equals("always");
    }
    int colon = origin.indexOf("://");
    String host = colon < 0 ? null : origin.substring(colon + 3).replaceFirst(":[0-9]+$", "");
    return switch (parts[0]) {
      case "host-ends-with" -> host != null && host.endsWith(argument);
      case "host-equals" -> argument.equals(host);
      case "scheme-is" -> host != null && origin.substring(0, colon).equals(argument);
      case "origin-in" -> Arrays.asList(argument.split(",")).contains(origin);
      default -> parts[0].equals("always");
    };
  }
}
