//! Differences between releases of tower-http and their axum: releases before http 1.

use axum::Router;
use axum::body::Body;
use crosscheck_corpus::policy::Policy;
use std::io;
use tokio::net::TcpListener;
use tower_http::cors::CorsLayer;

/// The argument of a handler.
pub(crate) type Request = http::Request<Body>;

#[cfg(feature = "private-network")]
pub(crate) fn private_network(layer: CorsLayer, policy: &Policy) -> CorsLayer {
    layer.allow_private_network(policy.private_network)
}

#[cfg(not(feature = "private-network"))]
pub(crate) fn private_network(layer: CorsLayer, _: &Policy) -> CorsLayer {
    layer
}

/// Serves a router until the future is dropped.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    let server = axum::Server::from_tcp(listener.into_std()?).map_err(io::Error::other)?;
    server.serve(router.into_make_service()).await.map_err(io::Error::other)
}
