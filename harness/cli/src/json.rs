//! Values of the model as JSON.

use crosscheck_explain::{FetchRun, Fix};
use crosscheck_fetch::{Answer, Event, HeaderList, Outcome, Trace, TypeError, escape};
use serde_json::{Value, json};

/// `[[name, value], ...]` with escaped bytes.
pub(crate) fn headers(list: &HeaderList) -> Value {
    list.iter()
        .map(|h| json!([escape(&h.name), escape(&h.value)]))
        .collect()
}

pub(crate) fn outcome(outcome: &Result<Outcome, TypeError>) -> Value {
    match outcome {
        Err(error) => json!({ "type": "throws", "error": error.to_string() }),
        Ok(outcome) => json!({
            "type": outcome.response_type.as_str(),
            "status": outcome.status,
            "redirected": outcome.redirected,
            "url": outcome.url,
            "headers": headers(&outcome.headers),
        }),
    }
}

pub(crate) fn answer(answer: &Answer) -> Value {
    match answer {
        Answer::Failure => json!({ "failure": true }),
        Answer::Response(response) => json!({ "status": response.status, "headers": headers(&response.headers) }),
    }
}

fn event(event: &Event) -> Value {
    json!({
        "algorithm": event.algorithm.name(),
        "link": format!("https://fetch.spec.whatwg.org/{}", event.algorithm.anchor()),
        "steps": event.steps.iter().map(|s| s.as_str()).collect::<Vec<_>>(),
        "detail": event.reason.to_string(),
        "exchange": event.exchange,
        "decisive": event.decisive,
    })
}

pub(crate) fn trace(trace: &Trace) -> Value {
    trace.events.iter().map(event).collect()
}

/// A fetch: outcome, wire, trace.
pub(crate) fn fetch(run: &FetchRun) -> Value {
    let exchange = |e: &crosscheck_explain::Exchanged| {
        json!({
            "preflight": e.request.preflight,
            "request": { "method": escape(&e.request.method), "url": e.request.url.as_str(), "headers": headers(&e.request.headers) },
            "response": e.answer.as_ref().map(answer),
        })
    };
    json!({
        "outcome": outcome(&run.outcome),
        "exchanges": run.exchanges.iter().map(exchange).collect::<Vec<_>>(),
        "unused_responses": run.unused,
        "trace": trace(&run.trace),
    })
}

/// `null` if no fix is needed.
pub(crate) fn fix(fix: &Fix) -> Value {
    match fix {
        Fix::NotNeeded => Value::Null,
        Fix::Impossible { reason } => json!({ "possible": false, "reason": reason }),
        Fix::Found(fix) => json!({
            "possible": true,
            "changes": fix.changes.iter().map(|c| {
                let mut value = serde_json::to_value(c).unwrap_or_default();
                value["text"] = c.edit.to_string().into();
                value
            }).collect::<Vec<_>>(),
            "opens": fix.exposure,
            "hints": fix.hints,
            "after": outcome(&fix.after.outcome),
        }),
    }
}
