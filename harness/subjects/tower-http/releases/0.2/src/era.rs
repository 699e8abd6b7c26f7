//! Differences between releases of tower-http and their axum: releases with one `Origin`.

use axum::Router;
use axum::body::Body;
use std::io;
use tokio::net::TcpListener;

/// The argument of a handler.
pub(crate) type Request = http::Request<Body>;

/// Serves a router until the future is dropped.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    let server = axum::Server::from_tcp(listener.into_std()?).map_err(io::Error::other)?;
    server.serve(router.into_make_service()).await.map_err(io::Error::other)
}
