//! actix-cors in front of an actix-web application: one service per policy, all on a separate thread.
//!
//! The runner serves them in its own process; the program in this package serves them behind the adapter protocol.

mod app;
mod cors;
mod era;
mod serve;
mod server;

pub use app::answer;
pub use cors::cors;
pub use crosscheck_adapter_common::Unfit;
pub use serve::{block_on, serve};
pub use server::{Server, StartError, start};

/// The `subject.yaml` of this subject.
pub const SUBJECT: &str = include_str!("../subject.yaml");

/// The version of the library under test.
pub const VERSION: &str = env!("LIBRARY_VERSION");
