//! What was observed, as results record it.

use crosscheck_corpus::FetchSpec;
use crosscheck_fetch::{Event, Outcome, TypeError};
use crosscheck_results::{ExchangeRecord, OutcomeRecord, PageRequest, TraceEvent};
use crosscheck_text::escape_truncated;

/// An exchange.
#[must_use]
pub fn exchange(what: &str, sent: &[u8], received: &[u8]) -> ExchangeRecord {
    ExchangeRecord {
        what: what.to_owned(),
        request: sent.into(),
        response: received.into(),
    }
}

/// The request that the page makes.
#[must_use]
pub fn page_request(spec: &FetchSpec) -> PageRequest {
    PageRequest {
        origin: spec.page.origin.serialize().into_owned(),
        request: spec.request_json(),
    }
}

/// An outcome.
#[must_use]
pub fn outcome(outcome: &Result<Outcome, TypeError>) -> OutcomeRecord {
    match outcome {
        Err(_) => OutcomeRecord {
            response_type: "throws".to_owned(),
            ..OutcomeRecord::default()
        },
        Ok(outcome) => {
            let mut readable: Vec<String> = outcome
                .headers
                .iter()
                .map(|h| escape_truncated(&h.name, 100).to_ascii_lowercase())
                .collect();
            readable.sort_unstable();
            readable.dedup();
            OutcomeRecord {
                response_type: outcome.response_type.to_string(),
                status: outcome.status,
                readable,
                redirected: outcome.redirected,
            }
        }
    }
}

/// An event of the model.
#[must_use]
pub fn event(event: &Event) -> TraceEvent {
    TraceEvent {
        algorithm: event.algorithm.name().to_owned(),
        anchor: event.algorithm.anchor().to_owned(),
        steps: event.steps.iter().map(|step| step.as_str().into()).collect(),
        detail: event.reason.to_string(),
        exchange: event.exchange,
        decisive: event.decisive,
    }
}
