//! Checks the rules against published vulnerabilities: a vulnerable release must break a named rule on a case on which the fixed
//! release keeps it.

mod judge;
mod read;

pub use judge::{Caught, Difference, Finding, Miss, judge};
pub use read::{Listed, lint, read};

use crate::subject::SubjectSpec;

/// The name of the list in the folder of a corpus.
pub const FILE: &str = "recall.yaml";

/// A published vulnerability.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name, unique in the file.
    pub id: String,
    /// The server under test.
    pub subject: String,
    /// A vulnerable release.
    pub bad: String,
    /// A fixed release.
    pub good: String,
    /// The rules. The vulnerable release must break at least one of them.
    pub rules: Vec<String>,
    /// The addresses at which it is published.
    pub source: Vec<String>,
}

impl Entry {
    /// Returns the bad and the good release as subjects. The `v` that a registry may write before a version is left out.
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
