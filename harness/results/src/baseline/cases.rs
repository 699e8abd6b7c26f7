//! The exact cases of each cause: `reports/baselines/cases/<subject>.txt`, written only by `--update-baseline`.
//!
//! ```text
//! # A comment begins in the first column.
//! cause answers-every-options
//!  rule swallows-options wire
//!   server/preflight-exchange#options-no-{method,origin}
//!   policies/{any{,-wide},one}#
//!    plain-options/{own,root}{,-method,-origin}
//! ```
//!
//! The grammar, line by line; the indentation is exact:
//!
//! - `cause NAME` begins a cause; each name appears once.
//! - one space, `rule ID VERDICT` or `step ID VERDICT` begins a list of that cause; each such line appears once in a cause.
//! - two spaces and a pattern: cases. The pattern is case ids folded by braces, as a shell expands them.
//! - two spaces and a pattern that ends in `#`: the first half of case ids; the lines below, three spaces and a pattern, are the
//!   second halves, and every first half goes with every second half.
//! - blank lines and lines that begin with `#` are skipped.
//!
//! In a case id, `%`, `{`, `}`, `,`, a `#` at the end and every byte that is not visible ASCII are percent-encoded.

mod escape;
mod read;
mod write;

pub use read::{LineError, LineFault, ReadList, read};
pub(super) use write::{by_group, render};

use super::cause::{Broken, CauseName};
use crate::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// What a list of cases is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListKey {
    /// The cause.
    pub cause: CauseName,
    /// The rule or step that the cases break.
    pub broken: Broken,
    /// Their verdict.
    pub verdict: Verdict,
}

/// The exact cases of every cause of a subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseLists(BTreeMap<ListKey, BTreeSet<String>>);

impl CaseLists {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// The first line that is not right.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let (lists, errors) = read(text);
        match errors.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(lists.into_iter().map(ReadList::into_cases).collect()),
        }
    }

    /// Every list with its cases, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&ListKey, &BTreeSet<String>)> {
        self.0.iter()
    }

    /// Returns whether there is no list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of the file: the same lists, the same text.
    #[must_use]
    pub fn render(&self, subject: &str) -> String {
        render(subject, self)
    }
}

impl FromIterator<(ListKey, BTreeSet<String>)> for CaseLists {
    /// Lists without cases are left out.
    fn from_iter<I: IntoIterator<Item = (ListKey, BTreeSet<String>)>>(lists: I) -> Self {
        Self(lists.into_iter().filter(|(_, cases)| !cases.is_empty()).collect())
    }
}

#[cfg(test)]
mod tests;
