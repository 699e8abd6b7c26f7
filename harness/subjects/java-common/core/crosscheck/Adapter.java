package crosscheck;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/** Shared by the adapters on the JVM: the protocol. An adapter adds the configuration of its library. */
public abstract class Adapter {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final String group;
  private final String artifact;

  /** The name of the library in Maven. */
  protected Adapter(String group, String artifact) {
    this.group = group;
    this.artifact = artifact;
  }

  /**
   * Serves a policy on 127.0.0.1 and returns the port. An exception of the library is its refusal.
   *
   * @param id `defaults` or `docs` if there is no policy
   * @param policy null for the library's defaults and for the first example of its documentation
   */
  protected abstract int serve(String id, Policy policy) throws Exception;

  /** Runs the protocol until stdin ends. */
  protected final void run() throws Exception {
    // Some frameworks print to stdout, which carries the protocol.
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line = in.readLine();
    if (line == null) {
      return;
    }
    JsonObject policies = JsonParser.parseString(line).getAsJsonObject().getAsJsonObject("policies");
    for (Map.Entry<String, JsonElement> entry : policies.entrySet()) {
      out.println(GSON.toJson(start(entry.getKey(), Policy.read(entry.getValue()))));
    }
    Map<String, Object> done = new LinkedHashMap<>();
    done.put("done", true);
    done.put("library", artifact);
    done.put("version", version());
    out.println(GSON.toJson(done));
    while (in.readLine() != null) {
      // No output follows.
    }
    // The servers' threads would keep the process alive.
    Runtime.getRuntime().halt(0);
  }

  private Map<String, Object> start(String id, Policy policy) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("policy", id);
    try {
      answer.put("ready", "http://127.0.0.1:" + serve(id, policy));
    } catch (Exception refusal) {
      answer.put("refused", words(refusal));
    }
    return answer;
  }

  private static String words(Throwable refusal) {
    return refusal.getMessage() == null ? refusal.toString() : refusal.getMessage();
  }

  /** The version of the library: from its Maven package, otherwise from its manifest. */
  private String version() throws IOException {
    String name = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
    try (InputStream stream = Adapter.class.getResourceAsStream(name)) {
      if (stream != null) {
        Properties properties = new Properties();
        properties.load(stream);
        return properties.getProperty("version");
      }
    }
    return library().getPackage().getImplementationVersion();
  }

  /** A class of the library. Its manifest has the version if the package has no Maven properties. */
  protected Class<?> library() {
    throw new IllegalStateException("the package of " + artifact + " does not state its version");
  }
}
