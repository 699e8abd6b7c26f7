//! [CORS-safelisted request-headers](https://fetch.spec.whatwg.org/#cors-safelisted-request-header) and
//! [forbidden request-headers](https://fetch.spec.whatwg.org/#forbidden-request-header).

use crate::branch;
use crate::header_list::{
    ByteString, Header, HeaderList, convert_header_names_to_a_sorted_lowercase_set, decode_and_split,
};
use crate::method::is_forbidden_method;
use crate::mime::essence;
use crate::steps::Step;
use std::cmp::Ordering;

/// The maximum length of a safelisted header's value, in bytes.
const VALUE_LIMIT: usize = 128;
/// The maximum total length of the values of all safelisted headers of one request, in bytes.
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

/// The condition by which a header of a request is a
/// [CORS-safelisted request-header](https://fetch.spec.whatwg.org/#cors-safelisted-request-header), or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safelisting {
    /// Safe: Accept without an unsafe byte.
    Accept,
    /// Safe: Accept-Language of its bytes only.
    AcceptLanguage,
    /// Safe: Content-Language of its bytes only.
    ContentLanguage,
    /// Safe: one of the three safelisted values of Content-Type.
    ContentType,
    /// Safe: one byte range with a start.
    Range,
    /// Not safe: the value is longer than 128 bytes.
    TooLong,
    /// Not safe: Accept with an unsafe byte.
    AcceptByte,
    /// Not safe: Accept-Language with another byte.
    AcceptLanguageByte,
    /// Not safe: Content-Language with another byte.
    ContentLanguageByte,
    /// Not safe: Content-Type with an unsafe byte.
    ContentTypeByte,
    /// Not safe: Content-Type does not parse.
    ContentTypeSyntax,
    /// Not safe: another Content-Type.
    ContentTypeEssence,
    /// Not safe: not a range of bytes.
    RangeForm,
    /// Not safe: a range without a start.
    RangeSuffix,
    /// Not safe: a range that ends before it starts.
    RangeOrder,
    /// Not safe: the name is not one of the five.
    Name,
}

impl Safelisting {
    /// Whether the header is safelisted.
    #[must_use]
    pub const fn is_safe(self) -> bool {
        matches!(
            self,
            Self::Accept | Self::AcceptLanguage | Self::ContentLanguage | Self::ContentType | Self::Range
        )
    }

    const fn of(safe: bool, by: Self, not_by: Self) -> Self {
        if safe { by } else { not_by }
    }

    /// The steps that the result rests on for this header.
    pub(crate) fn steps(self, name: &[u8], value: &[u8]) -> Vec<Step> {
        let has = |byte: fn(&u8) -> bool| value.iter().any(byte);
        // Counted with its name, or in characters, the value would be on the other side of the limit.
        let counted_otherwise = if self == Self::TooLong {
            String::from_utf8(value.to_vec()).is_ok_and(|text| text.chars().count() <= VALUE_LIMIT)
        } else {
            name.len() + b": ".len() + value.len() > VALUE_LIMIT
        };
        let control = has(|b| (*b < 0x20 && *b != b'\t') || *b == 0x7F);
        let delimiter = has(|b| is_cors_unsafe_request_header_byte(*b) && *b > 0x20 && *b != 0x7F);
        let mut found = match self {
            Self::Accept | Self::AcceptByte => vec![Step::SafelistRequestAccept],
            Self::AcceptLanguage | Self::AcceptLanguageByte => vec![Step::SafelistRequestAcceptLanguage],
            Self::ContentLanguage | Self::ContentLanguageByte => vec![Step::SafelistRequestContentLanguage],
            Self::ContentType if value.contains(&b';') => vec![
                Step::SafelistRequestContentTypeEssence,
                Step::SafelistRequestContentTypeParametersLenient,
            ],
            Self::ContentType | Self::ContentTypeEssence => vec![Step::SafelistRequestContentTypeEssence],
            Self::ContentTypeByte => vec![Step::SafelistRequestContentTypeUnsafeBytes],
            // The last item of a list might be one of the three.
            Self::ContentTypeSyntax if value.contains(&b',') => vec![
                Step::SafelistRequestContentTypeParseFailure,
                Step::SafelistRequestContentTypePerHeader,
            ],
            Self::ContentTypeSyntax => vec![Step::SafelistRequestContentTypeParseFailure],
            Self::Range if value.ends_with(b"-") => vec![Step::SafelistRequestRangeForm],
            Self::Range | Self::RangeOrder => vec![Step::SafelistRequestRangeForm, Step::SafelistRequestRangeOrder],
            Self::RangeSuffix => vec![Step::SafelistRequestRangeNoSuffix],
            Self::RangeForm => vec![range_form_step(value)],
            Self::TooLong => vec![Step::SafelistRequestLength128],
            Self::Name if name.eq_ignore_ascii_case(b"user-agent") => vec![Step::SafelistRequestUserAgentUnsafe],
            Self::Name => vec![Step::SafelistRequestClosedNameSet],
        };
        let bytes = matches!(self, Self::AcceptByte | Self::ContentTypeByte);
        let also = [
            (
                self.is_safe() && value.len() == VALUE_LIMIT,
                Step::SafelistRequestLength128,
            ),
            (counted_otherwise, Step::SafelistRequestLengthInBytes),
            (
                self != Self::Name && name.iter().any(u8::is_ascii_uppercase),
                Step::SafelistRequestNameCaseInsensitive,
            ),
            (bytes && control, Step::SafelistRequestUnsafeByteControls),
            (bytes && delimiter, Step::SafelistRequestUnsafeByteDelimiters),
        ];
        found.extend(also.into_iter().filter_map(|(holds, step)| holds.then_some(step)));
        found
    }
}

