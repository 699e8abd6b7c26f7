//! tower-http's `CorsLayer` in front of an axum application: one router per policy.
//!
//! The runner serves these routers in its own process; the program beside this library serves them behind the adapter protocol.

mod app;
mod cors;

pub use cors::{Unfit, mode, router};

use axum::Router;
use std::io;
use tokio::net::TcpListener;

/// The `subject.yaml` of this subject.
pub const SUBJECT: &str = include_str!("../subject.yaml");

/// The version of the library under test.
pub const VERSION: &str = env!("LIBRARY_VERSION");

/// Serves a router until the future is dropped.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    axum::serve(listener, router).await
}
