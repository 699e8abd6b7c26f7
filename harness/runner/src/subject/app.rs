//! The harness's plain application, without CORS: what configuration subjects stand in front of.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CACHE_CONTROL, HeaderValue, LOCATION, SET_COOKIE, VARY,
    WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
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

/// The handler failed: the connection ends without an answer, as under any server whose handler dies.
#[derive(Debug, Error)]
#[error("the handler failed")]
struct Thrown;

/// A plain application on a loopback socket. Dropping it ends it.
#[derive(Debug)]
pub struct Application {
    /// Where it listens.
    pub address: SocketAddr,
    _tasks: JoinSet<()>,
}

/// Serves the plain application.
///
/// # Errors
/// Where no socket can be had.
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
                    // A connection whose request was not read to its end closes after the answer, and a proxy that has sent the
                    // next request on it by then answers 502.
                    while let Some(Ok(_)) = body.frame().await {}
                    answer(&head)
                });
                // How a connection ends is judged by who stands in front.
                let _ = Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Ok(Application { address, _tasks: tasks })
}

fn answer(request: &Parts) -> Result<Response<Full<Bytes>>, Thrown> {
    let path = request.uri.path();
    let (cached, below) = match path.strip_prefix("/cached") {
        Some("") => (true, "/"),
        Some(rest) if rest.starts_with('/') => (true, rest),
        _ => (false, path),
    };
    let mut response = Response::new(Full::new(Bytes::from_static(b"ok")));
    match below {
        "/throw" => return Err(Thrown),
        "/missing" => {
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Ok(response);
        }
        "/auth" if !request.headers.contains_key(AUTHORIZATION) => {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"crosscheck\""));
            return Ok(response);
        }
        "/vary" => {
            response
                .headers_mut()
                .insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        "/acao" => {
            response.headers_mut().insert(
                ACCESS_CONTROL_ALLOW_ORIGIN,
                HeaderValue::from_static("https://own.example"),
            );
        }
        "/options" if request.method == Method::OPTIONS => *response.status_mut() = status("299"),
        "/redirect" => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
        }
        _ => {
            if let Some(text) = below.strip_prefix("/status/") {
                *response.status_mut() = status(text);
            }
        }
    }
    let headers = response.headers_mut();
    headers.insert("x-hit", HeaderValue::from_static("1"));
    headers.insert("x-two", HeaderValue::from_static("v"));
    if cached {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    } else {
        headers.insert(SET_COOKIE, HeaderValue::from_static("s=1; Path=/"));
    }
    Ok(response)
}

fn status(text: &str) -> StatusCode {
    let status = text.parse::<u16>().ok().filter(|n| (200..=999).contains(n));
    status
        .and_then(|n| StatusCode::from_u16(n).ok())
        .unwrap_or(StatusCode::BAD_REQUEST)
}

#[cfg(test)]
mod tests {
    use super::serve;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn a_body_that_comes_late_does_not_end_the_connection() {
        let application = serve().await.unwrap();
        let mut stream = TcpStream::connect(application.address).await.unwrap();
        let head = "POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 2\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        // One thread runs both sides: an application that answers without the body does so now.
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
