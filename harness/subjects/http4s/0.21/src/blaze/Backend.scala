import cats.effect.{ContextShift, IO, Timer}
import org.http4s.HttpApp
import org.http4s.server.blaze.BlazeServerBuilder

import scala.concurrent.ExecutionContext.global

/** The server of releases on cats-effect 2. */
object Backend {
  private implicit val shift: ContextShift[IO] = IO.contextShift(global)
  private implicit val timer: Timer[IO] = IO.timer(global)

  /** Listens on a free port and returns it. */
  def listen(app: HttpApp[IO]): Int = {
    val builder = BlazeServerBuilder[IO](global).bindHttp(0, "127.0.0.1").withoutBanner.withHttpApp(app)
    // A listener serves one request at a time.
    builder.withConnectorPoolSize(1).resource.allocated.unsafeRunSync()._1.address.getPort
  }
}
