//! The application behind the middleware, without any CORS of its own.

use crate::era::Request;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CACHE_CONTROL, HeaderValue, LOCATION, SET_COOKIE, VARY,
    WWW_AUTHENTICATE,
};
use http::{Method, StatusCode};

/// What a handler of the application fails with; axum turns it into an answer.
struct Thrown;

impl IntoResponse for Thrown {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, "the handler failed").into_response()
    }
}

/// Every path but `/missing`, which is not routed.
pub(crate) async fn answer(request: Request) -> Response {
    let path = request.uri().path();
    let (cached, below) = match path.strip_prefix("/cached") {
        Some("") => (true, "/"),
        Some(rest) if rest.starts_with('/') => (true, rest),
        _ => (false, path),
    };
    let mut response = match below {
        "/throw" => return throw().await.into_response(),
        "/auth" if !request.headers().contains_key(AUTHORIZATION) => {
            return (
                StatusCode::UNAUTHORIZED,
                [(WWW_AUTHENTICATE, "Basic realm=\"crosscheck\"")],
                "who are you",
            )
                .into_response();
        }
        "/vary" => ([(VARY, "Accept-Encoding")], "ok").into_response(),
        "/acao" => ([(ACCESS_CONTROL_ALLOW_ORIGIN, "https://own.example")], "ok").into_response(),
        "/options" if *request.method() == Method::OPTIONS => (options_status(), "own").into_response(),
        "/redirect" => (StatusCode::FOUND, [(LOCATION, "/")]).into_response(),
        _ => match below.strip_prefix("/status/").map(status) {
            Some(status) => (status, "status").into_response(),
            None => "ok".into_response(),
        },
    };
    let headers = response.headers_mut();
    headers.insert("x-hit", HeaderValue::from_static("1"));
    headers.insert("x-two", HeaderValue::from_static("v"));
    if cached {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    } else {
        headers.insert(SET_COOKIE, HeaderValue::from_static("s=1; Path=/"));
    }
    response
}

async fn throw() -> Result<Response, Thrown> {
    Err(Thrown)
}

fn status(text: &str) -> StatusCode {
    let status = text.parse::<u16>().ok().filter(|n| (200..=999).contains(n));
    status
        .and_then(|n| StatusCode::from_u16(n).ok())
        .unwrap_or(StatusCode::BAD_REQUEST)
}

fn options_status() -> StatusCode {
    StatusCode::from_u16(299).unwrap_or(StatusCode::OK)
}
