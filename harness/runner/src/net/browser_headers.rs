//! The headers that every browser adds below the standard's request, and that servers look at.
//!
//! A compressor that replaces `Vary: Origin` shows itself only to whoever accepts compressed answers, as every browser does, and some
//! firewalls refuse a client without a User-Agent.

use crosscheck_fetch::{HeaderList, Init, Mode, Origin, Page, Url, Via};

/// On every request. The page is on https, where all engines accept these codings.
const ALWAYS: [(&str, &str); 2] = [
    ("User-Agent", "Mozilla/5.0 (compatible; crosscheck)"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
];
/// Not on preflights, where the standard has none and the engines differ.
const ACTUAL: [(&str, &str); 1] = [("Accept-Language", "en-US,en;q=0.9")];

/// The names of all that is added, in lower case. A header of the user replaces it.
pub(crate) const NAMES: [&[u8]; 6] = [
    b"accept-encoding",
    b"accept-language",
    b"sec-fetch-dest",
    b"sec-fetch-mode",
    b"sec-fetch-site",
    b"user-agent",
];

/// Adds the Fetch Metadata headers of a `fetch()` or an `XMLHttpRequest` in mode cors, which all engines send alike, on the preflight too.
/// They are sent to trustworthy URLs only, of which https is the one that cases have.
///
/// Fetch Metadata Request Headers, 2.1 to 2.3.
pub(crate) fn add_metadata(headers: &mut HeaderList, page: &Page, init: &Init, url: &Url) {
    let is_cors = init.mode.unwrap_or(Mode::Cors) == Mode::Cors;
    if !matches!(init.via, Via::Fetch | Via::Xhr) || !is_cors || url.scheme() != "https" {
        return;
    }
    let target = Origin::of(url);
    let site = if page.origin.same_origin(&target) {
        "same-origin"
    } else if page.origin.same_site(&target) {
        "same-site"
    } else {
        "cross-site"
    };
    for (name, value) in [
        ("Sec-Fetch-Site", site),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Dest", "empty"),
    ] {
        headers.push(name.as_bytes(), value.as_bytes());
    }
}

/// Adds them, but for names that the request has.
pub(crate) fn add(headers: &mut HeaderList, preflight: bool) {
    let actual = if preflight { &[][..] } else { &ACTUAL[..] };
    for (name, value) in ALWAYS.iter().chain(actual) {
        if !headers.contains(name.as_bytes()) {
            headers.push(name.as_bytes(), value.as_bytes());
        }
    }
}
