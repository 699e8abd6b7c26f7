//! What a case states beyond the outcome.

use crate::findings::Findings;
use crate::observation::Exchanged;
use crate::storable::is_storable;
use crosscheck_corpus::{Case, Level, Phase, ServerAssertion};
use crosscheck_fetch::{HeaderList, Vary, WireResponse};
use crosscheck_results::Verdict;
use crosscheck_results::rules;
use crosscheck_text::escape_truncated;

/// Judges the `server` entries of a case on the answers to its first fetch.
pub fn assertions(found: &mut Findings, case: &Case, exchanges: &[Exchanged]) {
    for assertion in case.assertions() {
        let is_preflight = assertion.at == Phase::Preflight;
        let answered = exchanges.iter().enumerate().filter(|(_, e)| !e.received.is_empty());
        let meant = answered.filter(|(_, e)| e.request.preflight == is_preflight);
        let meant: Vec<_> = meant.take(if is_preflight { 1 } else { usize::MAX }).collect();
        let answers: Vec<Answer<'_>> = meant.iter().map(|(_, e)| (&*e.request.method, &e.response)).collect();
        found.look_at_exchange(meant.last().map_or(0, |(at, _)| *at));
        one(found, assertion, &answers);
    }
}

/// Judges the `server` entries of a `send` on its one answer.
pub fn on_answer(found: &mut Findings, case: &Case, method: &[u8], response: &WireResponse) {
    for assertion in case.assertions() {
        one(found, assertion, &[(method, response)]);
    }
}

/// An answer, and the method of what it answers.
type Answer<'a> = (&'a [u8], &'a WireResponse);

fn one(found: &mut Findings, assertion: &ServerAssertion, answers: &[Answer<'_>]) {
    // Where no such answer came, the outcome has reported it.
    let Some((_, last)) = answers.last() else { return };
    found.examine(&rules::SERVER_ASSERTION);
    let at = assertion.at;
    for name in &assertion.vary {
        // A redirect must vary as its target does.
        let lacking = |(_, a): &&Answer<'_>| !Vary::of(&a.headers).covers(name.as_bytes());
        if answers.iter().any(|a| lacking(&a)) {
            let actual: Vec<String> = answers.iter().map(|(_, a)| value(&a.headers, "vary")).collect();
            let what = format!("Vary on the {at} answer does not name {name}");
            // `Vary` has no effect on an answer that no shared cache may store.
            let is_kept = answers.iter().filter(lacking).any(|(method, a)| is_storable(method, a));
            let level = if is_kept { assertion.level } else { Level::Should };
            report(found, level, "vary", what, name, &actual.join(" / "));
        }
    }
    for name in &assertion.present {
        if !last.headers.contains(name.as_bytes()) {
            report(
                found,
                assertion.level,
                name,
                format!("the {at} answer lacks {name}"),
                "present",
                "absent",
            );
        }
    }
    for name in &assertion.absent {
        if last.headers.contains(name.as_bytes()) {
            let actual = value(&last.headers, name);
            report(
                found,
                assertion.level,
                name,
                format!("the {at} answer has {name}"),
                "absent",
                &actual,
            );
        }
    }
    if let Some(status) = assertion.status
        && !status.matches(last.status)
    {
        let what = format!("the status of the {at} answer is {}, not {status}", last.status);
        report(
            found,
            assertion.level,
            "status",
            what,
            &status.to_string(),
            &last.status.to_string(),
        );
    }
}

fn value(headers: &HeaderList, name: &str) -> String {
    headers
        .get(name.as_bytes())
        .map_or_else(|| "absent".to_owned(), |v| escape_truncated(&v, 200))
}

fn report(found: &mut Findings, level: Level, header: &str, what: String, expected: &str, actual: &str) {
    let rule = &rules::SERVER_ASSERTION;
    if let Some(d) = found.found(rule, &header.to_ascii_lowercase(), what) {
        d.level = match level {
            Level::Must => crosscheck_results::Level::Must,
            Level::Should => crosscheck_results::Level::Should,
        };
        d.verdict = if level == Level::Must {
            rule.verdict
        } else {
            Verdict::Advice
        };
        d.expected = Some(expected.to_owned());
        d.actual = Some(actual.to_owned());
    }
}
