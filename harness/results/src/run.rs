//! The results of one subject, as they are read from a file.

use crate::record::{CaseResult, Footer, Header};
use crate::verdict::Verdict;
use thiserror::Error;

/// The results of one subject.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// What it is.
    pub header: Header,
    /// The cases that have a line.
    pub cases: Vec<CaseResult>,
    /// The counts; `None` if the run was interrupted.
    pub footer: Option<Footer>,
    /// How the lines that were read differ from what the file states about them.
    pub discrepancy: Option<Discrepancy>,
}

impl Run {
    /// Whether the run came to its end, and every line of it is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.discrepancy.is_none() && self.footer.as_ref().is_some_and(|f| f.complete)
    }
}

/// How the lines of a subject differ from what the file states about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Discrepancy {
    /// The counts of the footer do not sum up to the number of results.
    #[error("the footer counts {counted}, and the file has {}", results(*.found))]
    Results {
        /// The sum of the footer's counts.
        counted: usize,
        /// The number of lines.
        found: usize,
    },
    /// A complete footer does not count as many cases as have a result.
    #[error("the footer counts {}, and the file has results for {found}", cases(*.counted))]
    Cases {
        /// The number of the footer.
        counted: usize,
        /// The number of different ids.
        found: usize,
    },
    /// A verdict is not as frequent as the footer states.
    #[error("the footer counts {counted} `{verdict}`, and the file has {found}")]
    Verdict {
        /// The verdict.
        verdict: Verdict,
        /// The number of the footer.
        counted: usize,
        /// The number of lines.
        found: usize,
    },
    /// The run was for this subject too, and the file has no line about it.
    #[error("the run was for this subject, and the file has no line about it")]
    NoLines,
}

/// How many results, in words.
fn results(count: usize) -> String {
    format!("{count} {}", if count == 1 { "result" } else { "results" })
}

/// How many cases, in words.
fn cases(count: usize) -> String {
    format!("{count} {}", if count == 1 { "case" } else { "cases" })
}
