//! Each case has its own path prefix, `/~N`, so that no cache, cookie or stray request of one case reaches another. Pages stay at
//! `/`. URLs of a case get the prefix on their way to the client. The prefix is removed from everything that the client shows,
//! before it is compared.

use crosscheck_corpus::{CaseResponse, wire::to_wire_for};
use crosscheck_fetch::{ByteString, HeaderList, Url};
use std::borrow::Cow;
use url::Position;

/// The path prefix of case number `n`.
#[must_use]
pub(super) fn prefix(n: usize) -> String {
    format!("/~{n}")
}

/// The case that a path belongs to, and the path without the prefix.
#[must_use]
pub(super) fn split(path: &str) -> Option<(usize, &str)> {
    let rest = path.strip_prefix("/~")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let n = rest.get(..end)?.parse().ok()?;
    match rest.get(end..)? {
        "" => Some((n, "/")),
        inner if inner.starts_with('/') => Some((n, inner)),
        _ => None,
    }
}

/// Adds the prefix to a URL of a case and keeps its spelling. Only network schemes get a prefix.
#[must_use]
pub(super) fn url(text: &str, n: usize) -> String {
    match after_authority(text.as_bytes()) {
        Some(at) if text.is_char_boundary(at) => format!("{}{}{}", &text[..at], prefix(n), &text[at..]),
        _ => text.to_owned(),
    }
}

/// Returns the offset of the path in an absolute URL of a network scheme.
fn after_authority(text: &[u8]) -> Option<usize> {
    let scheme = text.iter().position(|b| *b == b':')?;
    let name = text.get(..scheme)?.to_ascii_lowercase();
    if !matches!(name.as_slice(), b"http" | b"https" | b"ws" | b"wss") {
        return None;
    }
    let authority = scheme + 1;
    let slashes = text
        .get(authority..)?
        .iter()
        .take_while(|b| matches!(b, b'/' | b'\\'))
        .count();
    (slashes >= 2).then(|| end_of_authority(text, authority + slashes))
}

fn end_of_authority(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let length = rest.iter().position(|b| matches!(b, b'/' | b'\\' | b'?' | b'#'));
    from + length.unwrap_or(rest.len())
}

/// Removes the prefix from a received URL.
#[must_use]
pub(super) fn restored_url(url: &Url) -> Url {
    let Some((n, _)) = split(url.path()) else {
        return url.clone();
    };
    // A client that merges two Location headers sends a URL with a second prefix.
    let text = restored(url.as_str().as_bytes(), n);
    let parsed = std::str::from_utf8(&text).ok().and_then(|t| Url::parse(t).ok());
    parsed.unwrap_or_else(|| url.clone())
}

/// Removes the prefix of case `n` from bytes that may hold relocated URLs, such as a Referer or a whole message.
#[must_use]
pub(super) fn restored(bytes: &[u8], n: usize) -> Vec<u8> {
    let prefix = prefix(n);
    let prefix = prefix.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        match rest.strip_prefix(prefix).map(|after| after.first()) {
            Some(Some(b'0'..=b'9')) | None => {
                out.push(rest[0]);
                at += 1;
            }
            Some(Some(b'/')) => at += prefix.len(),
            Some(_) => {
                out.push(b'/');
                at += prefix.len();
            }
        }
    }
    out
}

/// Relocates the response of a case: Location and the Path of Set-Cookie. `url` is the restored URL of the request.
#[must_use]
pub(super) fn response(response: &CaseResponse, n: usize, url: &Url) -> CaseResponse {
    match response {
        CaseResponse::Parts {
            status,
            status_text,
            headers,
            body,
        } => CaseResponse::Parts {
            status: *status,
            status_text: status_text.clone(),
            headers: headers_of(headers, n, url),
            body: body.clone(),
        },
        CaseResponse::Raw(bytes) => CaseResponse::Raw(raw(bytes, n, url)),
        CaseResponse::Fail(kind) => CaseResponse::Fail(*kind),
    }
}

fn headers_of(headers: &HeaderList, n: usize, url: &Url) -> HeaderList {
    headers
        .iter()
        .map(|h| {
            let value = value_of(&h.name, &h.value, n, url).map_or_else(|| h.value.clone(), Cow::Owned);
            (h.name.clone(), value)
        })
        .collect::<HeaderList>()
}

fn value_of(name: &[u8], value: &[u8], n: usize, url: &Url) -> Option<Vec<u8>> {
    if name.eq_ignore_ascii_case(b"location") {
        location(value, n, url)
    } else if name.eq_ignore_ascii_case(b"set-cookie") {
        set_cookie(value, n)
    } else {
        None
    }
}

