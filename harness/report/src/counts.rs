//! The counts and the causes of a run. Those of a run that was interrupted are made from its finished cases.

use crosscheck_results::{CaseId, CaseResult, Cause, Run, Shard, Status, Verdict};
use std::collections::BTreeMap;

/// The cases that no baseline expects; of a run that was interrupted, as far as it came.
pub(crate) fn unexpected(run: &Run) -> Vec<CaseId> {
    if let Some(footer) = &run.footer {
        return footer.unexpected.clone();
    }
    let is_unexpected = |case: &&CaseResult| case.status == Some(Status::Unexpected);
    run.cases
        .iter()
        .filter(is_unexpected)
        .map(|case| case.id.clone())
        .collect()
}

/// How many cases have each verdict, worst first; verdicts without a case are left out.
pub(crate) fn verdicts(run: &Run) -> Vec<(Verdict, usize)> {
    let counts = Verdict::ALL.iter().map(|v| {
        let counted = || run.cases.iter().filter(|c| c.verdict == *v).count();
        (
            *v,
            run.footer
                .as_ref()
                .map_or_else(counted, |f| f.verdicts.get(v).copied().unwrap_or_default()),
        )
    });
    counts.filter(|(_, n)| *n > 0).collect()
}

/// The causes of a run; of an interrupted run, those of its finished cases.
pub(crate) fn causes(run: &Run) -> Vec<Cause> {
    if let Some(footer) = &run.footer {
        return footer.causes.clone();
    }
    let mut found: BTreeMap<(&str, Option<&str>), Cause> = BTreeMap::new();
    for case in &run.cases {
        for deviation in case.deviations.iter().filter(|d| d.verdict.counts()) {
            let key = (deviation.cause.as_str(), deviation.rule.as_deref());
            let cause = found.entry(key).or_insert_with(|| Cause {
                cause: deviation.cause.clone(),
                rule: deviation
                    .rule
                    .clone()
                    .or_else(|| deviation.step.as_ref().map(ToString::to_string)),
                verdict: deviation.verdict,
                status: deviation.status,
                cases: Vec::new(),
                expired: None,
                reason: None,
                upstream: None,
            });
            cause.verdict = cause.verdict.min(deviation.verdict);
            if cause.cases.last() != Some(&case.id) {
                cause.cases.push(case.id.clone());
            }
        }
    }
    let mut causes: Vec<_> = found.into_values().collect();
    causes.sort_by(|a, b| (a.verdict, b.cases.len(), &a.cause).cmp(&(b.verdict, a.cases.len(), &b.cause)));
    causes
}

/// Why cases were not judged, and how many for each reason, in the order of the cases.
pub(crate) fn not_judged(run: &Run) -> Vec<(&str, usize)> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for case in run.cases.iter().filter(|c| c.verdict == Verdict::NotJudged) {
        let reason = case.reason.as_deref().unwrap_or_default();
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((reason, 1)),
        }
    }
    reasons
}

/// Why a run is incomplete; `None` if it is complete.
pub(crate) fn incomplete(run: &Run) -> Option<String> {
    match run.discrepancy {
        Some(discrepancy) => Some(format!("{discrepancy}; run the cases again")),
        None if run.is_complete() => None,
        None => Some(match run.footer.as_ref() {
            None => format!("its last line is missing; there are results for {}", progress(run)),
            Some(footer) => match footer.interrupted {
                Some(by) => format!("interrupted by {} after {}", by.as_str(), progress(run)),
                None if !footer.missing_shards.is_empty() => missing_shards(&footer.missing_shards),
                None => format!("there are results for {}", progress(run)),
            },
        }),
    }
}

/// The shards that a merged file lacks, in words.
fn missing_shards(missing: &[Shard]) -> String {
    let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [one] => format!("shard {one} is missing"),
        all => format!("the shards {} are missing", all.join(", ")),
    }
}

/// How many cases have a result: `41 of 252 cases`.
fn progress(run: &Run) -> String {
    let selected = run.footer.as_ref().map_or(run.header.cases, |footer| footer.cases);
    format!("{} of {selected} cases", results(run))
}

/// How many cases have a result.
pub(crate) fn results(run: &Run) -> usize {
    run.footer
        .as_ref()
        .map_or(run.cases.len(), |footer| footer.verdicts.values().sum())
}
