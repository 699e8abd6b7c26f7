//! Compares the lines of a results file with what its headers and footers state.

use crate::record::Header;
use crate::run::{Discrepancy, Run};
use crate::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};

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