/// Relocates the header lines of a raw response in place; all other bytes stay the same.
fn raw(bytes: &[u8], n: usize, url: &Url) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let (line, after) = rest.split_at(end + 1);
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        if bare.is_empty() && !out.is_empty() {
            break;
        }
        let relocated = bare.iter().position(|b| *b == b':').and_then(|colon| {
            let (name, value) = bare.split_at(colon);
            let value = value.get(1..).unwrap_or_default();
            Some([name, b":", &value_of(name, value, n, url)?].concat())
        });
        match relocated {
            Some(new) => {
                out.extend_from_slice(&new);
                out.extend_from_slice(&line[bare.len()..]);
            }
            None => out.extend_from_slice(line),
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

/// Relocates a Location that is absolute, scheme-relative or path-absolute. A relative one stays below the prefix, unless it has `..`.
fn location(value: &[u8], n: usize, url: &Url) -> Option<Vec<u8>> {
    let blank = value.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let bare = value.get(blank..)?;
    let insert = |at: usize| {
        let (before, after) = value.split_at(blank + at);
        Some([before, prefix(n).as_bytes(), after].concat())
    };
    if let Some(at) = after_authority(bare) {
        return insert(at);
    }
    let is_slash = |i: usize| matches!(bare.get(i), Some(b'/' | b'\\'));
    if is_slash(0) && is_slash(1) {
        return insert(end_of_authority(bare, 2));
    }
    if is_slash(0) {
        return insert(0);
    }
    if bare.windows(2).any(|w| w == b"..") {
        let target = url.join(std::str::from_utf8(bare).ok()?).ok()?;
        let tail = &target[Position::BeforePath..];
        return Some(format!("{}{tail}", prefix(n)).into_bytes());
    }
    None
}

/// Relocates the Path attribute of a Set-Cookie. A `__Host-` cookie must keep the path `/`.
fn set_cookie(value: &[u8], n: usize) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(value);
    if text.len() != value.len() || text.trim_start().starts_with("__Host-") {
        return None;
    }
    let mut parts: Vec<Cow<'_, str>> = text.split(';').map(Cow::Borrowed).collect();
    let mut changed = false;
    for part in parts.iter_mut().skip(1) {
        let Some((name, path)) = part.split_once('=') else {
            continue;
        };
        if name.trim().eq_ignore_ascii_case("path") && path.trim().starts_with('/') {
            let path = path.trim();
            let inner = if path == "/" { "" } else { path };
            *part = Cow::Owned(format!("{name}={}{inner}", prefix(n)));
            changed = true;
        }
    }
    changed.then(|| parts.join(";").into_bytes())
}

/// Returns the value of a Set-Cookie with a relocated Path.
#[must_use]
pub(super) fn cookie(set: &ByteString, n: usize) -> Vec<u8> {
    set_cookie(set, n).unwrap_or_else(|| set.to_vec())
}

/// Returns the bytes of the relocated response to a request with that method.
#[must_use]
pub(super) fn bytes(answer: &CaseResponse, method: &[u8], n: usize, url: &Url) -> Vec<u8> {
    to_wire_for(method, &response(answer, n, url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Url {
        Url::parse(&format!("https://api.example{path}")).expect("a URL")
    }

    #[test]
    fn urls_get_the_prefix_after_the_authority() {
        for (text, relocated) in [
            ("https://api.example/data?x#y", "https://api.example/~7/data?x#y"),
            ("https://api.example", "https://api.example/~7"),
            ("HTTPS://API.example:8443?q", "HTTPS://API.example:8443/~7?q"),
            ("http://u:p@[::1]:81/a", "http://u:p@[::1]:81/~7/a"),
            ("wss://api.example/s", "wss://api.example/~7/s"),
            ("data:text/plain,a", "data:text/plain,a"),
            ("about:blank", "about:blank"),
            ("file:///etc", "file:///etc"),
        ] {
            assert_eq!(url(text, 7), relocated);
        }
    }

    #[test]
    fn restoring_undoes_relocating() {
        for path in ["/", "/data", "/a/b?x=1", "/~12/x"] {
            let there = Url::parse(&url(at(path).as_str(), 1)).expect("a URL");
            assert_eq!(restored_url(&there), at(path));
        }
        assert_eq!(split("/~12/x"), Some((12, "/x")));
        assert_eq!(split("/~12"), Some((12, "/")));
        assert_eq!(split("/~12x"), None);
        assert_eq!(split("/~/x"), None);
        assert_eq!(restored(b"GET /~1/a HTTP/1.1", 1), b"GET /a HTTP/1.1");
        assert_eq!(restored(b"GET /~1 HTTP/1.1", 1), b"GET / HTTP/1.1");
        assert_eq!(restored(b"/~12/a /~1?x", 1), b"/~12/a /?x");
    }

    #[test]
    fn locations_stay_below_the_prefix() {
        for (value, relocated) in [
            ("https://third.example/end", Some("https://third.example/~3/end")),
            ("//third.example/end", Some("//third.example/~3/end")),
            ("//third.example", Some("//third.example/~3")),
            ("/end", Some("/~3/end")),
            (" /end", Some(" /~3/end")),
            ("end", None),
            ("?q", None),
            ("../../x", Some("/~3/x")),
            ("data:,x", None),
            ("", None),
        ] {
            let got = location(value.as_bytes(), 3, &at("/a/b"));
            assert_eq!(
                got.as_deref().map(|b| std::str::from_utf8(b).expect("text")),
                relocated,
                "{value}"
            );
        }
    }

    #[test]
    fn cookie_paths_stay_below_the_prefix() {
        for (value, relocated) in [
            ("a=1; Path=/; Secure", Some("a=1; Path=/~3; Secure")),
            ("a=1; path=/x", Some("a=1; path=/~3/x")),
            ("a=1", None),
            ("__Host-a=1; Path=/; Secure", None),
            ("a=1; Path=x", None),
        ] {
            let got = set_cookie(value.as_bytes(), 3);
            assert_eq!(
                got.as_deref().map(|b| std::str::from_utf8(b).expect("text")),
                relocated,
                "{value}"
            );
        }
    }

    #[test]
    fn raw_responses_change_in_two_headers_only() {
        let bytes = b"HTTP/1.1 302 X\r\nlocation:/end\r\nX: /y\r\nSet-Cookie: a=1; Path=/\n\r\nlocation:/z\r\n";
        let got = raw(bytes, 5, &at("/"));
        let expected = b"HTTP/1.1 302 X\r\nlocation:/~5/end\r\nX: /y\r\nSet-Cookie: a=1; Path=/~5\n\r\nlocation:/z\r\n";
        assert_eq!(got, expected);
        assert_eq!(raw(b"\0\xFF no head", 5, &at("/")), b"\0\xFF no head");
    }
}
