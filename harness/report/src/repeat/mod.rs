//! Repeating a result: the command of this program, `curl` for the request on the wire, `fetch()` for the request of the page.

mod command;
mod curl;
mod fetch;
mod wire;

pub(crate) use command::command;
pub(crate) use curl::{Curl, curl, short_curl};
pub(crate) use fetch::{Fetch, fetch};
pub(crate) use wire::{Wire, header};

use crosscheck_results::{CaseResult, Deviation, ExchangeRecord};

/// The exchange that best shows how a case deviates: the one that the worst deviation names, or, if the simulated cache answered that one,
/// the last one before it that was sent. Without such a name: the exchange of the decisive event, the last answered one, or the first.
pub(crate) fn exhibit(case: &CaseResult) -> Option<&ExchangeRecord> {
    exhibit_of(case, case.deviations.first())
}

/// The same for one of its deviations.
pub(crate) fn exhibit_of<'c>(case: &'c CaseResult, deviation: Option<&Deviation>) -> Option<&'c ExchangeRecord> {
    let shown = deviation.and_then(|d| d.exchange);
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
