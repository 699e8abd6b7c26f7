//! What explains the results of the queries.

use super::matcher::Matcher;
use crosscheck_fetch::Origin;

/// A matcher, and single origins that are allowed besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The matcher.
    pub matcher: Matcher,
    /// Origins that servers often list, such as the origin of a development server.
    pub listed: Vec<Origin>,
}

impl Explanation {
    /// Returns whether an origin is allowed.
    #[must_use]
    pub fn allows(&self, origin: &Origin) -> bool {
        self.matcher.allows(origin) || self.listed.contains(origin)
    }
}
