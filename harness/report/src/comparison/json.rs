//! The comparison as one JSON value. The shape is API: it only grows.

use super::{ComparedFile, Comparison, incomplete};
use crosscheck_results::diff::{CauseDiff, State, StateDiff, SubjectDiff};
use serde_json::{Value, json};

/// `{"crosscheck": 1, "before": .., "after": .., "subjects": [..], ..}`.
#[must_use]
pub fn diff_json(comparison: &Comparison<'_>) -> Value {
    let totals = comparison.totals();
    let diff = comparison.diff;
    json!({
        "crosscheck": 1,
        "before": file(comparison.before),
        "after": file(comparison.after),
        "new": totals.new,
        "changed": totals.changed,
        "worse": totals.worse,
        "fixed": totals.fixed,
        "complete": comparison.is_complete(),
        "notes": comparison.notes(),
        "only_before": diff.only_before,
        "only_after": diff.only_after,
        "subjects": diff.subjects.iter().map(subject).collect::<Vec<_>>(),
    })
}

fn file(file: ComparedFile<'_>) -> Value {
    let incomplete = file.outlines.iter().filter_map(|outline| {
        let why = incomplete(outline)?;
        Some(json!({ "subject": outline.header.subject, "why": why }))
    });
    json!({ "file": file.name, "incomplete": incomplete.collect::<Vec<_>>() })
}

fn subject(subject: &SubjectDiff) -> Value {
    let [before, after] = &subject.versions;
    json!({
        "subject": subject.subject,
        "version_before": before,
        "version_after": after,
        "new": subject.new.iter().map(cause).collect::<Vec<_>>(),
        "changed": subject.changed.iter().map(change).collect::<Vec<_>>(),
        "fixed": subject.fixed.iter().map(cause).collect::<Vec<_>>(),
        "only_before": subject.only_before,
        "only_after": subject.only_after,
    })
}

fn cause(cause: &CauseDiff) -> Value {
    json!({
        "cause": cause.deviation.cause,
        "rule": cause.deviation.broken,
        "verdict": cause.deviation.verdict,
        "cases": cause.cases,
    })
}

fn change(change: &StateDiff) -> Value {
    json!({
        "before": state(&change.before),
        "after": state(&change.after),
        "worse": change.is_worse,
        "cases": change.cases,
    })
}

fn state(state: &State) -> Value {
    json!({ "verdict": state.verdict, "rules": state.broken })
}
