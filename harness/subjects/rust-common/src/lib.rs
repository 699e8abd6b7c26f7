//! Shared by the Rust adapters: the adapter protocol and the application behind the library. An adapter adds the configuration of its
//! library and the routing of its framework.

mod panics;
mod protocol;

pub use crosscheck_corpus::application::{Reply, reply};
pub use crosscheck_corpus::policy::{Configuration, Mode, Names, Origins, Policy, Predicate};
pub use panics::caught;
pub use protocol::{NotServed, Unfit, speak};

/// The lock file that the adapters are built from.
const LOCK: &str = include_str!(env!("CROSSCHECK_LOCK"));

/// The version of a package that the adapters are built with.
#[must_use]
pub fn version(package: &str) -> &'static str {
    let entry = format!("name = \"{package}\"\nversion = \"");
    LOCK.split_once(&entry)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("unknown", |(version, _)| version)
}
