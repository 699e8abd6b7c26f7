import io.ktor.application.Application
import io.ktor.server.engine.applicationEngineEnvironment
import io.ktor.server.engine.connector
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import java.net.ServerSocket

/** Serves an application on a free port and returns the port. */
internal fun listen(application: Application.() -> Unit): Int {
    // These releases do not report their port.
    val free = ServerSocket(0).use { it.localPort }
    val environment =
        applicationEngineEnvironment {
            connector {
                host = "127.0.0.1"
                port = free
            }
            module(application)
        }
    val server =
        embeddedServer(Netty, environment) {
            // A listener serves one request at a time.
            connectionGroupSize = 1
            workerGroupSize = 1
            callGroupSize = 1
        }
    server.start(wait = false)
    return free
}
