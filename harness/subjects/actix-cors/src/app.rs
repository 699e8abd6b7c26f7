//! The application behind the middleware, without any CORS of its own.

use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CACHE_CONTROL, HeaderName, HeaderValue, LOCATION, SET_COOKIE, VARY,
    WWW_AUTHENTICATE,
};
use actix_web::{HttpRequest, HttpResponse, error};

/// Every path but `/missing`, which is not routed.
pub async fn answer(request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let path = request.path();
    let (cached, below) = match path.strip_prefix("/cached") {
        Some("") => (true, "/"),
        Some(rest) if rest.starts_with('/') => (true, rest),
        _ => (false, path),
    };
    let mut response = match below {
        "/throw" => return Err(error::ErrorInternalServerError("the handler failed")),
        "/auth" if !request.headers().contains_key(AUTHORIZATION) => {
            let challenge = (WWW_AUTHENTICATE, "Basic realm=\"crosscheck\"");
            return Ok(HttpResponse::Unauthorized()
                .insert_header(challenge)
                .body("who are you"));
        }
        "/vary" => HttpResponse::Ok().insert_header((VARY, "Accept-Encoding")).body("ok"),
        "/acao" => HttpResponse::Ok()
            .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "https://own.example"))
            .body("ok"),
        "/options" if *request.method() == Method::OPTIONS => HttpResponse::build(own_status()).body("own"),
        "/redirect" => HttpResponse::Found().insert_header((LOCATION, "/")).finish(),
        _ => match below.strip_prefix("/status/").map(status) {
            Some(status) => HttpResponse::build(status).body("status"),
            None => HttpResponse::Ok().body("ok"),
        },
    };
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-hit"), HeaderValue::from_static("1"));
    headers.insert(HeaderName::from_static("x-two"), HeaderValue::from_static("v"));
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

fn own_status() -> StatusCode {
    StatusCode::from_u16(299).unwrap_or(StatusCode::OK)
}
