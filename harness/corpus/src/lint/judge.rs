//! A written case must satisfy what its own policy promises.

use super::at_case;
use crate::case::Case;
use crate::diagnostic::Diagnostic;
use crate::expected::{Expected, Facet, PolicyQuery};
use crate::policy::Policy;
use crate::replay::{FetchReplay, Replay};
use crosscheck_fetch::{Answer, HeaderList, Outcome, ResponseType};

/// Reports where the outcome that the case writes contradicts the policy that it names.
pub(super) fn contradictions(case: &Case, policy: &Policy, replayed: &Replay, out: &mut Vec<Diagnostic>) {
    for (spec, fetch) in case.fetches.iter().zip(&replayed.fetches) {
        let (Some(asked), Ok(outcome)) = (PolicyQuery::by(spec), &fetch.outcome) else {
            continue;
        };
        let expected = Expected::of(policy, &asked);
        let read = outcome.response_type != ResponseType::Error;
        let mut say = |what: String| {
            let message = format!("{} contradicts its policy: {what}", case.id);
            let help =
                "the case and the policy make one promise: put right the exchange, the expectation or the policy";
            out.push(at_case(case, message, help));
        };
        if let Some(passed) = preflight_passed(fetch)
            && expected.preflight.contradicted_by(passed)
        {
            say(format!("the preflight {} pass", must(expected.preflight)));
        } else if expected.read.contradicted_by(read) {
            say(format!(
                "{} at {} {} read the answer",
                asked.origin,
                asked.path,
                must(expected.read)
            ));
        } else if read && expected.read == Facet::Must {
            names(&expected, fetch, outcome, &mut say);
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
    let mut seesaws = fetch.exchanges.iter();
    let first = seesaws.next()?;
    first.request.preflight.then(|| seesaws.any(|s| !s.request.preflight))
}

/// The names that the answer has against those that the page reads.
fn names(expected: &Expected, fetch: &FetchReplay, outcome: &Outcome, say: &mut impl FnMut(String)) {
    let sent = match fetch.exchanges.last().map(|s| &s.reply.answer) {
        Some(Answer::Response(response)) => &response.headers,
        _ => &HeaderList::new(),
    };
    for header in sent {
        let name = String::from_utf8_lossy(&header.name);
        // The CORS headers are the means; no policy lists them.
        if name.to_ascii_lowercase().starts_with("access-control-") {
            continue;
        }
        let reads = outcome.headers.contains(&header.name);
        if reads && !expected.names.may_read(&name) {
            say(format!("the page reads {name}, which is not exposed"));
        } else if !reads && expected.names.must_read(&name) {
            say(format!("the page does not read {name}, which is exposed"));
        }
    }
}
