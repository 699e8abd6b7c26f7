//! tower-http's `CorsLayer` in front of an axum application: one router per policy.
//!
//! The runner serves these routers in its own process; the program in this package serves them behind the adapter protocol.

mod app;
mod cors;
mod era;
mod router;

pub use crosscheck_adapter_common::Unfit;
pub use era::serve;
pub use router::{mode, router};

/// The `subject.yaml` of this subject.
pub const SUBJECT: &str = include_str!("../subject.yaml");

/// The version of the library under test.
pub const VERSION: &str = env!("LIBRARY_VERSION");
