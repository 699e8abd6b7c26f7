//! Checks that a written case satisfies its own policy.

use super::at_case;
use crate::case::Case;
use crate::diagnostic::Diagnostic;
use crate::expected::{Expected, Facet, PolicyQuery};
use crate::policy::Policy;
use crate::replay::{FetchReplay, Replay};
use crosscheck_fetch::{Answer, HeaderList, Outcome, ResponseType};

/// Reports contradictions between the outcome of a case and its policy.
pub(super) fn contradictions(case: &Case, policy: &Policy, replayed: &Replay, out: &mut Vec<Diagnostic>) {
    for (spec, fetch) in case.fetches().iter().zip(&replayed.fetches) {
        let (Some(query), Ok(outcome)) = (PolicyQuery::by(spec), &fetch.outcome) else {
            continue;
        };
        let expected = Expected::of(policy, &query);
        let read = outcome.response_type != ResponseType::Error;
        let mut report = |what: String| {
            let message = format!("{} contradicts its policy: {what}", case.id);
            let help = "the case and its policy must agree: correct the exchange, the expectation or the policy";
            out.push(at_case(case, message, help));
        };
        if let Some(passed) = preflight_passed(fetch)
            && expected.preflight.contradicted_by(passed)
        {
            report(format!("the preflight {} pass", must(expected.preflight)));
        } else if expected.read.contradicted_by(read) {
            report(format!(
                "{} at {} {} read the answer",
                query.origin,
                query.path,
                must(expected.read)
            ));
        } else if read && expected.read == Facet::Must {
            names(&expected, fetch, outcome, &mut report);
        }
    }
}

const fn must(facet: Facet) -> &'static str {
    match facet {
        Facet::Must => "must",
        Facet::MustNot => "must not",
        Facet::Unspecified => "may",
    }
}

/// Whether the preflight passed: something other than a preflight followed it.
fn preflight_passed(fetch: &FetchReplay) -> Option<bool> {
    let mut exchanges = fetch.exchanges.iter();
    let first = exchanges.next()?;
    first.request.preflight.then(|| exchanges.any(|s| !s.request.preflight))
}

/// Compares the header names in the answer with those that the page reads.
fn names(expected: &Expected, fetch: &FetchReplay, outcome: &Outcome, report: &mut impl FnMut(String)) {
    let sent = match fetch.exchanges.last().map(|s| &s.reply.answer) {
        Some(Answer::Response(response)) => &response.headers,
        _ => &HeaderList::new(),
    };
    for header in sent {
        let name = String::from_utf8_lossy(&header.name);
        // No policy lists the CORS headers themselves.
        if name.to_ascii_lowercase().starts_with("access-control-") {
            continue;
        }
        let reads = outcome.headers.contains(&header.name);
        if reads && !expected.names.may_read(&name) {
            report(format!("the page reads {name}, which is not exposed"));
        } else if !reads && expected.names.must_read(&name) {
            report(format!("the page does not read {name}, which is exposed"));
        }
    }
}
