import cats.effect.IO
import crosscheck.Policy
import org.http4s.HttpRoutes
import org.http4s.server.middleware.{CORS, CORSConfig}

import scala.jdk.CollectionConverters._

/** `CORSConfig`, before 0.21.27. */
object Cors {
  def mode(id: String): HttpRoutes[IO] => HttpRoutes[IO] = CORS(_)

  def apply(policy: Policy): HttpRoutes[IO] => HttpRoutes[IO] = {
    val origins = policy.origins
    val config = CORSConfig(
      anyOrigin = origins.any,
      allowedOrigins = if (origins.holds == null) origins.list.asScala.toSet else origins.holds.test(_),
      allowCredentials = policy.credentials,
      anyMethod = policy.methods.any,
      allowedMethods = if (policy.methods.any) None else Some(policy.methods.list.asScala.toSet),
      allowedHeaders = named(policy.headers),
      exposedHeaders = named(policy.expose),
      // There is no way to omit the header.
      maxAge = Option(policy.maxAge).fold(0L)(_.longValue),
    )
    CORS(_, config)
  }

  private def named(names: Policy.Names): Option[Set[String]] =
    Option(names.or("*").asScala.toSet).filter(_.nonEmpty)
}