/// The step by which a value is not a safelisted range.
fn range_form_step(value: &[u8]) -> Step {
    match () {
        () if value.contains(&b',') => Step::SafelistRequestRangeSingleOnly,
        () if value.iter().any(|b| matches!(b, b' ' | b'\t')) => Step::SafelistRequestRangeNoWhitespace,
        () if !value.starts_with(b"bytes=") && value.to_ascii_lowercase().starts_with(b"bytes=") => {
            Step::SafelistRequestRangeUnitCase
        }
        () => Step::SafelistRequestRangeForm,
    }
}

/// Whether (name, value) is a [CORS-safelisted request-header](https://fetch.spec.whatwg.org/#cors-safelisted-request-header):
/// steps 1 to 3.
#[must_use]
pub fn is_cors_safelisted_request_header(name: &[u8], value: &[u8]) -> bool {
    safelisting(name, value).is_safe()
}

/// Whether (name, value) is safelisted, with the condition that decides: the length (step 1), or the switch on the name (step 2).
#[must_use]
pub fn safelisting(name: &[u8], value: &[u8]) -> Safelisting {
    if branch!("safelist: value longer than 128 bytes", value.len() > VALUE_LIMIT) {
        return Safelisting::TooLong;
    }
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    let language = || {
        branch!(
            "safelist: byte of a language",
            value.iter().all(|&b| is_language_byte(b))
        )
    };
    if is(b"accept") {
        let unsafe_byte = branch!(
            "safelist: unsafe byte in accept",
            value.iter().any(|&b| is_cors_unsafe_request_header_byte(b))
        );
        Safelisting::of(!unsafe_byte, Safelisting::Accept, Safelisting::AcceptByte)
    } else if is(b"accept-language") {
        Safelisting::of(language(), Safelisting::AcceptLanguage, Safelisting::AcceptLanguageByte)
    } else if is(b"content-language") {
        Safelisting::of(
            language(),
            Safelisting::ContentLanguage,
            Safelisting::ContentLanguageByte,
        )
    } else if is(b"content-type") {
        content_type(value)
    } else if is(b"range") {
        range(value)
    } else {
        // If inverted, any other name counts as Accept.
        Safelisting::of(
            branch!("safelist: other names", false),
            Safelisting::Accept,
            Safelisting::Name,
        )
    }
}

/// Steps 1 to 4 of the case `content-type` in step 2.
fn content_type(value: &[u8]) -> Safelisting {
    if branch!(
        "safelist: unsafe byte in content-type",
        value.iter().any(|&b| is_cors_unsafe_request_header_byte(b))
    ) {
        return Safelisting::ContentTypeByte;
    }
    let Some(essence) = essence(value) else {
        return Safelisting::of(
            branch!("safelist: content-type does not parse", false),
            Safelisting::ContentType,
            Safelisting::ContentTypeSyntax,
        );
    };
    let known = branch!(
        "safelist: content-type essence",
        matches!(
            essence.as_slice(),
            b"application/x-www-form-urlencoded" | b"multipart/form-data" | b"text/plain"
        )
    );
    Safelisting::of(known, Safelisting::ContentType, Safelisting::ContentTypeEssence)
}

/// Whether the value [parses as a single range](https://fetch.spec.whatwg.org/#simple-range-header-value) with a start: `bytes=N-`
/// or `bytes=N-M`, N not above M, no whitespace. The numbers are unbounded.
#[must_use]
pub fn is_simple_range(value: &[u8]) -> bool {
    range(value).is_safe()
}

/// Steps 1 to 3 of the case `range` in step 2: parses a single range header value without whitespace, by its steps 2 and 5 (`bytes=`),
/// 8 to 16 (digits, `-`, digits, and nothing more) and 18 (order); a missing start is step 3 of the case.
fn range(value: &[u8]) -> Safelisting {
    let no_range = || {
        Safelisting::of(
            branch!("safelist: range form", false),
            Safelisting::Range,
            Safelisting::RangeForm,
        )
    };
    let Some(range) = value.strip_prefix(b"bytes=") else {
        return no_range();
    };
    let Some(dash) = range.iter().position(|&b| b == b'-') else {
        return no_range();
    };
    let (start, end) = (&range[..dash], &range[dash + 1..]);
    let digits = |d: &[u8]| d.iter().all(u8::is_ascii_digit);
    if !digits(start) || !digits(end) {
        return no_range();
    }
    if branch!("safelist: range starts", start.is_empty()) {
        return Safelisting::RangeSuffix;
    }
    let ordered = end.is_empty() || branch!("safelist: range order", compare_digits(start, end) != Ordering::Greater);
    Safelisting::of(ordered, Safelisting::Range, Safelisting::RangeOrder)
}

