//! The application contract of Crosscheck behind the library.

use bytes::Bytes;
use cors_example::{Cors, Options};
use crosscheck_corpus::application::reply;
use crosscheck_corpus::policy::{Names, Origins, Policy};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::service_fn;

/// The options for a policy. Crosscheck sends only those policies whose flags the test claims.
fn options(policy: &Policy) -> Options {
    let names = |names: &Names| names.listed().to_vec();
    let Origins::List { list, .. } = &policy.origins else {
        panic!("the flags have lists alone")
    };
    Options {
        origins: list.clone(),
        credentials: policy.credentials.for_all(),
        methods: names(&policy.methods),
        headers: names(&policy.headers),
        expose: names(&policy.expose),
        max_age: policy.max_age,
    }
}

/// Serves a policy until the future is dropped.
pub async fn serve(listener: TcpListener, policy: &Policy) {
    let service = Cors::new(service_fn(application), options(policy));
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let service = TowerToHyperService::new(service.clone());
        connections.spawn(Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn application(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let is_authorized = request.headers().contains_key(AUTHORIZATION);
    let path = request.uri().path();
    if path == "/missing" {
        return Ok(empty(StatusCode::NOT_FOUND));
    }
    let Some(reply) = reply(request.method().as_str(), path, is_authorized) else {
        return Ok(empty(StatusCode::INTERNAL_SERVER_ERROR));
    };
    let mut response = empty(StatusCode::from_u16(reply.status).unwrap_or_default());
    for (name, value) in reply.headers {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    *response.body_mut() = Full::from(reply.body);
    Ok(response)
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}
