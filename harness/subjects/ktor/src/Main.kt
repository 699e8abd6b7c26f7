import crosscheck.Adapter
import crosscheck.Policy
import crosscheck.Reply
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.install
import io.ktor.server.plugins.cors.CORSConfig
import io.ktor.server.plugins.cors.routing.CORS
import io.ktor.server.request.header
import io.ktor.server.request.httpMethod
import io.ktor.server.request.path
import io.ktor.server.response.header
import io.ktor.server.response.respond
import io.ktor.server.response.respondRedirect
import io.ktor.server.response.respondText
import io.ktor.server.routing.Route
import io.ktor.server.routing.route
import io.ktor.server.routing.routing

/** Ktor's CORS plugin, on the application or, where a policy has routes, on each route. */
class Main :
    Adapter("io.ktor", "ktor-server-cors-jvm") {
    override fun library(): Class<*> = CORSConfig::class.java

    override fun serve(id: String, policy: Policy?): Int = listen { application(id, policy) }

    private fun Application.application(id: String, policy: Policy?) {
        if (policy != null && policy.routes().isNotEmpty()) {
            routing {
                for (each in policy.routes()) {
                    route(each.path()) {
                        each.policy()?.let { own -> install(CORS) { configure(own) } }
                        answerAll()
                    }
                }
                route("{path...}") {
                    install(CORS) { configure(policy) }
                    answerAll()
                }
            }
            return
        }
        install(CORS) {
            when {
                policy != null -> configure(policy)
                id == "docs" -> {
                    allowHost("0.0.0.0:8081")
                    allowHeader(HttpHeaders.ContentType)
                }
            }
        }
        routing { route("{path...}") { answerAll() } }
    }

    private fun CORSConfig.configure(policy: Policy) {
        val origins = policy.origins()
        if (origins.any()) anyHost()
        for (origin in origins.list()) {
            val (scheme, host) = origin.split("://")
            allowHost(host, schemes = listOf(scheme))
        }
        for (under in origins.under()) {
            allowHost("*." + under.authority(), schemes = listOf(under.scheme()))
        }
        origins.holds()?.let { holds -> allowBy { holds.test(it) } }
        if (policy.methods().any()) everyMethod()
        policy.methods().list().forEach { allowMethod(HttpMethod.parse(it)) }
        if (policy.headers().any()) {
            allowHeaders { true }
            allowNonSimpleContentTypes = true
        }
        for (name in policy.headers().list()) {
            if (name.endsWith("*")) allowHeadersPrefixed(name.removeSuffix("*")) else allowHeader(name)
        }
        policy.expose().list().forEach { exposeHeader(it) }
        allowCredentials = policy.credentials()
        // An unset max age must send no header, and only zero does that.
        maxAgeInSeconds = policy.maxAge()?.toLong() ?: 0
        // A policy lists the allowed origins; the Host header does not matter.
        allowSameOrigin = false
    }

    private fun Route.answerAll() = answerBy { answer(it) }

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