fn compare_digits(a: &[u8], b: &[u8]) -> Ordering {
    let significant = |d: &[u8]| d.iter().position(|&c| c != b'0').unwrap_or(d.len());
    let (a, b) = (&a[significant(a)..], &b[significant(b)..]);
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// [CORS-unsafe request-header names](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names), steps 1 to 6: lower-case,
/// unique, sorted by bytes (step 6). Every entry is tested on its own (step 4); if the safe ones exceed 1024 bytes in total, their
/// names are unsafe too (step 5).
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

/// The sums over the safelisted values of a request.
pub(crate) struct SafelistedNames {
    /// The bytes of the safelisted values.
    pub(crate) total: usize,
    /// The bytes of all values, safe or not.
    all: usize,
    /// The bytes of Accept, if it is safe.
    accept: usize,
    /// Whether a name comes more than once.
    repeats: bool,
    /// Whether some header is not safe.
    any_unsafe: bool,
}

impl SafelistedNames {
    pub(crate) fn new() -> Self {
        Self {
            total: 0,
            all: 0,
            accept: 0,
            repeats: false,
            any_unsafe: false,
        }
    }

    /// Adds the header at that index of the list.
    pub(crate) fn add(&mut self, headers: &HeaderList, index: usize, header: &Header, by: Safelisting) {
        let bytes = header.value.len();
        self.all += bytes;
        if by.is_safe() {
            self.total += bytes;
            if header.name.eq_ignore_ascii_case(b"accept") {
                self.accept += bytes;
            }
        } else {
            self.any_unsafe = true;
        }
        let mut earlier = headers.iter().take(index);
        self.repeats |= earlier.any(|other| header.name.eq_ignore_ascii_case(&other.name));
    }

    /// The steps that the set of unsafe names rests on.
    pub(crate) fn steps(&self) -> impl Iterator<Item = Step> {
        let near = self.total >= TOTAL_LIMIT;
        let also = [
            (near, Step::UnsafeNamesTotal1024),
            (self.repeats, Step::UnsafeNamesPerEntry),
            // If the unsafe values were counted, the sum would be above the limit.
            (
                self.total <= TOTAL_LIMIT && self.all > TOTAL_LIMIT,
                Step::UnsafeNamesTotalExcludesUnsafe,
            ),
            // If the default Accept were not counted, the sum would not be above the limit.
            (
                self.total > TOTAL_LIMIT && self.total - self.accept <= TOTAL_LIMIT,
                Step::UnsafeNamesTotalIncludesUaHeaders,
            ),
            // If Origin were counted, which the network layer adds, the set would not be empty.
            (!self.any_unsafe && !near, Step::UnsafeNamesNetworkLayerHeadersExcluded),
        ];
        also.into_iter().filter_map(|(holds, step)| holds.then_some(step))
    }
}

/// A [CORS non-wildcard request-header name](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name): Authorization.
#[must_use]
pub fn is_cors_non_wildcard_request_header_name(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"authorization")
}

/// A [no-CORS-safelisted request-header](https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header), steps 1 and 2: what
/// script may set in no-cors mode.
#[must_use]
pub fn is_no_cors_safelisted_request_header(name: &[u8], value: &[u8]) -> bool {
    [&b"accept"[..], b"accept-language", b"content-language", b"content-type"]
        .iter()
        .any(|n| n.eq_ignore_ascii_case(name))
        && is_cors_safelisted_request_header(name, value)
}

/// A [forbidden request-header](https://fetch.spec.whatwg.org/#forbidden-request-header), steps 1 to 4: script's attempt to set it
/// is dropped.
#[must_use]
pub fn is_forbidden_request_header(name: &[u8], value: &[u8]) -> bool {
    forbidden_by(name, value).is_some()
}

/// What forbids a request-header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// Its name.
    Name,
    /// How its name begins.
    Prefix,
    /// The forbidden method that its value names.
    MethodOverride,
}

/// What forbids a request-header, if anything does: its name (step 1), how it begins (step 2), or the method that it names (step 3).
pub(crate) fn forbidden_by(name: &[u8], value: &[u8]) -> Option<Forbidden> {
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
    if NAMES.iter().any(|n| is(n)) {
        return Some(Forbidden::Name);
    }
    if starts(b"proxy-") || starts(b"sec-") {
        return Some(Forbidden::Prefix);
    }
    let overrides = is(b"x-http-method") || is(b"x-http-method-override") || is(b"x-method-override");
    (overrides && decode_and_split(value).iter().any(|m| is_forbidden_method(m))).then_some(Forbidden::MethodOverride)
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
