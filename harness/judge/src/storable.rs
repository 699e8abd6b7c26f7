//! Which answers a shared cache may store.

use crosscheck_fetch::{CacheControl, WireResponse, is_heuristically_cacheable};

/// Whether a shared cache may store an answer: GET or HEAD, a status that is cacheable or explicit freshness, nothing against it.
pub(crate) fn is_storable(method: &[u8], response: &WireResponse) -> bool {
    let control = CacheControl::of(&response.headers);
    let explicit = control.has("max-age") || control.has("s-maxage") || response.headers.contains(b"expires");
    matches!(method, b"GET" | b"HEAD")
        && (is_heuristically_cacheable(response.status) || explicit)
        && !control.has("no-store")
        && !control.has("private")
}
