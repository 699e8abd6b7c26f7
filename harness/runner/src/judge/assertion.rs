//! What a case states beyond the outcome.

use super::Findings;
use crate::results::Verdict;
use crate::rules;
use crate::server::Exchanged;
use crosscheck_corpus::{Case, Level, Phase, ServerAssertion};
use crosscheck_fetch::{HeaderList, WireResponse};

/// Judges the `server` entries of a case on the answers to its first fetch.
pub(crate) fn assertions(found: &mut Findings, case: &Case, exchanges: &[Exchanged]) {
    for assertion in &case.server {
        let is_preflight = assertion.at == Phase::Preflight;
        let answered = exchanges.iter().enumerate().filter(|(_, e)| !e.received.is_empty());
        let meant = answered.filter(|(_, e)| e.request.preflight == is_preflight);
        let meant: Vec<_> = meant.take(if is_preflight { 1 } else { usize::MAX }).collect();
        let answers: Vec<&WireResponse> = meant.iter().map(|(_, e)| &e.response).collect();
        found.look_at_exchange(meant.last().map_or(0, |(at, _)| *at));
        one(found, assertion, &answers);
    }
}

/// Judges the `server` entries of a `send` on its one answer.
pub(crate) fn on_answer(found: &mut Findings, case: &Case, response: &WireResponse) {
    for assertion in &case.server {
        one(found, assertion, &[response]);
    }
}

fn one(found: &mut Findings, assertion: &ServerAssertion, answers: &[&WireResponse]) {
    // Where no such answer came, the outcome has said so.
    let Some(last) = answers.last() else { return };
    found.examine(&rules::SERVER_ASSERTION);
    let at = assertion.at;
    for name in &assertion.vary {
        // A redirect must vary as its target does.
        if answers
            .iter()
            .any(|a| !crate::server::varies_by(&a.headers, name.as_bytes()))
        {
            let actual = answers
                .iter()
                .map(|a| value(&a.headers, "vary"))
                .collect::<Vec<_>>()
                .join(" / ");
            say(
                found,
                assertion,
                "vary",
                format!("Vary on the {at} answer does not name {name}"),
                name,
                &actual,
            );
        }
    }
    for name in &assertion.present {
        if !last.headers.contains(name.as_bytes()) {
            say(
                found,
                assertion,
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
            say(
                found,
                assertion,
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
        say(
            found,
            assertion,
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
        .map_or_else(|| "absent".to_owned(), |v| crate::record::cut(&v, 200))
}

fn say(found: &mut Findings, assertion: &ServerAssertion, header: &str, what: String, expected: &str, actual: &str) {
    let rule = &rules::SERVER_ASSERTION;
    if let Some(d) = found.found(rule, &header.to_ascii_lowercase(), what) {
        d.level = assertion.level.to_string();
        d.verdict = if assertion.level == Level::Must {
            rule.verdict
        } else {
            Verdict::Advice
        };
        d.expected = Some(expected.to_owned());
        d.actual = Some(actual.to_owned());
    }
}
