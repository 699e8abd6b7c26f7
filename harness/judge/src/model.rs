//! The subject `model`: every case replayed on the model itself. A deviation is a fault of the corpus or of the model.

use crate::cause::header_of;
use crate::client::{expected, verdict};
use crate::record;
use crosscheck_corpus::replay::{FetchReplay, Replay, replay};
use crosscheck_corpus::wire::to_wire_for;
use crosscheck_corpus::{Case, CaseResponse, FetchSpec, StepId};
use crosscheck_fetch::{Answer, Outcome, Step, WireRequest};
use crosscheck_results::{CaseResult, Deviation, ExchangeRecord, Verdict};
use std::time::Instant;

/// Runs a case on the model.
#[must_use]
pub fn run_case(subject: &str, case: &Case) -> CaseResult {
    let started = Instant::now();
    let replayed = replay(case);
    let mut deviations: Vec<Deviation> = deviations(case, &replayed);
    deviations.sort_by(|a, b| (a.verdict, &a.what).cmp(&(b.verdict, &b.what)));
    let verdict = deviations.first().map_or(Verdict::Pass, |d| d.verdict);
    let mut result = CaseResult {
        title: case.title.clone(),
        steps: case.steps.clone(),
        outcome: replayed.fetches.iter().map(|f| record::outcome(&f.outcome)).collect(),
        ..CaseResult::new(subject, &case.id, verdict)
    };
    if !deviations.is_empty() {
        explain(&mut result, case, &replayed);
    }
    result.deviations = deviations;
    result.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    result
}

fn deviations(case: &Case, replayed: &Replay) -> Vec<Deviation> {
    let one = |mismatch: &crosscheck_corpus::replay::Mismatch| {
        let spec = case.fetches().get(mismatch.fetch);
        let fetch = replayed.fetches.get(mismatch.fetch);
        let deciding = fetch
            .and_then(|f| f.trace.deciding())
            .and_then(|e| e.steps.first())
            .map(|step| StepId::from(step.as_str()));
        let step = spec
            .and_then(|s| s.expect.decided_by.clone())
            .or(deciding)
            .or_else(|| case.steps.first().cloned())
            .unwrap_or_else(|| "unnamed".into());
        let header = header_of(step.as_str());
        Deviation {
            expected: spec.map(|s| expected(&s.expect)),
            actual: fetch.map(actual),
            ..Deviation::of_step(step, header, verdict_of(spec, fetch), mismatch.to_string())
        }
    };
    replayed.mismatches.iter().map(one).collect()
}

/// What the model gets against what the case expects.
fn verdict_of(spec: Option<&FetchSpec>, fetch: Option<&FetchReplay>) -> Verdict {
    let (Some(spec), Some(fetch)) = (spec, fetch) else {
        return Verdict::Wire;
    };
    match &fetch.outcome {
        Ok(outcome) => verdict(&spec.expect, outcome),
        Err(_) => verdict(&spec.expect, &Outcome::error()),
    }
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
                out.push_str(&format!(", decided by {}", Step::join(&event.steps)));
            }
            out
        }
    }
}

fn explain(result: &mut CaseResult, case: &Case, replayed: &Replay) {
    for (spec, fetch) in case.fetches().iter().zip(&replayed.fetches) {
        for exchange in &fetch.exchanges {
            let response = exchange.entry.and_then(|e| spec.exchange.get(e)).map(|e| &e.response);
            result.transcript.push(ExchangeRecord {
                what: if exchange.request.preflight {
                    "preflight"
                } else {
                    "actual"
                }
                .to_owned(),
                request: request_bytes(&exchange.request).as_slice().into(),
                response: answer_bytes(&exchange.request, response, &exchange.reply.answer)
                    .as_slice()
                    .into(),
            });
        }
        result.trace.extend(fetch.trace.events.iter().map(record::event));
    }
}

fn request_bytes(request: &WireRequest) -> Vec<u8> {
    let mut out = [&request.method[..], b" ", request.url.as_str().as_bytes(), b"\r\n"].concat();
    for header in &request.headers {
        out.extend([&header.name[..], b": ", &header.value[..], b"\r\n"].concat());
    }
    if !request.body.is_empty() {
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&request.body);
    }
    out
}

fn answer_bytes(request: &WireRequest, response: Option<&CaseResponse>, answer: &Answer) -> Vec<u8> {
    match (response, answer) {
        (Some(response), _) => to_wire_for(&request.method, response),
        (None, Answer::Response(response)) => format!("HTTP/1.1 {}\r\n\r\n", response.status).into_bytes(),
        (None, Answer::Failure) => Vec::new(),
    }
}
