package crosscheck;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The response of the application behind every policy, independent of the framework. */
public record Reply(Kind kind, int status, List<Field> fields, String body) {

  /** The means by which a framework responds. */
  public enum Kind {
    /** A status and a body. */
    PLAIN,
    /** The framework's own 404. */
    MISSING,
    /** An error that the handler raises. */
    THROWN,
    /** A 302 to `/` by the framework's own means. */
    REDIRECT
  }

  /** A field that the application sets, or adds to existing values. */
  public record Field(String name, String value, boolean added) {}

  /** Adds the fields to a response of the framework. */
  public void write(Writer set, Writer add) {
    for (Field field : fields) {
      (field.added ? add : set).field(field.name, field.value);
    }
  }

  /** How a framework sets a field. */
  @FunctionalInterface
  public interface Writer {
    /** Sets one field. */
    void field(String name, String value);
  }

  private static final Pattern STATUS = Pattern.compile("/status/([2-9][0-9]{2})");

  /** The response to a request. */
  public static Reply to(String method, String path, boolean authorized) {
    boolean cached = path.equals("/cached") || path.startsWith("/cached/");
    String below = cached ? path.substring("/cached".length()) : path;
    if (below.equals("/missing")) {
      return new Reply(Kind.MISSING, 404, List.of(), "");
    }
    if (below.equals("/throw")) {
      return new Reply(Kind.THROWN, 500, List.of(), "");
    }
    List<Field> fields = new ArrayList<>();
    fields.add(new Field("X-Hit", "1", false));
    fields.add(new Field("X-Two", "v", false));
    if (cached) {
      fields.add(new Field("Cache-Control", "public, max-age=60", false));
    } else {
      fields.add(new Field("Set-Cookie", "s=1; Path=/", true));
    }
    if (below.equals("/auth") && !authorized) {
      fields.add(new Field("WWW-Authenticate", "Basic realm=\"crosscheck\"", false));
      return new Reply(Kind.PLAIN, 401, fields, "who are you");
    }
    if (below.equals("/redirect")) {
      return new Reply(Kind.REDIRECT, 302, fields, "");
    }
    if (below.equals("/options") && method.equals("OPTIONS")) {
      return new Reply(Kind.PLAIN, 299, fields, "own");
    }
    if (below.equals("/vary")) {
      fields.add(new Field("Vary", "Accept-Encoding", true));
    }
    if (below.equals("/acao")) {
      fields.add(new Field("Access-Control-Allow-Origin", "https://own.example", false));
    }
    Matcher status = STATUS.matcher(below);
    return new Reply(Kind.PLAIN, status.matches() ? Integer.parseInt(status.group(1)) : 200, fields, "ok");
  }

  /** Whether a response with this status may have a body. */
  public boolean hasBody() {
    return status != 204 && status != 205 && status != 304;
  }
}
