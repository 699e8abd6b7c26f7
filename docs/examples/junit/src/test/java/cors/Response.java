package cors;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.ArrayList;
import java.util.regex.Pattern;

/** The response to a request, and the comparisons of the export. */
record Response(int status, Map<String, List<String>> headers) {
  private static final Set<Integer> STORABLE = Set.of(200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501);

  /** Sends a request as it is written; Java's client would add headers and refuse others. Returns null if there is no answer. */
  static Response to(InetSocketAddress address, JsonObject request, JsonArray headers) {
    StringBuilder text = new StringBuilder();
    text.append(request.get("method").getAsString()).append(' ').append(request.get("path").getAsString()).append(" HTTP/1.1\r\n");
    for (JsonElement header : headers) {
      text.append(String.join(": ", CorsTest.texts(header))).append("\r\n");
    }
    text.append("\r\n").append(request.has("body") ? request.get("body").getAsString() : "");
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.UTF_8));
      BufferedReader reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      int status = Integer.parseInt(reader.readLine().split(" ")[1]);
      Map<String, List<String>> lines = new TreeMap<>();
      for (String line = reader.readLine(); line != null && !line.isEmpty(); line = reader.readLine()) {
        String[] parts = line.split(":", 2);
        lines.computeIfAbsent(parts[0].toLowerCase(), unused -> new ArrayList<>()).add(parts[1].strip());
      }
      return new Response(status, lines);
    } catch (IOException | RuntimeException error) {
      return null;
    }
  }

  Set<String> names() {
    return headers.keySet();
  }

  boolean redirects() {
    return Set.of(301, 302, 303, 307, 308).contains(status) && headers.containsKey("location");
  }

  /** The members of a list. */
  List<String> items(String name) {
    String value = String.join(",", headers.getOrDefault(name, List.of()));
    return List.of(value.split(",")).stream().map(String::strip).filter(item -> !item.isEmpty()).toList();
  }

  /** Whether a shared cache may store it. */
  boolean isStored() {
    List<String> control = items("cache-control").stream().map(item -> item.split("=")[0].toLowerCase()).toList();
    boolean isFresh = STORABLE.contains(status) || headers.containsKey("expires");
    isFresh |= control.contains("max-age") || control.contains("s-maxage");
    return isFresh && !control.contains("no-store") && !control.contains("private");
  }

  /** What a requester compares, and whether a shared cache may give it to others. */
  Map.Entry<String, Boolean> plain() {
    Map<String, List<String>> compared = new TreeMap<>();
    for (String name : names()) {
      if (name.equals("x-hit") || name.startsWith("access-control-")) {
        compared.put(name, name.matches(".*-(methods|headers)") ? items(name).stream().sorted().toList() : headers.get(name));
      }
    }
    List<String> vary = items("vary").stream().map(String::toLowerCase).toList();
    return Map.entry(compared.toString(), isStored() && !vary.contains("origin") && !vary.contains("*"));
  }

  /** Compares the response. */
  boolean holds(JsonObject check, boolean passes) {
    if (check.has("only_if_passes") && !passes
        || check.has("only_if_stored") && !isStored()
        || check.has("only_with") && !headers.containsKey(check.get("only_with").getAsString())) {
      return true;
    }
    if (check.has("status")) {
      JsonArray range = check.getAsJsonArray("status");
      return range.get(0).getAsInt() <= status && status <= range.get(1).getAsInt();
    }
    String name = check.get("header").getAsString();
    List<String> lines = headers.get(name);
    if (lines == null || check.has("absent")) {
      return lines == null && (check.has("or_absent") || check.has("absent"));
    }
    String value = String.join(", ", lines);
    List<String> items = CorsTest.texts(check.get("lists"));
    boolean isFolded = check.has("ignore_case");
    return !(check.has("lines") && lines.size() > check.get("lines").getAsInt()
        || check.has("equals") && !CorsTest.texts(check.get("equals")).contains(value)
        || CorsTest.texts(check.get("not_equals")).contains(value)
        || check.has("matches") && !Pattern.compile(check.get("matches").getAsString()).matcher(value).find()
        || check.has("at_most") && (value.matches("[0-9]{1,18}") ? Long.parseLong(value) : 5) > check.get("at_most").getAsLong()
        || check.has("lists")
            && items(name).stream().noneMatch(item -> items.stream().anyMatch(one -> isFolded ? one.equalsIgnoreCase(item) : one.equals(item))));
  }
}
