import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.call
import io.ktor.server.engine.applicationEngineEnvironment
import io.ktor.server.engine.connector
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import io.ktor.server.plugins.cors.CORSConfig
import io.ktor.server.routing.Route
import kotlinx.coroutines.runBlocking

internal fun CORSConfig.everyMethod() {
    // These releases do not have it; no policy that needs it is sent.
}

internal fun CORSConfig.allowBy(holds: (String) -> Boolean) {
    // These releases do not have it; no policy that needs it is sent.
}

internal fun Route.answerBy(answer: suspend (ApplicationCall) -> Unit) = handle { answer(call) }

/** Serves an application on a free port and returns the port. */
internal fun listen(application: Application.() -> Unit): Int {
    val environment =
        applicationEngineEnvironment {
            connector {
                host = "127.0.0.1"
                port = 0
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
    return runBlocking { server.resolvedConnectors().first().port }
}
