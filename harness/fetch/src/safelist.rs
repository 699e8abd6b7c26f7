//! [CORS-safelisted request-headers](https://fetch.spec.whatwg.org/#cors-safelisted-request-header) and
//! [forbidden request-headers](https://fetch.spec.whatwg.org/#forbidden-request-header).

use crate::branch;
use crate::header_list::{
    ByteString, Header, HeaderList, convert_header_names_to_a_sorted_lowercase_set, decode_and_split,
};
use crate::method::is_forbidden_method;
use crate::mime::essence;
use std::cmp::Ordering;

/// The longest value, in bytes, that any safelisted header may have.
const VALUE_LIMIT: usize = 128;
/// The most bytes that the values of all safelisted headers of one request may have together.
const TOTAL_LIMIT: usize = 1024;

/// A [CORS-unsafe request-header byte](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte): a control other than
/// HT, DEL, or one of thirteen delimiters.
#[must_use]
pub const fn is_cors_unsafe_request_header_byte(b: u8) -> bool {
    (b < 0x20 && b != 0x09)
        || matches!(
            b,
            b'"' | b'(' | b')' | b':' | b'<' | b'>' | b'?' | b'@' | b'[' | b'\\' | b']' | b'{' | b'}' | 0x7F
        )
}

const fn is_language_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b' ' | b'*' | b',' | b'-' | b'.' | b';' | b'=')
}

/// Whether (name, value) is a [CORS-safelisted request-header](https://fetch.spec.whatwg.org/#cors-safelisted-request-header).
#[must_use]
pub fn is_cors_safelisted_request_header(name: &[u8], value: &[u8]) -> bool {
    if branch!("safelist: value longer than 128 bytes", value.len() > VALUE_LIMIT) {
        return false;
    }
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    if is(b"accept") {
        !branch!(
            "safelist: unsafe byte in accept",
            value.iter().any(|&b| is_cors_unsafe_request_header_byte(b))
        )
    } else if is(b"accept-language") || is(b"content-language") {
        branch!(
            "safelist: byte of a language",
            value.iter().all(|&b| is_language_byte(b))
        )
    } else if is(b"content-type") {
        is_safelisted_content_type(value)
    } else if is(b"range") {
        is_simple_range(value)
    } else {
        branch!("safelist: other names", false)
    }
}

fn is_safelisted_content_type(value: &[u8]) -> bool {
    if branch!(
        "safelist: unsafe byte in content-type",
        value.iter().any(|&b| is_cors_unsafe_request_header_byte(b))
    ) {
        return false;
    }
    let Some(essence) = essence(value) else {
        return branch!("safelist: content-type does not parse", false);
    };
    branch!(
        "safelist: content-type essence",
        matches!(
            essence.as_slice(),
            b"application/x-www-form-urlencoded" | b"multipart/form-data" | b"text/plain"
        )
    )
}

/// Whether the value is a [simple range header value](https://fetch.spec.whatwg.org/#simple-range-header-value) with a start:
/// `bytes=N-` or `bytes=N-M`, N not above M, no whitespace. The numbers are unbounded.
#[must_use]
pub fn is_simple_range(value: &[u8]) -> bool {
    let Some(range) = value.strip_prefix(b"bytes=") else {
        return branch!("safelist: range form", false);
    };
    let Some(dash) = range.iter().position(|&b| b == b'-') else {
        return branch!("safelist: range form", false);
    };
    let (start, end) = (&range[..dash], &range[dash + 1..]);
    let digits = |d: &[u8]| d.iter().all(u8::is_ascii_digit);
    if !digits(start) || !digits(end) {
        return branch!("safelist: range form", false);
    }
    if branch!("safelist: range starts", start.is_empty()) {
        return false;
    }
    end.is_empty() || branch!("safelist: range order", compare_digits(start, end) != Ordering::Greater)
}

fn compare_digits(a: &[u8], b: &[u8]) -> Ordering {
    let significant = |d: &[u8]| d.iter().position(|&c| c != b'0').unwrap_or(d.len());
    let (a, b) = (&a[significant(a)..], &b[significant(b)..]);
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// [CORS-unsafe request-header names](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names): lower-case, unique,
/// sorted by bytes. Every entry is judged alone; if the safe ones exceed 1024 bytes together, all their names are unsafe too.
#[must_use]
pub fn cors_unsafe_request_header_names(headers: &HeaderList) -> Vec<ByteString> {
    let safe = |h: &&Header| is_cors_safelisted_request_header(&h.name, &h.value);
    let safelist_value_size: usize = headers.iter().filter(safe).map(|h| h.value.len()).sum();
    let all = branch!("unsafe names: total above 1024", safelist_value_size > TOTAL_LIMIT);
    let unsafe_names: Vec<ByteString> = headers
        .iter()
        .filter(|h| all || !safe(h))
        .map(|h| h.name.clone())
        .collect();
    convert_header_names_to_a_sorted_lowercase_set(unsafe_names)
}

/// A [CORS non-wildcard request-header name](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name): Authorization.
#[must_use]
pub fn is_cors_non_wildcard_request_header_name(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"authorization")
}

/// A [no-CORS-safelisted request-header](https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header): what script may set in no-cors mode.
#[must_use]
pub fn is_no_cors_safelisted_request_header(name: &[u8], value: &[u8]) -> bool {
    [&b"accept"[..], b"accept-language", b"content-language", b"content-type"]
        .iter()
        .any(|n| n.eq_ignore_ascii_case(name))
        && is_cors_safelisted_request_header(name, value)
}

/// A [forbidden request-header](https://fetch.spec.whatwg.org/#forbidden-request-header): script's attempt to set it is dropped.
#[must_use]
pub fn is_forbidden_request_header(name: &[u8], value: &[u8]) -> bool {
    const NAMES: [&[u8]; 21] = [
        b"accept-charset",
        b"accept-encoding",
        b"access-control-request-headers",
        b"access-control-request-method",
        b"connection",
        b"content-length",
        b"cookie",
        b"cookie2",
        b"date",
        b"dnt",
        b"expect",
        b"host",
        b"keep-alive",
        b"origin",
        b"referer",
        b"set-cookie",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"via",
    ];
    let starts = |prefix: &[u8]| name.len() >= prefix.len() && name[..prefix.len()].eq_ignore_ascii_case(prefix);
    let is = |n: &[u8]| name.eq_ignore_ascii_case(n);
    if NAMES.iter().any(|n| is(n)) || starts(b"proxy-") || starts(b"sec-") {
        return true;
    }
    (is(b"x-http-method") || is(b"x-http-method-override") || is(b"x-method-override"))
        && decode_and_split(value).iter().any(|m| is_forbidden_method(m))
}

/// A [CORS-safelisted response-header name](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name) beyond what
/// Access-Control-Expose-Headers lists.
#[must_use]
pub fn is_cors_safelisted_response_header_name(name: &[u8]) -> bool {
    [
        &b"cache-control"[..],
        b"content-language",
        b"content-length",
        b"content-type",
        b"expires",
        b"last-modified",
        b"pragma",
    ]
    .iter()
    .any(|n| n.eq_ignore_ascii_case(name))
}

/// A [forbidden response-header name](https://fetch.spec.whatwg.org/#forbidden-response-header-name): never readable.
#[must_use]
pub fn is_forbidden_response_header_name(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"set-cookie") || name.eq_ignore_ascii_case(b"set-cookie2")
}
