//! The verdict on one run of the model, as a sentence.

use super::adhoc::AdHoc;
use super::recorded::FetchRun;
use super::verdict::Verdict;
use crosscheck_fetch::{Answer, HttpFetchReason, MainFetchReason, Reason, ResponseType, Step, Via, escape};

/// What the model says of one run.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) step: Option<Step>,
    pub(super) sentence: String,
}

/// Judges a run.
pub(super) fn judge(adhoc: &AdHoc, run: &FetchRun) -> Judged {
    let judged = |verdict, step, sentence| Judged {
        verdict,
        step,
        sentence,
    };
    let outcome = match &run.outcome {
        Err(error) => {
            return judged(
                Verdict::Blocked,
                None,
                format!("blocked before anything is sent: the call throws a TypeError: {error}"),
            );
        }
        Ok(outcome) => outcome,
    };
    let exempt = match adhoc.init.via {
        Via::WebSocket => Some("a WebSocket, to which CORS does not apply: its server must check Origin itself"),
        Via::Navigate | Via::Form => Some("a navigation, to which CORS does not apply"),
        _ => None,
    };
    if let Some(what) = exempt.filter(|_| outcome.response_type != ResponseType::Error) {
        return judged(Verdict::Loaded, None, format!("loaded: it is {what}"));
    }
    match outcome.response_type {
        ResponseType::Error => {}
        ResponseType::Opaque | ResponseType::OpaqueRedirect => {
            return judged(
                Verdict::Loaded,
                None,
                "loaded, and the page can read nothing of the response".to_owned(),
            );
        }
        ResponseType::Basic => {
            return judged(
                Verdict::Readable,
                None,
                "readable: the page and the URL have one origin, so that CORS does not apply".to_owned(),
            );
        }
        _ => return judged(Verdict::Readable, None, format!("readable{}", hidden(run))),
    }
    if let Some((i, request)) = run.unanswered() {
        return judged(Verdict::NotKnown, None, no_answer(adhoc, run, i, request.preflight));
    }
    let event = run.trace.deciding();
    let step = event.and_then(|e| e.steps.iter().next().copied());
    if is_not_modified(run) {
        return judged(
            Verdict::NotKnown,
            None,
            "not known, since 304 makes the browser use the headers of its stored response, which are not given"
                .to_owned(),
        );
    }
    let Some(event) = event else {
        return judged(Verdict::Blocked, step, "blocked".to_owned());
    };
    let place = match event.exchange.and_then(|i| run.exchanges.get(i)) {
        None => String::new(),
        Some(e) if e.request.preflight => " (preflight)".to_owned(),
        Some(_) if run.exchanges.iter().filter(|e| !e.request.preflight).count() > 1 => format!(
            " (request to {})",
            run.exchanges[event.exchange.unwrap_or(0)].request.url
        ),
        Some(_) => " (request)".to_owned(),
    };
    let at = match &event.reason {
        Reason::MainFetch(MainFetchReason::MixedContent { .. }) => "main fetch, mixed content".to_owned(),
        _ => step.map_or_else(|| event.algorithm.to_string(), |s| s.to_string()),
    };
    judged(
        Verdict::Blocked,
        step,
        format!("blocked at {at}{place}: {}", event.reason),
    )
}

fn no_answer(adhoc: &AdHoc, run: &FetchRun, exchange: usize, preflight: bool) -> String {
    if exchange == 0 {
        return if preflight {
            "not known, since the preflight's answer is not given; if there is none, the page gets an error that no header changes".to_owned()
        } else {
            "not known, since no response is given; if there is none (connection, certificate, a blocker), the page gets an error that no header changes".to_owned()
        };
    }
    let before = &run.exchanges[exchange - 1];
    if adhoc.evidence.options_without_method && before.request.preflight {
        return format!(
            "not known, since the OPTIONS request is no preflight: it has no Access-Control-Request-Method; read as the answer to one, its response lets the page continue{}",
            lists(before.answer.as_ref())
        );
    }
    if before.request.preflight {
        return "the preflight passes; whether the page can read the response is not known, since the response to the request itself is not given".to_owned();
    }
    "not known: the answers so far pass; the answer after the redirect is not given".to_owned()
}

/// What the answer to a preflight lists.
fn lists(answer: Option<&Answer>) -> String {
    let Some(Answer::Response(response)) = answer else {
        return String::new();
    };
    let part = |name: &[u8], what: &str| response.headers.get(name).map(|v| format!("{what} {}", escape(&v)));
    let parts: Vec<String> = [
        part(b"access-control-allow-methods", "methods"),
        part(b"access-control-allow-headers", "headers"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(", for {}", parts.join("; "))
    }
}

/// The response headers that the page cannot read, without those that every server sends.
pub(super) fn hidden_names(run: &FetchRun) -> Vec<String> {
    let answer = run.exchanges.last().and_then(|e| e.answer.as_ref());
    let (Some(Answer::Response(response)), Ok(outcome)) = (answer, &run.outcome) else {
        return Vec::new();
    };
    let visible = |name: &[u8]| outcome.headers.iter().any(|h| h.name.eq_ignore_ascii_case(name));
    let mut names: Vec<String> = Vec::new();
    for header in &response.headers {
        let lower = header.name.to_ascii_lowercase();
        let usual = matches!(
            &lower[..],
            b"x-powered-by" | b"x-cache" | b"x-content-type-options" | b"x-frame-options" | b"x-xss-protection"
        );
        if lower.starts_with(b"x-") && !usual && !visible(&lower) {
            names.push(escape(&header.name));
        }
    }
    names.dedup();
    names
}

/// What a readable response lacks.
fn hidden(run: &FetchRun) -> String {
    let names = hidden_names(run);
    if names.is_empty() {
        return String::new();
    }
    format!(", but without the headers {} (expose/listed-names)", names.join(", "))
}

/// Whether the fetch ends because a 304 lacks a header.
fn is_not_modified(run: &FetchRun) -> bool {
    let checked = run
        .trace
        .deciding()
        .is_some_and(|e| matches!(e.reason, Reason::HttpFetch(HttpFetchReason::CorsCheck(_))));
    let last = run.exchanges.last().and_then(|e| e.answer.as_ref());
    checked
        && matches!(last, Some(Answer::Response(r)) if r.status == 304 && r.headers.get(b"access-control-allow-origin").is_none())
}
