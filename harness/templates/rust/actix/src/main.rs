//! actix-web with actix-cors. Crosscheck starts this program once per policy.

mod contract;

use actix_cors::Cors;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use actix_web::rt::System;
use actix_web::test::init_service;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, error, web};
use contract::{Names, Policy, address, answer, configured, policy};

/// The policy, as the middleware.
fn cors(policy: &Policy) -> Cors {
    let mut cors = if policy.origins.any {
        Cors::default().allow_any_origin().send_wildcard()
    } else {
        let listed = policy.origins.list.iter();
        listed.fold(Cors::default(), |cors, origin| cors.allowed_origin(origin))
    };
    cors = match &policy.methods {
        Names::Any(_) => cors.allow_any_method(),
        Names::List(names) => cors.allowed_methods(names.iter().map(String::as_str)),
    };
    cors = match &policy.headers {
        Names::Any(_) => cors.allow_any_header(),
        Names::List(names) => cors.allowed_headers(names.iter().map(String::as_str)),
    };
    cors = match &policy.expose {
        Names::Any(_) => cors.expose_any_header(),
        Names::List(names) => cors.expose_headers(names.iter().map(String::as_str)),
    };
    if policy.credentials {
        cors = cors.supports_credentials();
    }
    if policy.private_network {
        cors = cors.allow_private_network_access();
    }
    cors.max_age(policy.max_age.map(|seconds| usize::try_from(seconds).unwrap_or(usize::MAX)))
}

/// The application.
async fn handle(request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let is_authorized = request.headers().contains_key(AUTHORIZATION);
    let Some(reply) = answer(request.method().as_str(), request.path(), is_authorized) else {
        return Err(error::ErrorInternalServerError("the handler failed"));
    };
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).unwrap_or_default()).body(reply.body);
    for (name, value) in reply.headers {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Ok(response)
}

async fn serve(policy: web::Data<Policy>) -> std::io::Result<()> {
    let server = HttpServer::new(move || {
        App::new()
            // Put your own middleware here and in main, in place of cors.
            .wrap(cors(&policy))
            .service(web::resource("/missing").default_service(web::to(HttpResponse::NotFound)))
            .default_service(web::to(handle))
    });
    server.workers(1).bind(address())?.run().await
}

fn main() -> std::io::Result<()> {
    let policy = web::Data::new(policy());
    // The middleware checks the policy when a service starts.
    configured(|| System::new().block_on(async { drop(init_service(App::new().wrap(cors(&policy))).await) }));
    System::new().block_on(serve(policy))
}
