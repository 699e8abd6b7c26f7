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

/** What the adapters on the JVM share: the lines of the protocol. What is left to one is the configuration of its library. */
public abstract class Adapter {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final String group;
  private final String artifact;

  /** The library, by its name in Maven. */
  protected Adapter(String group, String artifact) {
    this.group = group;
    this.artifact = artifact;
  }

  /**
   * Serves a policy on 127.0.0.1 and gives the port. What the library throws is its refusal.
   *
   * @param id `defaults` or `docs` where there is no policy
   * @param policy null for the library's defaults, and for what its documentation begins with
   */
  protected abstract int serve(String id, Policy policy) throws Exception;

  /** Speaks the protocol until stdin ends. */
  protected final void run() throws Exception {
    // Some frameworks print to stdout, where the protocol is.
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
      // Nothing more is said.
    }
    // The servers' threads would keep the process.
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

  /** The version of the library in use: as its package in Maven says, else its manifest. */
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

  /** A class of the library, whose manifest tells the version where the package has no properties of Maven. */
  protected Class<?> library() {
    throw new IllegalStateException("the package of " + artifact + " does not tell its version");
  }
}
