//! Links into the standard.

use std::collections::BTreeMap;

const STANDARD: &str = "https://fetch.spec.whatwg.org/";

/// The place of an anchor in the Fetch Standard. `anchor` starts with `#`.
#[must_use]
pub fn standard_url(anchor: &str) -> String {
    format!("{STANDARD}{anchor}")
}

/// A requirement of the standard, as a report refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its anchor in the standard, with `#`.
    pub anchor: String,
    /// A summary, in one sentence.
    pub summary: String,
}

/// The requirements that results may name, by the id of their step. Without any, a report shows ids without links.
#[derive(Clone, Debug, Default)]
pub struct Requirements(BTreeMap<String, Requirement>);

impl Requirements {
    /// The requirement of a step.
    #[must_use]
    pub fn get(&self, step: &str) -> Option<&Requirement> {
        self.0.get(step)
    }
}

impl FromIterator<(String, Requirement)> for Requirements {
    fn from_iter<I: IntoIterator<Item = (String, Requirement)>>(requirements: I) -> Self {
        Self(requirements.into_iter().collect())
    }
}
