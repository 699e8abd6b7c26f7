//! The one function that turns results into an exit code.

use crate::{Footer, Header, Run, Verdict, Written};

/// The outcome of a run as an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunExit {
    /// Every subject ran, and nothing is unexpected or stale.
    Expected,
    /// Something is unexpected, stale or not judged, a subject could not run, or the run is incomplete.
    Unexpected,
    /// No subject could run.
    Nothing,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct RunSummary {
    /// A header and a footer per subject, in the order of the command line.
    pub subjects: Vec<(Header, Footer)>,
    /// What became of the results file; `None` if there is none.
    pub file: Option<Written>,
}

/// The exit code of the results of a file.
#[must_use]
pub fn exit_code(runs: &[Run]) -> RunExit {
    of(runs
        .iter()
        .map(|run| run.footer.as_ref().filter(|_| run.discrepancy.is_none())))
}

/// A subject without a footer was interrupted, or its lines are not those that it had.
fn of<'a>(footers: impl Iterator<Item = Option<&'a Footer>> + Clone) -> RunExit {
    let could_not_run = |f: &Footer| f.error.is_some() && f.verdicts.is_empty();
    let all_judged = |f: &Footer| f.verdicts.get(&Verdict::NotJudged).is_none_or(|n| *n == 0);
    let is_expected =
        |f: &Footer| f.complete && f.error.is_none() && f.unexpected.is_empty() && f.stale.is_empty() && all_judged(f);
    if footers.clone().next().is_some() && footers.clone().all(|f| f.is_some_and(could_not_run)) {
        RunExit::Nothing
    } else if footers.clone().all(|f| f.is_some_and(is_expected)) {
        RunExit::Expected
    } else {
        RunExit::Unexpected
    }
}

#[cfg(test)]
mod tests {
    use super::{RunExit, of};
    use crate::{Footer, Verdict};

    fn footer(change: impl FnOnce(&mut Footer)) -> Footer {
        let mut footer = Footer {
            complete: true,
            verdicts: [(Verdict::Pass, 1)].into(),
            ..Footer::default()
        };
        change(&mut footer);
        footer
    }

    #[test]
    fn the_worst_subject_decides_and_only_a_run_without_any_subject_could_not_run() {
        let good = footer(|_| {});
        let failed = footer(|f| {
            f.verdicts.clear();
            f.complete = false;
            f.error = Some("not installed".to_owned());
        });
        let broken_off = footer(|f| f.complete = false);
        let unexpected = footer(|f| f.unexpected.push("a#b".into()));
        let stale = footer(|f| f.stale.push("a#b".into()));
        let not_judged = footer(|f| f.verdicts = [(Verdict::NotJudged, 1)].into());
        for (footers, exit) in [
            (vec![], RunExit::Expected),
            (vec![Some(&good)], RunExit::Expected),
            (vec![Some(&good), Some(&failed)], RunExit::Unexpected),
            (vec![Some(&failed), Some(&failed)], RunExit::Nothing),
            (vec![Some(&broken_off)], RunExit::Unexpected),
            (vec![Some(&good), None], RunExit::Unexpected),
            (vec![Some(&unexpected)], RunExit::Unexpected),
            (vec![Some(&stale)], RunExit::Unexpected),
            (vec![Some(&not_judged)], RunExit::Unexpected),
        ] {
            assert_eq!(of(footers.iter().copied()), exit, "{footers:?}");
        }
    }
}
