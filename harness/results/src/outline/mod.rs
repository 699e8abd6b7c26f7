//! The outline of a results file: which case had which verdict, and why. It leaves out what only a report shows, so that large files
//! are read in little time and memory.

mod part;
mod read;

pub use read::read_outline;

use crate::record::{Footer, Header};
use crate::run::Discrepancy;
use crate::verdict::{Status, Verdict};
use crosscheck_text::CaseId;

/// The outline of the results of one subject.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// What it is.
    pub header: Header,
    /// The cases that have a line, sorted by id.
    pub cases: Vec<CaseOutline>,
    /// The counts; `None` if the run was killed.
    pub footer: Option<Footer>,
    /// How the lines differ from what the file states about them.
    pub discrepancy: Option<Discrepancy>,
}

/// The outline of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseOutline {
    /// The case.
    pub id: CaseId,
    /// The verdict.
    pub verdict: Verdict,
    /// Against the baseline.
    pub status: Option<Status>,
    /// In what it deviates, worst first.
    pub deviations: Vec<DeviationOutline>,
}

/// The outline of a deviation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviationOutline {
    /// How bad it is.
    pub verdict: Verdict,
    /// The rule, or the step of a client.
    pub broken: Option<String>,
    /// The cause that it belongs to.
    pub cause: String,
}

impl Outline {
    /// Whether the run came to its end, and every line of it is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.discrepancy.is_none() && self.footer.as_ref().is_some_and(|f| f.complete)
    }

    /// Why the subject could not run.
    #[must_use]
    pub fn start_error(&self) -> Option<&str> {
        let footer = self.footer.as_ref().filter(|f| f.verdicts.is_empty());
        footer.and_then(|footer| footer.error.as_deref())
    }
}

#[cfg(test)]
mod tests;
