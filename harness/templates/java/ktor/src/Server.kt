package crosscheck

import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.install
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import io.ktor.server.plugins.cors.CORSConfig
import io.ktor.server.plugins.cors.routing.CORS
import io.ktor.server.request.header
import io.ktor.server.request.httpMethod
import io.ktor.server.request.path
import io.ktor.server.response.header
import io.ktor.server.response.respond
import io.ktor.server.response.respondRedirect
import io.ktor.server.response.respondText
import io.ktor.server.routing.route
import io.ktor.server.routing.routing

/** Ktor with its CORS plugin. Crosscheck starts this program once per policy. */
fun main() {
    val server =
        embeddedServer(Netty, port = Contract.PORT, host = Contract.HOST) {
            // Put your own plugin here, in place of CORS.
            install(CORS) { configure() }
            routing { route("{path...}") { handle { answer(call) } } }
        }
    try {
        server.start(wait = true)
    } catch (error: IllegalArgumentException) {
        Contract.refuse(error)
    }
}

/** The policy, as the configuration of the plugin. */
private fun CORSConfig.configure() {
    if (Contract.anyOrigin()) anyHost()
    // `*.` before a host allows its subdomains.
    for (origin in Contract.origins() + Contract.patterns()) {
        val (scheme, host) = origin.split("://")
        allowHost(host, schemes = listOf(scheme))
    }
    if (Contract.any("methods")) anyMethod()
    Contract.names("methods").forEach { allowMethod(HttpMethod.parse(it)) }
    if (Contract.any("headers")) {
        allowHeaders { true }
        allowNonSimpleContentTypes = true
    }
    for (name in Contract.names("headers")) {
        if (name.endsWith("*")) allowHeadersPrefixed(name.removeSuffix("*")) else allowHeader(name)
    }
    Contract.names("expose").forEach { exposeHeader(it) }
    allowCredentials = Contract.holds("credentials")
    // Zero sends no header; without it, Ktor sends one of a day.
    maxAgeInSeconds = Contract.maxAge() ?: 0
    // A policy lists the allowed origins; the Host header does not matter.
    allowSameOrigin = false
}

/** The application. */
private suspend fun answer(call: ApplicationCall) {
    val request = call.request
    val isAuthorized = request.header(HttpHeaders.Authorization) != null
    val reply = Contract.answer(request.httpMethod.value, request.path(), isAuthorized)
    // A call that is not answered gets Ktor's own 404.
    if (reply.kind() == Contract.Kind.MISSING) return
    check(reply.kind() != Contract.Kind.FAILED) { "the handler failed" }
    reply.headers().forEach { call.response.header(it.name(), it.value()) }
    val status = HttpStatusCode.fromValue(reply.status())
    when {
        reply.kind() == Contract.Kind.REDIRECT -> call.respondRedirect("/")
        reply.hasBody() -> call.respondText(reply.body(), status = status)
        else -> call.respond(status)
    }
}
