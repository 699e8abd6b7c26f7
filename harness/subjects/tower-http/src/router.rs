//! The application behind the library: what is the same in all of its releases.

use crate::app;
use crate::cors::{documented, layer};
use axum::Router;
use axum::routing::any;
use crosscheck_adapter_common::{Unfit, caught};
use crosscheck_corpus::policy::{Mode, Policy};
use http::StatusCode;
use tower::Layer as _;
use tower_http::cors::CorsLayer;

/// The application behind the library, configured with a completed policy.
///
/// # Errors
/// Where the library rejects the policy.
pub fn router(policy: &Policy) -> Result<Router, Unfit> {
    let mut router = with_layer(application(), Some(policy))?;
    for route in &policy.routes {
        router = router.merge(with_layer(
            Router::new().route(&route.path, any(app::answer)),
            route.policy.as_ref(),
        )?);
    }
    Ok(router)
}

/// The application behind the library as it comes.
pub fn mode(mode: Mode) -> Router {
    application().layer(match mode {
        Mode::Defaults => CorsLayer::new(),
        Mode::Docs => documented(),
    })
}

fn application() -> Router {
    // The fallback takes every path, so `/missing` says what axum's own fallback would: 404 and nothing else.
    Router::new()
        .route("/missing", any(async || StatusCode::NOT_FOUND))
        .fallback(app::answer)
}

fn with_layer(router: Router, policy: Option<&Policy>) -> Result<Router, Unfit> {
    let Some(policy) = policy else { return Ok(router) };
    let layer = layer(policy)?;
    // The library checks the rules when the layer is applied, and panics. axum applies it at the first request, so it is
    // applied here once for its verdict.
    let trial = layer.clone();
    caught(move || drop(trial.layer(app::answer))).map_err(Unfit::Refused)?;
    Ok(router.layer(layer))
}
