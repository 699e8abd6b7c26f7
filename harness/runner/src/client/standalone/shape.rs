//! Cases and their results as JSON. It contains nothing of the expectations until a case has ended.

use crate::client::case_queue::{CaseQueue, request};
use crate::client::page::PageKey;
use crate::client::relocate;
use crate::client::site::seeding;
use crosscheck_corpus::Case;
use crosscheck_results::{CaseResult, FORMAT};
use serde_json::{Value, json};

/// Renders every case: its requests, their pages and its cookies.
pub(super) fn cases(queue: &CaseQueue) -> Value {
    let all = (0..).map_while(|n| Some(case(n, queue.case(n)?)));
    json!({ "crosscheck": FORMAT, "cases": all.collect::<Vec<_>>() })
}

fn case(n: usize, case: &Case) -> Value {
    let leg = |(leg, spec): (usize, &crosscheck_corpus::FetchSpec)| {
        json!({
            "leg": leg,
            "page": PageKey::of(spec).json(),
            "request": request(spec, n),
            "wait_ms": spec.after.saturating_mul(1000),
        })
    };
    json!({
        "n": n,
        "id": case.id,
        "title": case.title,
        "needs": case.needs.iter().map(|need| need.as_str()).collect::<Vec<_>>(),
        "legs": case.fetches().iter().enumerate().map(leg).collect::<Vec<_>>(),
        "cookies": seeds(n, case).into_iter().map(|(url, _)| url).collect::<Vec<_>>(),
    })
}

/// Returns the URLs that set the cookies of a case, each with the values of its `Set-Cookie` lines.
pub(super) fn seeds(n: usize, case: &Case) -> Vec<(String, Vec<Vec<u8>>)> {
    let mut seeds: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
    for cookie in case.cookies() {
        let url = seeding(&relocate::url(cookie.url.as_str(), n));
        let set = relocate::cookie(&cookie.set, n);
        match seeds.iter_mut().find(|(known, _)| *known == url) {
            Some((_, values)) => values.push(set),
            None => seeds.push((url, vec![set])),
        }
    }
    seeds
}

/// Renders the response to an outcome: the next fetch, or the verdict.
pub(super) fn report(n: usize, case: &Case, next: Value, result: Option<&CaseResult>) -> Value {
    let mut value = json!({
        "crosscheck": FORMAT,
        "n": n,
        "id": case.id,
        "leg": next,
        "verdict": result.map(|r| r.verdict),
        "deviations": result.map(|r| r.deviations.as_slice()).unwrap_or_default(),
    });
    if let Some(result) = result {
        if let Some(reason) = &result.reason {
            value["reason"] = json!(reason);
        }
        if !result.transcript.is_empty() {
            value["transcript"] = json!(result.transcript);
        }
    }
    value
}
