//! The application behind the middleware, without its own CORS.

use crate::era::Request;
use axum::response::{IntoResponse, Response};
use crosscheck_adapter_common::reply;
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

/// The error of a failed handler; axum turns it into a response.
struct Thrown;

impl IntoResponse for Thrown {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, "the handler failed").into_response()
    }
}

/// Every path except `/missing`, which has no route.
pub(crate) async fn answer(request: Request) -> Response {
    handle(&request).into_response()
}

fn handle(request: &Request) -> Result<Response, Thrown> {
    let authorized = request.headers().contains_key(AUTHORIZATION);
    let reply = reply(request.method().as_str(), request.uri().path(), authorized).ok_or(Thrown)?;
    let mut response = (StatusCode::from_u16(reply.status).unwrap_or_default(), reply.body).into_response();
    for (name, value) in reply.headers {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Ok(response)
}
