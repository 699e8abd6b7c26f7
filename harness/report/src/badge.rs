//! A badge: the JSON that an endpoint badge of shields.io reads.

use crate::counts::verdicts;
use crate::findings::{faults, grouped, stale, unexpected};
use crate::matrix::Grade;
use crosscheck_results::{Run, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The colour if it is unknown whether the subject passes.
const UNKNOWN: &str = "lightgrey";

/// The badge of all subjects.
pub(crate) fn badge(runs: &[Run]) -> Value {
    let (message, color) = message(runs);
    json!({ "schemaVersion": 1, "label": "CORS", "message": message, "color": color })
}

fn message(runs: &[Run]) -> (String, &'static str) {
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for (verdict, count) in runs.iter().flat_map(verdicts) {
        *counts.entry(verdict).or_default() += count;
    }
    let of = |verdict| counts.get(&verdict).copied().unwrap_or_default();
    if runs.is_empty() || runs.iter().any(|run| !faults(run).is_empty()) {
        return ("incomplete".to_owned(), UNKNOWN);
    }
    if of(Verdict::NotJudged) > 0 {
        return (format!("{} not judged", grouped(of(Verdict::NotJudged))), UNKNOWN);
    }
    let judged: usize = counts.values().sum::<usize>() - of(Verdict::NotApplicable);
    if judged == 0 {
        return ("no case applies".to_owned(), UNKNOWN);
    }
    let deviating: usize = counts
        .iter()
        .filter(|(verdict, _)| verdict.counts())
        .map(|(_, n)| n)
        .sum();
    let passing = format!("{} of {} pass", grouped(judged - deviating), grouped(judged));
    let text = match runs {
        [run] if run.header.role == "server" => match Grade::of(run) {
            Some(grade) => format!("grade {}, {passing}", grade.as_str()),
            None => passing,
        },
        _ => passing,
    };
    (text, color(runs))
}

/// The colour of the worst unexpected deviation.
fn color(runs: &[Run]) -> &'static str {
    let deviations = runs.iter().flat_map(|run| &run.cases).flat_map(unexpected);
    match deviations.map(|d| d.verdict).min() {
        Some(Verdict::Broken | Verdict::OverGrant) => "red",
        Some(Verdict::OverDeny) => "orange",
        Some(_) => "yellow",
        None if runs.iter().any(|run| !stale(run).is_empty()) => "yellow",
        None => "brightgreen",
    }
}
