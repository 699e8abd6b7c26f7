import cats.data.{Kleisli, OptionT}
import cats.effect.IO
import crosscheck.{Adapter, Policy, Reply}
import org.http4s.headers.Location
import org.http4s.implicits._
import org.http4s.server.middleware.CORS
import org.http4s.{Header, Headers, HttpRoutes, Request, Response, Status}
import org.http4s.util.CaseInsensitiveString

import scala.jdk.CollectionConverters._

/** http4s's CORS middleware around routes. */
final class Main
    extends Adapter("org.http4s", "http4s-server_2.13") {
  def speak(): Unit = run()

  override protected def library(): Class[_] = CORS.getClass

  override protected def serve(id: String, policy: Policy): Int = {
    val routes =
      if (policy == null) Cors.mode(id)(answer)
      else {
        val rest = Cors(policy)(answer)
        val own = policy.routes.asScala.map(route => route.path -> Option(route.policy).fold(answer)(Cors(_)(answer))).toMap
        // Matches the whole path, which http4s's Router does not do.
        Kleisli { request: Request[IO] => own.getOrElse(request.uri.path, rest)(request) }
      }
    Backend.listen(routes.orNotFound)
  }

  private def answer: HttpRoutes[IO] = Kleisli { request: Request[IO] =>
    val authorized = request.headers.get(CaseInsensitiveString("Authorization")).isDefined
    val reply = Reply.to(request.method.name, request.uri.path, authorized)
    val fields = Headers(reply.fields.asScala.toList.map(field => Header.Raw(CaseInsensitiveString(field.name), field.value)))
    reply.kind match {
      case Reply.Kind.MISSING => OptionT.none
      case Reply.Kind.THROWN => OptionT.liftF(IO.raiseError(new IllegalStateException("the handler failed")))
      case Reply.Kind.REDIRECT => OptionT.pure(Response(Status.Found, headers = fields).putHeaders(Location(uri"/")))
      case _ =>
        val empty = Response[IO](Status.fromInt(reply.status).fold(throw _, identity), headers = fields)
        OptionT.pure(if (reply.hasBody) empty.withEntity(reply.body) else empty)
    }
  }
}

object Main {
  def main(arguments: Array[String]): Unit = new Main().speak()
}
