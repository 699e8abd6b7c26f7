//! The application behind the library: the part that all releases share.

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
/// If the library rejects the policy.
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

/// The application behind the library with its defaults.
pub fn mode(mode: Mode) -> Router {
    application().layer(match mode {
        Mode::Defaults => CorsLayer::new(),
        Mode::Docs => documented(),
    })
}

fn application() -> Router {
    // The fallback serves every path, so `/missing` sends the response of axum's own fallback: an empty 404.
    Router::new()
        .route("/missing", any(async || StatusCode::NOT_FOUND))
        .fallback(app::answer)
}

fn with_layer(router: Router, policy: Option<&Policy>) -> Result<Router, Unfit> {
    let Some(policy) = policy else { return Ok(router) };
    let layer = layer(policy)?;
    // The library checks the rules when the layer is applied, and panics. axum applies it at the first request, so it is
    // applied here once to get the panic.
    let trial = layer.clone();
    caught(move || drop(trial.layer(app::answer))).map_err(Unfit::Refused)?;
    Ok(router.layer(layer))
}
