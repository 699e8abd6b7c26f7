//! Generators and oracles. A target decodes bytes into an input and calls the oracle, which returns a [`Divergence`] or nothing. Only the
//! three-line files in `fuzz_targets/` panic. Nothing here depends on libFuzzer, so `cargo test` replays every seed without it.

pub mod case_file;
pub mod fetch;
pub mod header_list;
pub mod seeded;
pub mod servers;

use std::fmt;

/// A finding of an oracle: a law that does not hold for an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The law, in a few words. It distinguishes findings.
    pub law: &'static str,
    /// The input and what happened, escaped.
    pub what: String,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.law, self.what)
    }
}

impl std::error::Error for Divergence {}

/// Checks a condition and reports the law if it does not hold.
pub(crate) fn law(law: &'static str, condition: bool, what: impl FnOnce() -> String) -> Result<(), Divergence> {
    if condition {
        Ok(())
    } else {
        Err(Divergence { law, what: what() })
    }
}
