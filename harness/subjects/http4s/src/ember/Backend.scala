import cats.effect.IO
import cats.effect.unsafe.implicits.global
import com.comcast.ip4s._
import org.http4s.HttpApp
import org.http4s.ember.server.EmberServerBuilder

/** http4s's own server. */
object Backend {
  /** Listens on a free port and returns it. */
  def listen(app: HttpApp[IO]): Int = {
    val server = EmberServerBuilder.default[IO].withHost(host"127.0.0.1").withPort(port"0").withHttpApp(app).build
    server.allocated.unsafeRunSync()._1.address.getPort
  }
}
