//! The plain application of the contract.

use super::right::{empty, set};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;

/// Answers a request without CORS.
pub(super) fn application(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let (cached, below) = match path.strip_prefix("/cached") {
        Some("") => (true, "/"),
        Some(rest) if rest.starts_with('/') => (true, rest),
        _ => (false, path),
    };
    let mut response = empty(StatusCode::OK);
    match below {
        "/throw" => return empty(StatusCode::INTERNAL_SERVER_ERROR),
        "/missing" => return empty(StatusCode::NOT_FOUND),
        "/auth" if !request.headers().contains_key("authorization") => return empty(StatusCode::UNAUTHORIZED),
        "/vary" => set(response.headers_mut(), "vary", "Accept-Encoding"),
        "/acao" => set(
            response.headers_mut(),
            "access-control-allow-origin",
            "https://own.example",
        ),
        "/options" if request.method() == Method::OPTIONS => {
            *response.status_mut() = StatusCode::from_u16(299).unwrap()
        }
        "/redirect" => {
            *response.status_mut() = StatusCode::FOUND;
            set(response.headers_mut(), "location", "/");
        }
        _ => {
            if let Some(status) = below.strip_prefix("/status/") {
                *response.status_mut() = status.parse().unwrap_or(StatusCode::BAD_REQUEST);
            }
        }
    }
    let headers = response.headers_mut();
    set(headers, "x-hit", "1");
    set(headers, "x-two", "v");
    if cached {
        set(headers, "cache-control", "public, max-age=60");
    } else {
        set(headers, "set-cookie", "s=1; Path=/");
    }
    response
}
