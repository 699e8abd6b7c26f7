//! Groups the deviations of a run by cause: rule, verdict, header, and the status of the answer or of the baseline.

use super::example::shown_status;
use crosscheck_results::rules::RULES;
use crosscheck_results::{CaseResult, Deviation, Run, Status, Verdict};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Deviations with one cause.
pub(super) struct Group<'r> {
    pub(super) rule: &'r str,
    pub(super) verdict: Verdict,
    pub(super) header: Option<&'r str>,
    /// Against the baseline.
    pub(super) known: bool,
    /// The name of the cause in the baseline.
    pub(super) cause: &'r str,
    /// The status of the answer that blocks the page.
    pub(super) status: Option<u16>,
    /// Each case with its first deviation of this cause; the simplest requests come first.
    pub(super) cases: Vec<(&'r CaseResult, &'r Deviation)>,
}

/// What distinguishes groups, in the order of the report: the worst verdict first, then the order of the rules.
type Key<'r> = (
    bool,
    Verdict,
    usize,
    &'r str,
    Option<&'r str>,
    Option<u16>,
    Option<&'r str>,
);

/// The groups of a run, worst first; known ones last.
pub(super) fn groups(run: &Run) -> Vec<Group<'_>> {
    let mut found: BTreeMap<Key<'_>, Group<'_>> = BTreeMap::new();
    for case in &run.cases {
        for deviation in &case.deviations {
            let rule = deviation.rule.as_deref().unwrap_or_default();
            let place = RULES.iter().position(|r| r.id == rule).unwrap_or(RULES.len());
            let known = deviation.status == Some(Status::Known);
            // Advice is in short, by its rule.
            let counts = deviation.verdict.counts();
            let header = deviation.header.as_deref().filter(|h| counts && !h.is_empty());
            let status = shown_status(case, deviation).filter(|s| *s >= 300 && deviation.verdict == Verdict::OverDeny);
            // The baseline may split one rule into several causes.
            let cause = known.then_some(deviation.cause.as_str());
            let key = (known, deviation.verdict, place, rule, header, status, cause);
            let group = found.entry(key).or_insert_with(|| Group {
                rule,
                verdict: deviation.verdict,
                header,
                known,
                cause: &deviation.cause,
                status,
                cases: Vec::new(),
            });
            if group.cases.last().is_none_or(|(last, _)| last.id != case.id) {
                group.cases.push((case, deviation));
            }
        }
    }
    let mut groups: Vec<_> = found.into_values().collect();
    for group in &mut groups {
        group.cases.sort_by_key(|(case, deviation)| simplicity(case, deviation));
    }
    groups
}

/// How simple a case is.
type Simplicity<'c> = (bool, Reverse<bool>, bool, usize, usize, &'c str);

/// Sorts what a page can request first, then deviations that are the worst of their cases, other methods than HEAD, short exchanges and
/// short names.
fn simplicity<'c>(case: &'c CaseResult, deviation: &Deviation) -> Simplicity<'c> {
    let is_worst = case.deviations.first() == Some(deviation);
    let is_head = case.transcript.iter().any(|e| e.request.bytes().starts_with(b"HEAD "));
    let id = case.id.as_str();
    (
        case.asked.is_empty(),
        Reverse(is_worst),
        is_head,
        case.transcript.len(),
        id.len(),
        id,
    )
}
