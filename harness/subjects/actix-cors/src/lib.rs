//! actix-cors in front of an actix-web application: one service per policy, all on one thread of their own.

mod app;
mod cors;
mod server;

pub use app::answer;
pub use cors::{Unfit, check, cors};
pub use server::{Document, Server, StartError, start};

/// The `subject.yaml` of this subject.
pub const SUBJECT: &str = include_str!("../subject.yaml");

/// The version of the library under test.
pub const VERSION: &str = env!("LIBRARY_VERSION");
