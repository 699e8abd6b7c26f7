//! The headers that every browser adds below the standard's request, and that servers look at.
//!
//! A compressor that replaces `Vary: Origin` shows itself only to whoever accepts compressed answers, as every browser does, and some
//! firewalls refuse a client without a User-Agent.

use crosscheck_fetch::HeaderList;

/// On every request. The page is on https, where all engines accept these codings.
const ALWAYS: [(&str, &str); 2] = [
    ("User-Agent", "Mozilla/5.0 (compatible; crosscheck)"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
];
/// Not on preflights, where the standard has none and the engines differ.
const ACTUAL: [(&str, &str); 1] = [("Accept-Language", "en-US,en;q=0.9")];

/// Adds them, but for names that the request has.
pub(super) fn add(headers: &mut HeaderList, preflight: bool) {
    let actual = if preflight { &[][..] } else { &ACTUAL[..] };
    for (name, value) in ALWAYS.iter().chain(actual) {
        if !headers.contains(name.as_bytes()) {
            headers.push(name.as_bytes(), value.as_bytes());
        }
    }
}
