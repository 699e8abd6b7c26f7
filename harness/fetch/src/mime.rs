//! The parts of [MIME Sniffing](https://mimesniff.spec.whatwg.org/#parsing-a-mime-type) that the safelist and the script loader need.

use crate::header_list::is_token;

/// [Parses a MIME type](https://mimesniff.spec.whatwg.org/#parse-a-mime-type) strictly and returns its essence in lower case, or
/// `None` for failure. Parameters never make it fail.
#[must_use]
pub fn essence(value: &[u8]) -> Option<Vec<u8>> {
    let value = trim_http_whitespace(value);
    let slash = value.iter().position(|&b| b == b'/')?;
    let (kind, rest) = (&value[..slash], &value[slash + 1..]);
    let end = rest.iter().position(|&b| b == b';').unwrap_or(rest.len());
    let subtype = trim_end_http_whitespace(&rest[..end]);
    if !is_token(kind) || !is_token(subtype) {
        return None;
    }
    let mut essence = Vec::with_capacity(kind.len() + 1 + subtype.len());
    essence.extend_from_slice(kind);
    essence.push(b'/');
    essence.extend_from_slice(subtype);
    essence.make_ascii_lowercase();
    Some(essence)
}

/// [Extract a MIME type](https://fetch.spec.whatwg.org/#concept-header-extract-mime-type), essence only: steps 4, 5, 6.1 to 6.3,
/// 7 and 8. The last item of the combined Content-Type that parses and is not `*/*`.
#[must_use]
pub(crate) fn extracted_essence(headers: &crate::HeaderList) -> Option<Vec<u8>> {
    headers
        .get_decode_and_split(b"content-type")?
        .iter()
        .filter_map(|item| essence(item))
        .rfind(|e| e != b"*/*")
}

/// The Content-Type that [`XMLHttpRequest`](https://xhr.spec.whatwg.org/#the-send()-method) sends with a string if the
/// author's value has a charset other than UTF-8, step 4.5.1; `None` if the author's value is kept.
#[must_use]
pub(crate) fn with_charset_utf_8(value: &[u8]) -> Option<Vec<u8>> {
    let text: String = value.iter().map(|&b| char::from(b)).collect();
    let mut mime: data_url::mime::Mime = text.parse().ok()?;
    let (_, charset) = mime.parameters.iter_mut().find(|(name, _)| name == "charset")?;
    if charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    "UTF-8".clone_into(charset);
    Some(mime.to_string().chars().filter_map(|c| u8::try_from(c).ok()).collect())
}

/// A [JavaScript MIME type](https://mimesniff.spec.whatwg.org/#javascript-mime-type) by its essence.
#[must_use]
pub(crate) fn is_javascript(essence: &[u8]) -> bool {
    matches!(
        essence,
        b"application/ecmascript"
            | b"application/javascript"
            | b"application/x-ecmascript"
            | b"application/x-javascript"
            | b"text/ecmascript"
            | b"text/javascript"
            | b"text/javascript1.0"
            | b"text/javascript1.1"
            | b"text/javascript1.2"
            | b"text/javascript1.3"
            | b"text/javascript1.4"
            | b"text/javascript1.5"
            | b"text/jscript"
            | b"text/livescript"
            | b"text/x-ecmascript"
            | b"text/x-javascript"
    )
}

const fn is_http_whitespace(b: u8) -> bool {
    matches!(b, b'\t' | b'\n' | b'\r' | b' ')
}

fn trim_end_http_whitespace(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., last] = bytes {
        if !is_http_whitespace(*last) {
            break;
        }
        bytes = rest;
    }
    bytes
}

fn trim_http_whitespace(bytes: &[u8]) -> &[u8] {
    crate::header_list::normalize(bytes)
}
