import crosscheck.Adapter
import crosscheck.Policy
import crosscheck.Reply
import io.ktor.application.Application
import io.ktor.application.ApplicationCall
import io.ktor.application.call
import io.ktor.application.install
import io.ktor.features.CORS
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.http.HttpStatusCode
import io.ktor.request.header
import io.ktor.request.httpMethod
import io.ktor.request.path
import io.ktor.response.header
import io.ktor.response.respond
import io.ktor.response.respondRedirect
import io.ktor.response.respondText
import io.ktor.routing.Route
import io.ktor.routing.route
import io.ktor.routing.routing

/** Ktor's CORS feature, which is installed once per application. */
class Main :
    Adapter("io.ktor", "ktor-server-core") {
    override fun library(): Class<*> = CORS::class.java

    override fun serve(id: String, policy: Policy?): Int = listen { application(id, policy) }

    private fun Application.application(id: String, policy: Policy?) {
        install(CORS) {
            when {
                policy != null -> configure(policy)
                id == "docs" -> {
                    method(HttpMethod.Options)
                    header(HttpHeaders.XForwardedProto)
                    anyHost()
                    host("my-host")
                    host("my-host", subDomains = listOf("www"))
                    host("my-host", schemes = listOf("http", "https"))
                    allowCredentials = true
                    allowNonSimpleContentTypes = true
                }
            }
        }
        routing { route("{path...}") { answerAll() } }
    }

    private fun CORS.Configuration.configure(policy: Policy) {
        val origins = policy.origins()
        if (origins.any()) anyHost()
        for (origin in origins.list()) {
            val (scheme, host) = origin.split("://")
            host(host, schemes = listOf(scheme))
        }
        for (under in origins.under()) {
            host("*." + under.authority(), schemes = listOf(under.scheme()))
        }
        policy.methods().list().forEach { method(HttpMethod.parse(it)) }
        if (policy.headers().any()) {
            allowHeaders { true }
            allowNonSimpleContentTypes = true
        }
        policy.headers().list().forEach { header(it) }
        policy.expose().list().forEach { exposeHeader(it) }
        allowCredentials = policy.credentials()
        // An unset max age must send no header, and only zero does that.
        maxAgeInSeconds = policy.maxAge()?.toLong() ?: 0
        // A policy lists the allowed origins; the Host header does not matter.
        allowSameOrigin = false
    }

    private fun Route.answerAll() = handle { answer(call) }

    private suspend fun answer(call: ApplicationCall) {
        val request = call.request
        val reply =
            Reply.to(request.httpMethod.value, request.path(), request.header(HttpHeaders.Authorization) != null)
        when (reply.kind()) {
            // A call without a handler gets the server's own 404.
            Reply.Kind.MISSING -> return
            Reply.Kind.THROWN -> throw IllegalStateException("the handler failed")
            else -> {}
        }
        reply.fields().forEach { call.response.header(it.name(), it.value()) }
        when {
            reply.kind() == Reply.Kind.REDIRECT -> call.respondRedirect("/")
            reply.hasBody() -> call.respondText(reply.body(), status = HttpStatusCode.fromValue(reply.status()))
            else -> call.respond(HttpStatusCode.fromValue(reply.status()))
        }
    }

    companion object {
        @JvmStatic fun main(arguments: Array<String>) = Main().run()
    }
}
