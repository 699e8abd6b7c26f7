//! A run in one JSON value. The shape is API: it only grows.

use crate::interop::{clients, interop_json};
use crate::matrix::Grade;
use crosscheck_results::{CaseResult, Cause, Run, Status, Verdict};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// `{"crosscheck": 1, "subjects": [...]}`, one entry per subject; and `reality` if clients under test ran.
#[must_use]
pub fn summary(runs: &[Run]) -> Value {
    let mut summary = json!({ "crosscheck": 1, "subjects": runs.iter().map(subject).collect::<Vec<_>>() });
    if !clients(runs).is_empty()
        && let Some(map) = summary.as_object_mut()
    {
        map.insert("reality".to_owned(), interop_json(runs));
    }
    summary
}

fn subject(run: &Run) -> Value {
    let footer = run.footer.as_ref();
    let mut entry = Map::new();
    let mut put = |key: &str, value: Value| {
        entry.insert(key.to_owned(), value);
    };
    put("subject", run.header.subject.clone().into());
    put("version", run.header.version.clone().into());
    put("role", run.header.role.clone().into());
    if let Some(grade) = Grade::of(run).filter(|_| run.header.role == "server") {
        put("grade", grade.as_str().into());
    }
    put("cases", footer.map_or(run.cases.len(), |f| f.cases).into());
    put(
        "verdicts",
        verdicts(run)
            .into_iter()
            .map(|(v, n)| (v.as_str().to_owned(), Value::from(n)))
            .collect::<Map<_, _>>()
            .into(),
    );
    put("unexpected", unexpected(run).into());
    put("stale", footer.map(|f| f.stale.clone()).unwrap_or_default().into());
    let causes = causes(run).into_iter().filter_map(|c| serde_json::to_value(c).ok());
    put("causes", causes.collect());
    put("seconds", footer.map_or(0.0, |f| f.seconds).into());
    put("complete", run.is_complete().into());
    if let Some(error) = footer.and_then(|f| f.error.clone()) {
        put("error", error.into());
    }
    Value::Object(entry)
}

/// The cases that no baseline expects; of a run that was interrupted, as far as it came.
pub(crate) fn unexpected(run: &Run) -> Vec<String> {
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
                rule: deviation.rule.clone().or_else(|| deviation.step.clone()),
                verdict: deviation.verdict,
                status: deviation.status,
                cases: Vec::new(),
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
