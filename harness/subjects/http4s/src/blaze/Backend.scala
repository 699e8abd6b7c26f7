import cats.effect.IO
import cats.effect.unsafe.implicits.global
import org.http4s.HttpApp
import org.http4s.blaze.server.BlazeServerBuilder

/** The server of old releases. */
object Backend {
  /** Listens on a free port and returns it. */
  def listen(app: HttpApp[IO]): Int = {
    val builder = BlazeServerBuilder[IO](global.compute).bindHttp(0, "127.0.0.1").withoutBanner.withHttpApp(app)
    // A listener serves one request at a time.
    builder.withConnectorPoolSize(1).resource.allocated.unsafeRunSync()._1.address.getPort
  }
}
