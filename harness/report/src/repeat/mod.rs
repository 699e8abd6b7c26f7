//! How to repeat what a result shows, without this program: `curl` for what was on the wire, `fetch()` for what the page asked.

mod curl;
mod fetch;
mod wire;

pub(crate) use curl::{Curl, curl};
pub(crate) use fetch::{Fetch, fetch};

use crosscheck_runner::results::{CaseResult, ExchangeRecord};

/// The exchange that shows best in what a case deviates: of a missing `Vary` the first answer that lacks it; else the one that the
/// decisive event speaks of, the last that was answered, or the first.
pub(crate) fn exhibit(case: &CaseResult) -> Option<&ExchangeRecord> {
    let decided = case.trace.iter().rev().find(|e| e.decisive).and_then(|e| e.exchange);
    // Of several fetches each counts its exchanges from 0.
    let decided = decided
        .filter(|_| case.asked.len() == 1)
        .and_then(|i| case.transcript.get(i));
    let answered = |e: &&ExchangeRecord| !e.response.is_empty();
    let is_vary = case
        .deviations
        .first()
        .is_some_and(|d| matches!(d.rule.as_deref(), Some("vary" | "vary-preflight")));
    let lacking = case
        .transcript
        .iter()
        .find(|e| is_vary && answered(e) && !names_origin(&e.response));
    lacking
        .or(decided)
        .or_else(|| case.transcript.iter().rev().find(answered))
        .or_else(|| case.transcript.first())
}

/// Whether an answer names `Origin`, or everything, in `Vary`.
fn names_origin(response: &[String]) -> bool {
    let value = |line: &String| {
        let line = line.to_ascii_lowercase();
        let names = line.strip_prefix("vary:")?;
        Some(names.split(',').any(|name| matches!(name.trim(), "origin" | "*")))
    };
    let head = response.iter().take_while(|line| !line.is_empty());
    head.filter_map(value).any(|names| names)
}

#[cfg(test)]
mod tests;
