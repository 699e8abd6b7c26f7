import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.engine.connector
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import io.ktor.server.plugins.cors.CORSConfig
import io.ktor.server.routing.Route
import kotlinx.coroutines.runBlocking

internal fun CORSConfig.everyMethod() = anyMethod()

internal fun CORSConfig.allowBy(holds: (String) -> Boolean) = allowOrigins(holds)

internal fun Route.answerBy(answer: suspend (ApplicationCall) -> Unit) = handle { answer(call) }

/** Serves an application on a free port and returns the port. */
internal fun listen(application: Application.() -> Unit): Int {
    val server =
        embeddedServer(
            Netty,
            configure = {
                // A listener serves one request at a time.
                connectionGroupSize = 1
                workerGroupSize = 1
                callGroupSize = 1
                connector {
                    host = "127.0.0.1"
                    port = 0
                }
            },
            module = application,
        )
    server.start(wait = false)
    return runBlocking { server.engine.resolvedConnectors().first().port }
}
