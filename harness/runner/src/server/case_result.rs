//! Results of cases.

use crate::subject::Death;
use crosscheck_corpus::Case;
use crosscheck_judge::{Examined, Findings, record};
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, Deviation, Verdict};

/// Creates a result that states only the verdict of the case.
pub(super) fn blank(subject: &str, case: &Case, verdict: Verdict) -> CaseResult {
    CaseResult {
        title: case.title.clone(),
        steps: case.steps.clone(),
        asked: case.fetches().iter().map(record::page_request).collect(),
        ..CaseResult::new(subject, &case.id, verdict)
    }
}

/// Sets the verdict of the case and its deviations, worst first.
pub(super) fn finish(result: &mut CaseResult, deviations: &[Deviation]) {
    let mut deviations = deviations.to_vec();
    deviations.sort_by(|a, b| (a.verdict, &a.rule, &a.what).cmp(&(b.verdict, &b.rule, &b.what)));
    result.verdict = deviations.first().map_or(Verdict::Pass, |d| d.verdict);
    result.deviations = deviations;
}

/// Returns the result of a case that says nothing about the subject.
pub(super) fn not_applicable(subject: &str, case: &Case, reason: String) -> (CaseResult, Examined) {
    let mut result = blank(subject, case, Verdict::NotApplicable);
    result.reason = Some(reason);
    (result, Examined::new())
}

/// Returns the result of a case that could not run because the subject is broken.
pub(super) fn broken(subject: &str, case: &Case, reason: &str) -> (CaseResult, Examined) {
    let mut findings = Findings::default();
    findings.found(&rules::CRASH, "not-asked", reason.to_owned());
    let mut result = blank(subject, case, Verdict::Broken);
    result.reason = Some(reason.to_owned());
    finish(&mut result, &findings.deviations);
    (result, findings.examined)
}

/// Returns the result of the case on which the process ended.
pub(super) fn crashed((mut result, examined): (CaseResult, Examined), death: &Death) -> (CaseResult, Examined) {
    let reason = format!("the subject's process ended: {death}");
    for deviation in result
        .deviations
        .iter_mut()
        .filter(|d| d.rule.as_deref() == Some(rules::CRASH.id))
    {
        deviation.cause = format!("{}/process", rules::CRASH.id);
        deviation.what.clone_from(&reason);
    }
    result.reason = Some(reason);
    (result, examined)
}
