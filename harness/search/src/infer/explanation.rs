//! What explains the answers of a server.

use super::asked::Asked;
use super::matcher::Matcher;

/// A comparison, and origins that are let in besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The comparison.
    pub matcher: Matcher,
    /// Origins that servers often list, such as that of a development server.
    pub listed: Vec<Asked>,
}

impl Explanation {
    /// Whether an origin is let in.
    #[must_use]
    pub fn allows(&self, asked: &Asked) -> bool {
        self.matcher.allows(asked) || self.listed.contains(asked)
    }
}
