//! The application behind the middleware, without its own CORS.

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, error};
use crosscheck_adapter_common::reply;

/// Every path except `/missing`, which has no route.
pub async fn answer(request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let authorized = request.headers().contains_key(AUTHORIZATION);
    let Some(reply) = reply(request.method().as_str(), request.path(), authorized) else {
        return Err(error::ErrorInternalServerError("the handler failed"));
    };
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).unwrap_or_default());
    for (name, value) in reply.headers {
        response.header(name, value);
    }
    Ok(response.body(reply.body))
}
