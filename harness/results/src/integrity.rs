//! Compares the lines of a results file with what its headers and footers state.

use crate::record::{Footer, Header};
use crate::run::{Discrepancy, Run};
use crate::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// Compares each run with its footer, and the runs with the subjects that the headers name. A subject without a line becomes a run
/// without results.
pub(crate) fn check(runs: &mut Vec<Run>) {
    for run in &mut *runs {
        // A run without a footer was interrupted: there is nothing to compare.
        run.discrepancy = run.footer.as_ref().and_then(|footer| {
            let cases = run.cases.iter().map(|case| (case.id.as_str(), case.verdict));
            of_footer(footer, cases)
        });
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

/// Compares the ids and verdicts of a run's cases with its footer.
pub(crate) fn of_footer<'c>(footer: &Footer, cases: impl Iterator<Item = (&'c str, Verdict)>) -> Option<Discrepancy> {
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    let mut frequency: BTreeMap<Verdict, usize> = BTreeMap::new();
    for (id, verdict) in cases {
        ids.insert(id);
        *frequency.entry(verdict).or_default() += 1;
    }
    let counted = footer.verdicts.values().sum();
    let found = frequency.values().sum();
    if counted != found {
        return Some(Discrepancy::Results { counted, found });
    }
    if footer.complete && ids.len() != footer.cases {
        return Some(Discrepancy::Cases {
            counted: footer.cases,
            found: ids.len(),
        });
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
