//! A run in one JSON value. The shape is API: it only grows.

use crate::counts::{causes, not_judged, unexpected, verdicts};
use crate::interop::{clients, interop_json};
use crate::matrix::Grade;
use crosscheck_results::Run;
use serde_json::{Map, Value, json};

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
    if let Some(shard) = run.header.shard {
        put("shard", shard.to_string().into());
    }
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
    let reasons = not_judged(run);
    if !reasons.is_empty() {
        let reason = |(reason, cases): (&str, usize)| json!({ "reason": reason, "cases": cases });
        put("not_judged", reasons.into_iter().map(reason).collect());
    }
    put("unexpected", json!(unexpected(run)));
    put("stale", json!(footer.map(|f| f.stale.as_slice()).unwrap_or_default()));
    let causes = causes(run).into_iter().filter_map(|c| serde_json::to_value(c).ok());
    put("causes", causes.collect());
    put("seconds", footer.map_or(0.0, |f| f.seconds).into());
    put("complete", run.is_complete().into());
    if let Some(discrepancy) = run.discrepancy {
        put("incomplete", discrepancy.to_string().into());
    }
    if let Some(error) = footer.and_then(|f| f.error.clone()) {
        put("error", error.into());
    }
    Value::Object(entry)
}
