import cats.effect.IO
import crosscheck.Policy
import org.http4s.server.middleware.{CORS, CORSConfig}
import org.http4s.{HttpRoutes, Method}

import scala.concurrent.duration._
import scala.jdk.CollectionConverters._

/** `CORSConfig`, before 0.23.2. */
object Cors {
  def mode(id: String): HttpRoutes[IO] => HttpRoutes[IO] = CORS(_)

  def apply(policy: Policy): HttpRoutes[IO] => HttpRoutes[IO] = {
    val origins = policy.origins
    val config =
      CORSConfig.default
        .withAnyOrigin(origins.any)
        .withAllowedOrigins(if (origins.holds == null) origins.list.asScala.toSet else origins.holds.test(_))
        .withAllowCredentials(policy.credentials)
        .withAnyMethod(policy.methods.any)
        .withAllowedMethods(if (policy.methods.any) None else Some(policy.methods.list.asScala.map(method).toSet))
        .withAllowedHeaders(named(policy.headers))
        .withExposedHeaders(named(policy.expose))
        // There is no way to omit the header.
        .withMaxAge(Option(policy.maxAge).fold(0)(_.intValue).seconds)
    CORS(_, config)
  }

  private def named(names: Policy.Names): Option[Set[String]] =
    Option(names.or("*").asScala.toSet).filter(_.nonEmpty)

  private def method(name: String): Method = Method.fromString(name).fold(throw _, identity)
}
