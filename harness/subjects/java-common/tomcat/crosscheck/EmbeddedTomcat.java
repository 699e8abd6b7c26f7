package crosscheck;

import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.util.Map;
import java.util.logging.LogManager;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.apache.tomcat.util.modeler.Registry;

/** An embedded Tomcat per policy: one servlet behind one filter. */
public final class EmbeddedTomcat {
  private final Tomcat tomcat = new Tomcat();
  private final Context context;

  static {
    // One process has many of them, so management and logs are disabled.
    Registry.disableRegistry();
    LogManager.getLogManager().reset();
  }

  /** An empty container; `folder` is for its working files. */
  public EmbeddedTomcat(String folder) {
    tomcat.setBaseDir(folder);
    context = tomcat.addContext("", folder);
  }

  /** Adds a filter in front of a path, or of all paths with `/*`. */
  public EmbeddedTomcat filter(String name, Filter filter, String path, Map<String, String> parameters) {
    FilterDef definition = new FilterDef();
    definition.setFilterName(name);
    definition.setFilter(filter);
    parameters.forEach(definition::addInitParameter);
    context.addFilterDef(definition);
    FilterMap map = new FilterMap();
    map.setFilterName(name);
    map.addURLPattern(path);
    context.addFilterMap(map);
    return this;
  }

  /** Serves everything with one servlet on a free port and returns the port. */
  public int serve(Servlet servlet) throws Exception {
    Wrapper wrapper = Tomcat.addServlet(context, "application", servlet);
    wrapper.setLoadOnStartup(1);
    context.addServletMappingDecoded("/", "application");
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(0);
    // A listener serves one request at a time.
    connector.setProperty("minSpareThreads", "1");
    connector.setProperty("maxThreads", "4");
    connector.setProperty("maxKeepAliveRequests", "-1");
    tomcat.setConnector(connector);
    tomcat.start();
    return connector.getLocalPort();
  }
}
