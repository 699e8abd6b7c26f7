//! The grade of a probe, and why a probe has none.

use crate::counts::incomplete;
use crate::matrix::Grade;
use crosscheck_results::{Cause, Footer, Run, Status, Verdict};
use thiserror::Error;

/// Why a probe has no grade.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoGrade {
    /// The server could not be probed.
    #[error("could not run: {0}")]
    CouldNotRun(String),
    /// The probe did not come to its end.
    #[error("{0}")]
    Incomplete(String),
    /// Something else than the application answered.
    #[error("{}: something else than the application answered; run the probe again when the server answers by itself", were(*.0, "not judged"))]
    NotJudged(usize),
    /// The server did not answer, or gave two answers.
    #[error("{}: the server gave no answer, bad HTTP or two different answers", were(*.0, "broken"))]
    Broken(usize),
    /// Filters selected some of the cases.
    #[error("a filter selected some of the cases; a grade needs all of them")]
    Selected,
    /// No case could be run.
    #[error("no case applies to this server")]
    NoCase,
}

fn were(cases: usize, what: &str) -> String {
    match cases {
        1 => format!("1 case was {what}"),
        _ => format!("{cases} cases were {what}"),
    }
}

/// The grade of a probe.
///
/// # Errors
/// Why there is none: a grade states how the application behaves in all cases.
pub fn probe_grade(run: &Run) -> Result<Grade, NoGrade> {
    if let Some(error) = run.footer.as_ref().and_then(|f| f.error.clone()) {
        return Err(NoGrade::CouldNotRun(error));
    }
    if let Some(text) = incomplete(run) {
        return Err(NoGrade::Incomplete(text));
    }
    let count = |verdict: Verdict| match &run.footer {
        Some(footer) => footer.verdicts.get(&verdict).copied().unwrap_or_default(),
        None => 0,
    };
    match (count(Verdict::Broken), count(Verdict::NotJudged)) {
        (0, 0) => {}
        (0, cases) => return Err(NoGrade::NotJudged(cases)),
        (cases, _) => return Err(NoGrade::Broken(cases)),
    }
    if !run.header.filters.is_empty() {
        return Err(NoGrade::Selected);
    }
    Grade::of(run).ok_or(NoGrade::NoCase)
}

/// The grade without the deviations that a baseline has.
///
/// # Errors
/// As for [`probe_grade`].
pub fn unexpected_grade(run: &Run) -> Result<Grade, NoGrade> {
    probe_grade(run)?;
    let footer = run.footer.as_ref().map(|footer| {
        // An update of the baseline changes the list of unexpected cases alone.
        let is_new =
            |c: &&Cause| c.status != Some(Status::Known) && c.cases.iter().any(|case| footer.unexpected.contains(case));
        let new = footer.causes.iter().filter(is_new);
        Footer {
            causes: new.cloned().collect(),
            ..footer.clone()
        }
    });
    let unexpected = Run {
        header: run.header.clone(),
        footer,
        ..Run::default()
    };
    Grade::of(&unexpected).ok_or(NoGrade::NoCase)
}

#[cfg(test)]
mod tests {
    use super::{NoGrade, probe_grade, unexpected_grade};
    use crate::matrix::Grade;
    use crosscheck_results::{Cause, Footer, Interruption, Run, Status, Verdict};

    fn run(change: impl FnOnce(&mut Footer)) -> Run {
        let mut footer = Footer {
            cases: 3,
            verdicts: [(Verdict::Pass, 3)].into(),
            complete: true,
            ..Footer::default()
        };
        change(&mut footer);
        Run {
            footer: Some(footer),
            ..Run::default()
        }
    }

    fn cause(rule: &str, verdict: Verdict, status: Status) -> Cause {
        Cause {
            cause: rule.to_owned(),
            rule: Some(rule.to_owned()),
            verdict,
            status: Some(status),
            cases: vec!["a#b".into()],
            reason: None,
            upstream: None,
            expired: None,
        }
    }

    #[test]
    fn a_run_with_doubtful_cases_has_no_grade_and_the_reason_is_stated() {
        for (run, reason) in [
            (
                run(|f| f.verdicts = [(Verdict::NotJudged, 1)].into()),
                "1 case was not judged",
            ),
            (
                run(|f| f.verdicts = [(Verdict::Broken, 2), (Verdict::NotJudged, 1)].into()),
                "2 cases were broken",
            ),
            (
                run(|f| (f.complete, f.interrupted) = (false, Some(Interruption::Int))),
                "interrupted by INT after 3 of 3 cases",
            ),
            (run(|f| f.error = Some("cannot connect".to_owned())), "cannot connect"),
            (
                run(|f| f.verdicts = [(Verdict::NotApplicable, 3)].into()),
                "no case applies",
            ),
        ] {
            let why = probe_grade(&run).expect_err(reason).to_string();
            assert!(why.contains(reason), "{why}");
        }
        let mut some = run(|_| {});
        some.header.filters.push("policies/a#origin/*".to_owned());
        assert_eq!(probe_grade(&some), Err(NoGrade::Selected));
    }

    #[test]
    fn known_deviations_count_for_the_grade_and_not_for_what_is_unexpected() {
        let known = run(|f| {
            f.unexpected = vec!["a#b".into()];
            f.causes = vec![
                cause("grant-anonymous", Verdict::OverGrant, Status::Known),
                cause("vary", Verdict::Hygiene, Status::Unexpected),
            ];
        });
        assert_eq!(probe_grade(&known), Ok(Grade::D));
        assert_eq!(unexpected_grade(&known), Ok(Grade::B));
        assert_eq!(probe_grade(&run(|_| {})), Ok(Grade::A));
    }
}
