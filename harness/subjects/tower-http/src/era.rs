//! Differences between releases of tower-http and their axum.

use axum::Router;
use crosscheck_corpus::policy::Policy;
use std::io;
use tokio::net::TcpListener;
use tower_http::cors::CorsLayer;

/// The argument of a handler.
pub(crate) type Request = axum::extract::Request;

pub(crate) fn private_network(layer: CorsLayer, policy: &Policy) -> CorsLayer {
    layer.allow_private_network(policy.private_network)
}

/// Serves a router until the future is dropped.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    axum::serve(listener, router).await
}
