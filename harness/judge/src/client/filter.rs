//! The headers of a readable response that its filter hides, also where the case does not name them.

use crosscheck_corpus::replay::OutcomeDifference;
use crosscheck_corpus::{Expect, ExpectedOutcome};
use crosscheck_fetch::{
    Outcome, ResponseType, is_cors_safelisted_response_header_name, is_forbidden_response_header_name,
};

/// The headers that the page reads and must not. A [basic filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-basic)
/// hides the forbidden response-header names. A [CORS filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-cors)
/// shows the safelisted names, and those of `filtered`, the same response as the standard filters it. Headers that the case names are
/// compared with its own words.
pub(super) fn leaked_headers<'a>(
    expect: &'a Expect,
    filtered: &'a Outcome,
    got: &'a Outcome,
) -> impl Iterator<Item = OutcomeDifference> + 'a {
    let stated = match &expect.outcome {
        ExpectedOutcome::Response(response) => Some(response),
        ExpectedOutcome::Throws => None,
    };
    let is_named = move |name: &[u8]| {
        stated.is_some_and(|s| {
            let readable = s.readable.iter().map(|(name, _)| name);
            s.hidden.iter().chain(readable).any(|n| n.eq_ignore_ascii_case(name))
        })
    };
    let is_cors = filtered.response_type == ResponseType::Cors;
    let is_judged = matches!(got.response_type, ResponseType::Basic | ResponseType::Cors)
        && matches!(filtered.response_type, ResponseType::Basic | ResponseType::Cors);
    let may_show = move |name: &[u8]| {
        !is_forbidden_response_header_name(name)
            && (!is_cors || is_cors_safelisted_response_header_name(name) || filtered.headers.contains(name))
    };
    let leaked = got
        .headers
        .iter()
        .filter(move |h| is_judged && !is_named(&h.name) && !may_show(&h.name));
    leaked.map(|header| OutcomeDifference::Readable {
        name: header.name.clone(),
        value: header.value.to_vec(),
    })
}
