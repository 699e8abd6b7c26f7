//! The policy document: what a server shares, in no library's language.

mod configuration;
mod document;
mod flags;
mod glob;
mod matching;
mod mode;
mod predicate;
mod risky;

pub use configuration::Configuration;
pub use document::{Credentials, Names, Origins, Policy, Route, Under};
pub use glob::{Globbing, Globs};
pub(crate) use glob::{example, has_header, is_pattern};
pub use matching::Anchoring;
pub(crate) use matching::whole;
pub use mode::Mode;
pub use predicate::{Predicate, PredicateError};

use crate::location::Location;

/// The request-header names that need no grant, and that some libraries gate all the same.
pub const SAFELISTED_HEADERS: [&str; 5] = ["accept", "accept-language", "content-language", "content-type", "range"];

/// The response-header names that a page reads without a grant.
pub const SAFELISTED_RESPONSE_HEADERS: [&str; 7] = [
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
];

/// The methods that need no grant.
pub const SAFELISTED_METHODS: [&str; 3] = ["GET", "HEAD", "POST"];

/// Policy ids that no file may have: the library without arguments, and the snippet of its README.
pub const RESERVED: [&str; 2] = [Mode::Defaults.as_str(), Mode::Docs.as_str()];

/// A policy with its name.
#[derive(Clone, Debug)]
pub struct NamedPolicy {
    /// The file's name without extension.
    pub name: String,
    /// What it is.
    pub title: String,
    /// An explanation for the reader.
    pub note: Option<String>,
    /// The document.
    pub policy: Policy,
    /// Where it is written.
    pub at: Location,
}

#[cfg(test)]
mod tests;
