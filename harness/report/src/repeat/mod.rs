//! How to repeat what a result shows, without this program: `curl` for what was on the wire, `fetch()` for what the page asked.

mod curl;
mod fetch;
mod wire;

pub(crate) use curl::{Curl, curl};
pub(crate) use fetch::{Fetch, fetch};

use crosscheck_results::{CaseResult, ExchangeRecord};

/// The exchange that shows best in what a case deviates: the one of which the worst deviation says so; of what came from a cache the
/// one that was asked instead. Where none does, the one that the decisive event speaks of, the last that was answered, or the first.
pub(crate) fn exhibit(case: &CaseResult) -> Option<&ExchangeRecord> {
    let shown = case.deviations.first().and_then(|d| d.exchange);
    let shown = shown.and_then(|at| case.transcript.get(..=at));
    let was_sent = |e: &&ExchangeRecord| !e.request.is_empty();
    if let Some(exchange) = shown.and_then(|until| until.iter().rev().find(was_sent)) {
        return Some(exchange);
    }
    let decided = case.trace.iter().rev().find(|e| e.decisive).and_then(|e| e.exchange);
    // Of several fetches each counts its exchanges from 0.
    let decided = decided
        .filter(|_| case.asked.len() == 1)
        .and_then(|i| case.transcript.get(i));
    let answered = |e: &&ExchangeRecord| !e.response.is_empty();
    decided
        .or_else(|| case.transcript.iter().rev().find(answered))
        .or_else(|| case.transcript.first())
}

#[cfg(test)]
mod tests;
