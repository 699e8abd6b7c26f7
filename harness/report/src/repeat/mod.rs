//! How to repeat what a result shows, without this program: `curl` for what was on the wire, `fetch()` for what the page asked.

mod curl;
mod fetch;
mod wire;

pub(crate) use curl::{Curl, curl};
pub(crate) use fetch::{Fetch, fetch};

use crosscheck_runner::results::{CaseResult, ExchangeRecord};

/// The exchange that shows best in what a case deviates: the one that the decisive event speaks of, else the last that was
/// answered, else the first.
pub(crate) fn exhibit(case: &CaseResult) -> Option<&ExchangeRecord> {
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
