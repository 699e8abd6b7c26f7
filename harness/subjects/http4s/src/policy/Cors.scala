import cats.effect.IO
import crosscheck.Policy
import org.http4s.headers.Origin
import org.http4s.server.middleware.{CORS, CORSPolicy}
import org.http4s.{Header, HttpRoutes, Method}
import org.typelevel.ci.CIString

import scala.concurrent.duration._
import scala.jdk.CollectionConverters._

/** `CORS.policy`, since 0.23.2. */
object Cors {
  def mode(id: String): HttpRoutes[IO] => HttpRoutes[IO] = {
    val policy = if (id == "docs") CORS.policy.withAllowOriginAll else CORS.policy
    policy.httpRoutes(_)
  }

  def apply(policy: Policy): HttpRoutes[IO] => HttpRoutes[IO] = {
    val settings: Seq[CORSPolicy => CORSPolicy] = Seq(
      origins(_, policy.origins),
      _.withAllowCredentials(policy.credentials),
      names(policy.methods, _.withAllowMethodsAll, (cors, names) => cors.withAllowMethodsIn(names.map(method))),
      // Not `withAllowHeadersAll`: its `*` has no effect with credentials.
      names(policy.headers, _.withAllowHeadersReflect, (cors, names) => cors.withAllowHeadersIn(names.map(CIString(_)))),
      names(policy.expose, _.withExposeHeadersAll, (cors, names) => cors.withExposeHeadersIn(names.map(CIString(_)))),
      cors => Option(policy.maxAge).fold(cors.withMaxAgeDefault)(age => cors.withMaxAge(age.intValue.seconds)),
    )
    settings.foldLeft(CORS.policy)((cors, set) => set(cors)).httpRoutes(_)
  }

  private def origins(cors: CORSPolicy, origins: Policy.Origins): CORSPolicy = {
    val listed = origins.list.asScala.map(Origin.parse(_).fold(throw _, identity)).toSet
    if (origins.any) cors.withAllowOriginAll
    else if (origins.holds != null) cors.withAllowOriginHeader(origin => origins.holds.test(Header[Origin].value(origin)))
    else if (listed(Origin.Null)) cors.withAllowOriginHeader(listed)
    else cors.withAllowOriginHost(listed.collect { case Origin.HostList(hosts) => hosts.head })
  }

  private def names(
      names: Policy.Names,
      any: CORSPolicy => CORSPolicy,
      in: (CORSPolicy, Set[String]) => CORSPolicy,
  ): CORSPolicy => CORSPolicy =
    if (names.any) any else if (names.list.isEmpty) identity else in(_, names.list.asScala.toSet)

  private def method(name: String): Method = Method.fromString(name).fold(throw _, identity)
}
