//! What a library's documentation promises, as far as the judge needs it.

use crosscheck_corpus::policy::Anchoring;

/// The documented behaviour of a library. What the documentation warns about is advice; the same behaviour without a warning is a
/// deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentedBehavior {
    /// Whether the policy also covers paths that no route of the application matches. Where it does not, those are unspecified.
    pub covers_unrouted_paths: bool,
    /// How regular expressions match, where the documentation says that they match less than the whole origin.
    pub looser_anchoring: Option<Anchoring>,
}

impl Default for DocumentedBehavior {
    fn default() -> Self {
        Self {
            covers_unrouted_paths: true,
            looser_anchoring: None,
        }
    }
}
