//! axum with tower-http's CorsLayer. Crosscheck starts this program once per policy.

mod contract;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use contract::{Names, Policy, address, answer, configured, policy};
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, Any, CorsLayer, ExposeHeaders};
use tower_layer::Layer as _;

/// The policy, as the layer.
fn layer(policy: &Policy) -> CorsLayer {
    let origins: Vec<HeaderValue> = parsed(&policy.origins.list);
    let layer = CorsLayer::new()
        .allow_origin(if policy.origins.any { AllowOrigin::any() } else { AllowOrigin::list(origins) })
        .allow_methods(match &policy.methods {
            Names::Any(_) => AllowMethods::from(Any),
            Names::List(names) => AllowMethods::list(parsed::<Method>(names)),
        })
        .allow_headers(match &policy.headers {
            Names::Any(_) => AllowHeaders::from(Any),
            Names::List(names) => AllowHeaders::list(parsed::<HeaderName>(names)),
        })
        .expose_headers(match &policy.expose {
            Names::Any(_) => ExposeHeaders::from(Any),
            Names::List(names) => ExposeHeaders::list(parsed::<HeaderName>(names)),
        })
        .allow_credentials(policy.credentials)
        .allow_private_network(policy.private_network);
    match policy.max_age {
        Some(seconds) => layer.max_age(Duration::from_secs(seconds)),
        None => layer,
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(texts: &[String]) -> Vec<T> {
    texts.iter().map(|text| text.parse().expect("a value that the library takes")).collect()
}

/// The application.
async fn handle(request: Request) -> Response {
    let is_authorized = request.headers().contains_key(header::AUTHORIZATION);
    let Some(reply) = answer(request.method().as_str(), request.uri().path(), is_authorized) else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the handler failed").into_response();
    };
    let mut response = (StatusCode::from_u16(reply.status).unwrap_or_default(), reply.body).into_response();
    for (name, value) in reply.headers {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn main() -> std::io::Result<()> {
    let cors = configured(|| {
        // Put your own layer here, in place of CorsLayer.
        let cors = layer(&policy());
        // axum applies it at the first request; it checks the policy when it is applied.
        drop(cors.layer(()));
        cors
    });
    let app = Router::new().route("/missing", any(async || StatusCode::NOT_FOUND)).fallback(handle).layer(cors);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { axum::serve(TcpListener::bind(address()).await?, app).await })
}
