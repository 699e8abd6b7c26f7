//! What an answer allows caches to do.

use crosscheck_fetch::{HeaderList, WireResponse, trim_tab_space};
use std::collections::BTreeSet;

/// Whether Vary names a header, or is `*`.
#[must_use]
pub(crate) fn varies_by(headers: &HeaderList, name: &[u8]) -> bool {
    vary_names(headers)
        .iter()
        .any(|n| n.as_slice() == b"*" || n.eq_ignore_ascii_case(name))
}

/// The names in Vary, lower-case.
#[must_use]
pub(crate) fn vary_names(headers: &HeaderList) -> BTreeSet<Vec<u8>> {
    let items = headers.get_all(b"vary").flat_map(|line| line.split(|b| *b == b','));
    items
        .map(|i| trim_tab_space(i).to_ascii_lowercase())
        .filter(|i| !i.is_empty())
        .collect()
}

/// The value of a Cache-Control directive; empty for one without a value.
#[must_use]
pub(crate) fn directive(headers: &HeaderList, name: &str) -> Option<String> {
    let value = headers.get(b"cache-control")?;
    let text = String::from_utf8_lossy(&value).to_ascii_lowercase();
    text.split(',').find_map(|item| {
        let (key, value) = item.split_once('=').unwrap_or((item, ""));
        (key.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// Whether a shared cache may store an answer: GET or HEAD, a status that is cacheable or explicit freshness, nothing against it.
pub(crate) fn is_storable(method: &[u8], response: &WireResponse) -> bool {
    let headers = &response.headers;
    let explicit = directive(headers, "max-age")
        .or_else(|| directive(headers, "s-maxage"))
        .is_some()
        || headers.contains(b"expires");
    let status = matches!(
        response.status,
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501
    );
    matches!(method, b"GET" | b"HEAD")
        && (status || explicit)
        && directive(headers, "no-store").is_none()
        && directive(headers, "private").is_none()
}
