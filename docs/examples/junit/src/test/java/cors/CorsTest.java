package cors;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Replays the file of `crosscheck export 'policies/*' --output cases.json`. */
final class CorsTest {
  /** What the server can be configured with. The cases of policies that need more are not applicable. */
  private static final Set<String> FLAGS =
      Set.of("origins-list", "credentials", "methods-list", "headers-list", "expose-list", "max-age");

  private final JsonObject export;
  /** What a requester gets without a preflight, and whether a shared cache may give it to others. */
  private final Map<String, Map.Entry<String, Boolean>> plain = new HashMap<>();
  private InetSocketAddress address;

  CorsTest() throws Exception {
    String file = System.getenv().getOrDefault("CASES", "cases.json");
    export = JsonParser.parseString(Files.readString(Path.of(file))).getAsJsonObject();
    assertEquals(1, export.get("crosscheck_export").getAsInt());
  }

  @Test
  void theServerSharesWhatItsPolicyPromises() throws Exception {
    Map<String, List<String>> verdicts = new TreeMap<>();
    for (Map.Entry<String, JsonElement> entry : export.getAsJsonObject("policies").entrySet()) {
      JsonObject policy = entry.getValue().getAsJsonObject();
      if (!FLAGS.containsAll(texts(policy.get("flags")))) {
        continue;
      }
      plain.clear();
      try (Server server = new Server(policy.get("document").toString(), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
        address = server.address();
        for (JsonElement each : export.getAsJsonArray("cases")) {
          JsonObject one = each.getAsJsonObject();
          if (one.get("policy").getAsString().equals(entry.getKey())) {
            List<String> failures = new ArrayList<>();
            for (JsonElement fetch : one.getAsJsonArray("fetches")) {
              replay(fetch.getAsJsonObject(), failures);
            }
            verdicts.put(one.get("id").getAsString(), failures);
          }
        }
      }
    }
    System.out.println(verdicts.size() + " of " + export.getAsJsonArray("cases").size() + " cases apply");
    if (System.getenv("VERDICTS") != null) {
      Files.writeString(Path.of(System.getenv("VERDICTS")), new Gson().toJson(verdicts));
    }
    verdicts.values().removeIf(List::isEmpty);
    assertEquals(Map.of(), verdicts);
  }

  /** Sends the requests of a fetch, and adds what is wrong. */
  private void replay(JsonObject fetch, List<String> failures) {
    JsonObject expect = fetch.getAsJsonObject("expect");
    String preflight = null;
    String last = null;
    boolean passes = false;
    Response response = null;
    for (JsonElement each : fetch.getAsJsonArray("requests")) {
      JsonObject request = each.getAsJsonObject();
      String condition = request.get("send_if").getAsString();
      if (condition.equals("passes") && !passes || condition.equals("redirects") && !(passes && response.redirects())) {
        break;
      }
      response = Response.to(address, request, request.getAsJsonArray("headers"));
      if (response == null) {
        failures.add("no answer");
        return;
      }
      last = request.get("kind").getAsString();
      passes = true;
      for (JsonElement check : request.getAsJsonArray("passes_if")) {
        passes &= response.holds(check.getAsJsonObject(), false);
      }
      JsonArray checks = export.getAsJsonArray("response_checks").deepCopy();
      checks.addAll(request.has("checks") ? request.getAsJsonArray("checks") : new JsonArray());
      for (JsonElement check : checks) {
        if (!response.holds(check.getAsJsonObject(), passes)) {
          failures.add(check.getAsJsonObject().get("rule").getAsString());
        }
      }
      if (last.equals("preflight")) {
        preflight = passes ? "must-not" : "must";
      }
      if (needsVary(request)) {
        failures.add("vary");
      }
    }
    String read = passes ? "must-not" : "must";
    if (expect.get("preflight").getAsString().equals(preflight)) {
      if (!expect.has("advice") || !expect.get("advice").getAsBoolean()) {
        failures.add("the preflight " + preflight + " pass");
      }
    } else if (!last.equals("preflight") && expect.get("read").getAsString().equals(read)) {
      failures.add("the page " + read + " read the response");
    } else if (last.equals("actual") && passes) {
      names(fetch, response, failures);
    }
  }

  /** Compares the response headers that the page reads. */
  private void names(JsonObject fetch, Response response, List<String> failures) {
    List<String> exposed = response.items("access-control-expose-headers").stream().map(String::toLowerCase).toList();
    JsonElement must = fetch.getAsJsonObject("expect").get("must_read");
    JsonElement may = fetch.getAsJsonObject("expect").get("may_read");
    for (String name : response.names()) {
      if (name.startsWith("set-cookie") || texts(export.get("always_readable")).contains(name)) {
        continue;
      }
      boolean reads = exposed.contains(name) || exposed.contains("*") && !fetch.get("credentials").getAsBoolean();
      boolean isIncidental =
          texts(export.get("incidental")).contains(name) || name.equals("vary") || name.startsWith("access-control-");
      boolean isNeeded = must.isJsonArray() ? texts(must).contains(name) : !isIncidental;
      boolean isAllowed = !may.isJsonArray() || texts(may).contains(name);
      if (reads && !isAllowed || !reads && isNeeded) {
        failures.add("the page reads " + name + ": " + reads);
      }
    }
  }

  /** Compares the requesters of a request with its origin. */
  private boolean needsVary(JsonObject request) {
    String origin = null;
    for (JsonElement header : request.getAsJsonArray("headers")) {
      List<String> pair = texts(header);
      origin = pair.get(0).equalsIgnoreCase("origin") ? pair.get(1) : origin;
    }
    for (JsonElement each : request.has("requesters") ? request.getAsJsonArray("requesters") : new JsonArray()) {
      Map.Entry<String, Boolean> own = plain(request, origin);
      Map.Entry<String, Boolean> other = plain(request, each.isJsonNull() ? null : each.getAsString());
      if (!own.getKey().equals(other.getKey()) && (own.getValue() || other.getValue())) {
        return true;
      }
    }
    return false;
  }

  private Map.Entry<String, Boolean> plain(JsonObject request, String origin) {
    JsonArray headers = export.getAsJsonArray("plain_headers").deepCopy();
    for (JsonElement header : request.getAsJsonArray("headers")) {
      if (texts(header).get(0).equals("Host")) {
        headers.add(header);
      }
    }
    if (origin != null) {
      JsonArray header = new JsonArray();
      header.add("Origin");
      header.add(origin);
      headers.add(header);
    }
    JsonObject bare = request.deepCopy();
    bare.remove("body");
    String key = request.get("method") + " " + request.get("path") + headers;
    return plain.computeIfAbsent(key, unused -> Response.to(address, bare, headers).plain());
  }

  static List<String> texts(JsonElement array) {
    return array == null ? List.of() : array.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }
}
