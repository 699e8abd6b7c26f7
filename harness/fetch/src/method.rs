//! [Methods](https://fetch.spec.whatwg.org/#methods).

use crate::header_list::ByteString;

/// A [CORS-safelisted method](https://fetch.spec.whatwg.org/#cors-safelisted-method): exactly `GET`, `HEAD` and `POST`.
#[must_use]
pub fn is_cors_safelisted_method(method: &[u8]) -> bool {
    crate::branch!("method: safelisted", matches!(method, b"GET" | b"HEAD" | b"POST"))
}

/// A [forbidden method](https://fetch.spec.whatwg.org/#forbidden-method): CONNECT, TRACE or TRACK in any case.
#[must_use]
pub fn is_forbidden_method(method: &[u8]) -> bool {
    [&b"CONNECT"[..], b"TRACE", b"TRACK"]
        .iter()
        .any(|m| m.eq_ignore_ascii_case(method))
}

/// [Normalize](https://fetch.spec.whatwg.org/#concept-method-normalize): six methods are upper-cased, all others are unchanged.
#[must_use]
pub fn normalize_method(method: ByteString) -> ByteString {
    const NORMALIZED: [&[u8]; 6] = [b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"POST", b"PUT"];
    match NORMALIZED.iter().find(|m| m.eq_ignore_ascii_case(&method)) {
        Some(upper) => ByteString::Borrowed(upper),
        None => method,
    }
}
