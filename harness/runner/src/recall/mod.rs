//! Published vulnerabilities, run again: a release that has one must break the rule that names it, on a case on which the release
//! that mends it keeps the rule.

mod ask;
mod judge;
mod read;

pub use ask::{Watcher, ask};
pub use judge::{Answered, Caught, Difference, Finding, Miss, Release, judge};
pub use read::{Listed, lint, read};

use crate::subject::SubjectSpec;

/// The list of a corpus, below its folder.
pub const FILE: &str = "recall.yaml";

/// A published vulnerability.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name, unique in the file.
    pub id: String,
    /// The server under test.
    pub subject: String,
    /// A release that has it.
    pub bad: String,
    /// A release that has it no longer.
    pub good: String,
    /// The rules of which the bad release must break one.
    pub rules: Vec<String>,
    /// Where it is published.
    pub source: Vec<String>,
}

impl Entry {
    /// The bad and the good release as subjects. A registry's version may be written with a `v` before it, which no subject needs.
    #[must_use]
    pub fn releases(&self) -> [SubjectSpec; 2] {
        [&self.bad, &self.good].map(|version| {
            let bare = version.strip_prefix('v').unwrap_or(version);
            SubjectSpec {
                name: self.subject.clone(),
                version: Some(bare.to_owned()),
            }
        })
    }
}
