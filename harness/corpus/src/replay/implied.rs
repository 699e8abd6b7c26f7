//! What the type of a response implies for the page, by the [filtered responses](https://fetch.spec.whatwg.org/#concept-filtered-response).

use super::difference::OutcomeDifference;
use crate::expect::ExpectedResponse;
use crosscheck_fetch::{Outcome, ResponseType, Url};
use std::borrow::Cow;

/// Whether a page reads nothing of a response of this type but the type, and the request's own URL.
#[must_use]
pub const fn shows_nothing(kind: ResponseType) -> bool {
    match kind {
        ResponseType::Opaque | ResponseType::OpaqueRedirect | ResponseType::Error => true,
        ResponseType::Basic | ResponseType::Cors => false,
    }
}

/// Adds to an expectation what its type implies and the case does not state. An
/// [opaque filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-opaque) and a
/// [network error](https://fetch.spec.whatwg.org/#concept-network-error) have the status 0, an empty status message, an empty header
/// list, no body and no URL. An [opaque-redirect filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect)
/// keeps its URL list, which is the request's URL, because no redirect was followed.
pub(super) fn completed<'e>(expect: &'e ExpectedResponse, url: &str) -> Cow<'e, ExpectedResponse> {
    let Some(kind) = expect.response_type.filter(|kind| shows_nothing(*kind)) else {
        return Cow::Borrowed(expect);
    };
    let mut all = expect.clone();
    all.status.get_or_insert(0);
    all.status_text.get_or_insert(Cow::Borrowed(b""));
    all.redirected.get_or_insert(false);
    all.body.get_or_insert_with(Vec::new);
    if all.url.is_none() {
        all.url = match kind {
            ResponseType::OpaqueRedirect => own_url(url),
            _ => Some(String::new()),
        };
    }
    Cow::Owned(all)
}

/// The URL of a request as the page reads it from the response: without its fragment.
fn own_url(url: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    url.set_fragment(None);
    Some(url.into())
}

/// The headers that show although the response has none for the page, without those that the case names itself.
pub(super) fn leaked_headers<'a>(
    expect: &'a ExpectedResponse,
    outcome: &'a Outcome,
) -> impl Iterator<Item = OutcomeDifference> + 'a {
    let is_named = |name: &[u8]| {
        let readable = expect.readable.iter().map(|(name, _)| name);
        expect
            .hidden
            .iter()
            .chain(readable)
            .any(|n| n.eq_ignore_ascii_case(name))
    };
    let leaked = outcome.headers.iter().filter(move |h| !is_named(&h.name));
    leaked.map(|header| OutcomeDifference::Readable {
        name: header.name.clone(),
        value: header.value.to_vec(),
    })
}
