//! Compares the lines of a results file with what its headers and footers state.

use crate::file::Run;
use crate::record::Header;
use crate::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

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

/// Compares each run with its footer, and the runs with the subjects that the headers name. A subject without a line becomes a run
/// without results.
pub(crate) fn check(runs: &mut Vec<Run>) {
    for run in &mut *runs {
        run.discrepancy = of_footer(run);
    }
    let found: BTreeSet<&str> = runs.iter().map(|run| run.header.subject.as_str()).collect();
    let mut absent: Vec<Run> = Vec::new();
    for run in &*runs {
        for subject in &run.header.subjects {
            if !found.contains(subject.as_str()) && absent.iter().all(|run| run.header.subject != *subject) {
                absent.push(Run {
                    header: Header {
                        subject: subject.clone(),
                        ..Header::default()
                    },
                    discrepancy: Some(Discrepancy::NoLines),
                    ..Run::default()
                });
            }
        }
    }
    runs.append(&mut absent);
}

/// Compares the lines of a run with its footer. A run without a footer was interrupted: there is nothing to compare.
fn of_footer(run: &Run) -> Option<Discrepancy> {
    let footer = run.footer.as_ref()?;
    let counted = footer.verdicts.values().sum();
    if counted != run.cases.len() {
        return Some(Discrepancy::Results {
            counted,
            found: run.cases.len(),
        });
    }
    let ids: BTreeSet<&str> = run.cases.iter().map(|case| case.id.as_str()).collect();
    if footer.complete && ids.len() != footer.cases {
        return Some(Discrepancy::Cases {
            counted: footer.cases,
            found: ids.len(),
        });
    }
    let mut frequency: BTreeMap<Verdict, usize> = BTreeMap::new();
    for case in &run.cases {
        *frequency.entry(case.verdict).or_default() += 1;
    }
    let of = |counts: &BTreeMap<Verdict, usize>, verdict| counts.get(&verdict).copied().unwrap_or_default();
    let different = |verdict: &&Verdict| of(&footer.verdicts, **verdict) != of(&frequency, **verdict);
    Verdict::ALL.iter().find(different).map(|verdict| Discrepancy::Verdict {
        verdict: *verdict,
        counted: of(&footer.verdicts, *verdict),
        found: of(&frequency, *verdict),
    })
}

#[cfg(test)]
mod tests;
