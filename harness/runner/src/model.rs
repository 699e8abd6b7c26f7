//! The subject `model`: every case replayed on the model itself. A deviation is a fault of the corpus or of the model.

use crate::record;
use crate::results::{CaseResult, Deviation, ExchangeRecord, Verdict};
use crosscheck_corpus::replay::{FetchReplay, Replay, replay};
use crosscheck_corpus::wire::to_wire_for;
use crosscheck_corpus::{Case, CaseResponse, Expect, FetchSpec};
use crosscheck_fetch::{Answer, ResponseType, WireRequest};
use std::time::Instant;

/// Runs a case on the model.
#[must_use]
pub fn run_case(subject: &str, case: &Case) -> CaseResult {
    let started = Instant::now();
    let replayed = replay(case);
    let mut result = CaseResult {
        subject: subject.to_owned(),
        id: case.id.clone(),
        title: case.title.clone(),
        steps: case.steps.clone(),
        outcome: replayed.fetches.iter().map(|f| record::outcome(&f.outcome)).collect(),
        ..CaseResult::default()
    };
    let mut deviations: Vec<Deviation> = deviations(case, &replayed);
    deviations.sort_by(|a, b| (a.verdict, &a.what).cmp(&(b.verdict, &b.what)));
    result.verdict = deviations.first().map_or(Verdict::Pass, |d| d.verdict);
    if !deviations.is_empty() {
        explain(&mut result, case, &replayed);
    }
    result.deviations = deviations;
    result.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    result
}

fn deviations(case: &Case, replayed: &Replay) -> Vec<Deviation> {
    let one = |mismatch: &crosscheck_corpus::replay::Mismatch| {
        let spec = case.fetches.get(mismatch.fetch);
        let fetch = replayed.fetches.get(mismatch.fetch);
        let deciding = fetch
            .and_then(|f| f.trace.deciding())
            .and_then(|e| e.steps.first())
            .map(ToString::to_string);
        let step = spec
            .and_then(|s| s.expect.decided_by.clone())
            .or(deciding)
            .or_else(|| case.steps.first().cloned())
            .unwrap_or_else(|| "unnamed".to_owned());
        Deviation {
            cause: format!("{step}/{}", crate::judge::header_of(&step)),
            step: Some(step),
            verdict: verdict(spec, fetch),
            level: "must".to_owned(),
            what: mismatch.to_string(),
            expected: spec.map(|s| expected(&s.expect)),
            actual: fetch.map(actual),
            ..Deviation::default()
        }
    };
    replayed.mismatches.iter().map(one).collect()
}

/// More readable than expected is an over-grant, less an over-deny, anything else the wire.
fn verdict(spec: Option<&FetchSpec>, fetch: Option<&FetchReplay>) -> Verdict {
    let (Some(spec), Some(fetch)) = (spec, fetch) else {
        return Verdict::Wire;
    };
    let expected = if spec.expect.throws {
        Some(ResponseType::Error)
    } else {
        spec.expect.response_type
    };
    let got = fetch.outcome.as_ref().map_or(ResponseType::Error, |o| o.response_type);
    let Some(expected) = expected else { return Verdict::Wire };
    match rank(got).cmp(&rank(expected)) {
        std::cmp::Ordering::Greater => Verdict::OverGrant,
        std::cmp::Ordering::Less => Verdict::OverDeny,
        std::cmp::Ordering::Equal => names(&spec.expect, fetch),
    }
}

const fn rank(kind: ResponseType) -> u8 {
    match kind {
        ResponseType::Error => 0,
        ResponseType::Opaque | ResponseType::OpaqueRedirect => 1,
        ResponseType::Basic | ResponseType::Cors => 2,
    }
}

fn names(expect: &Expect, fetch: &FetchReplay) -> Verdict {
    let Ok(outcome) = &fetch.outcome else {
        return Verdict::Wire;
    };
    if expect.hidden.iter().any(|name| outcome.headers.contains(name)) {
        Verdict::OverGrant
    } else if expect.readable.iter().any(|(name, _)| !outcome.headers.contains(name)) {
        Verdict::OverDeny
    } else {
        Verdict::Wire
    }
}

fn expected(expect: &Expect) -> String {
    let mut out = match (expect.throws, expect.response_type) {
        (true, _) => "throws TypeError".to_owned(),
        (false, Some(kind)) => kind.to_string(),
        (false, None) => "any outcome".to_owned(),
    };
    if let Some(status) = expect.status {
        out.push_str(&format!(", status {status}"));
    }
    if let Some(step) = &expect.decided_by {
        out.push_str(&format!(", decided by {step}"));
    }
    out
}

fn actual(fetch: &FetchReplay) -> String {
    match &fetch.outcome {
        Err(error) => format!("throws TypeError: {error}"),
        Ok(outcome) => {
            let mut out = outcome.response_type.to_string();
            if outcome.status > 0 {
                out.push_str(&format!(", status {}", outcome.status));
            }
            if let Some(event) = fetch.trace.deciding() {
                out.push_str(&format!(", decided by {}", event.steps.join(", ")));
            }
            out
        }
    }
}

fn explain(result: &mut CaseResult, case: &Case, replayed: &Replay) {
    for (spec, fetch) in case.fetches.iter().zip(&replayed.fetches) {
        for seesaw in &fetch.exchanges {
            let response = seesaw.entry.and_then(|e| spec.exchange.get(e)).map(|e| &e.response);
            result.transcript.push(ExchangeRecord {
                what: if seesaw.request.preflight {
                    "preflight"
                } else {
                    "actual"
                }
                .to_owned(),
                request: record::lines(&request_bytes(&seesaw.request)),
                response: answer_lines(&seesaw.request, response, &seesaw.answer),
            });
        }
        result.trace.extend(fetch.trace.events.iter().map(record::event));
    }
}

fn request_bytes(request: &WireRequest) -> Vec<u8> {
    let mut out = request.method.to_vec();
    out.push(b' ');
    out.extend_from_slice(request.url.as_str().as_bytes());
    out.push(b'\n');
    for header in &request.headers {
        out.extend_from_slice(&header.name);
        out.extend_from_slice(b": ");
        out.extend_from_slice(&header.value);
        out.push(b'\n');
    }
    out.extend_from_slice(&request.body);
    out
}

fn answer_lines(request: &WireRequest, response: Option<&CaseResponse>, answer: &Answer) -> Vec<String> {
    match (response, answer) {
        (Some(response), _) => record::lines(&to_wire_for(&request.method, response)),
        (None, Answer::Response(response)) => vec![format!("HTTP/1.1 {}", response.status)],
        (None, Answer::Failure) => Vec::new(),
    }
}
