//! The harness's plain application, without CORS. Subjects that are servers with a configuration run in front of it.

use bytes::Bytes;
use crosscheck_corpus::application::reply;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The handler failed: the connection ends without a response, as in any server whose handler crashes.
#[derive(Debug, Error)]
#[error("the handler failed")]
struct Thrown;

/// A plain application on a loopback socket. Dropping it ends the application.
#[derive(Debug)]
pub struct Application {
    /// The address on which it listens.
    pub address: SocketAddr,
    _tasks: JoinSet<()>,
}

/// Serves the plain application.
///
/// # Errors
/// If no socket is available.
pub async fn serve() -> io::Result<Application> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            while connections.try_join_next().is_some() {}
            connections.spawn(async move {
                let _ = stream.set_nodelay(true);
                let service = service_fn(|request: Request<Incoming>| async move {
                    let (head, mut body) = request.into_parts();
                    // Reads the request to its end. Otherwise the connection closes after the response, and a proxy that has
                    // already sent the next request on it responds with 502.
                    while let Some(Ok(_)) = body.frame().await {}
                    answer(&head)
                });
                // The server in front handles the end of a connection.
                let _ = Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Ok(Application { address, _tasks: tasks })
}

fn answer(request: &Parts) -> Result<Response<Full<Bytes>>, Thrown> {
    let mut response = Response::new(Full::default());
    if request.uri.path() == "/missing" {
        *response.status_mut() = StatusCode::NOT_FOUND;
        *response.body_mut() = Full::new(Bytes::from_static(b"not found"));
        return Ok(response);
    }
    let authorized = request.headers.contains_key(AUTHORIZATION);
    let reply = reply(request.method.as_str(), request.uri.path(), authorized).ok_or(Thrown)?;
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or_default();
    *response.body_mut() = Full::new(Bytes::from_static(reply.body.as_bytes()));
    for (name, value) in reply.headers {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::serve;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn a_late_body_does_not_end_the_connection() {
        let application = serve().await.unwrap();
        let mut stream = TcpStream::connect(application.address).await.unwrap();
        let head = "POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 2\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        // One thread runs both sides: an application that does not wait for the body would respond now.
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        let rest = "{}GET / HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n\r\n";
        stream.write_all(rest.as_bytes()).await.unwrap();
        let mut received = String::new();
        let _ = stream.read_to_string(&mut received).await;
        assert_eq!(received.matches("HTTP/1.1 200 OK").count(), 2, "{received}");
    }
}
