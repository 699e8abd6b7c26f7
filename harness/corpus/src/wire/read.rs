//! Raw bytes to an answer, as browsers read them.

use super::{MAX_ANSWER, MAX_HEADERS};
use crosscheck_fetch::{Answer, ByteString, HeaderList, WireResponse, delta_seconds, trim_tab_space};
use std::borrow::Cow;
use thiserror::Error;

/// Why bytes are no answer; for the page all of these are a network error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RawError {
    /// Nothing came.
    #[error("the connection closed before an answer")]
    Empty,
    /// More came than is looked at.
    #[error("the answer is longer than {MAX_ANSWER} bytes or {MAX_HEADERS} header lines")]
    TooLong,
    /// The first line is no status line.
    #[error("the status line is malformed")]
    StatusLine,
    /// A NUL in the head.
    #[error("the head holds a NUL byte")]
    Nul,
    /// The head does not end.
    #[error("the connection closed within the head")]
    Head,
    /// Two numbers in Content-Length that differ.
    #[error("Content-Length contradicts itself")]
    ContentLength,
}

/// Reads the bytes that answered a request that is not HEAD.
#[must_use]
pub fn read_raw(bytes: &[u8]) -> Answer {
    read_raw_for(b"GET", bytes)
}

/// Reads the bytes that answered a request with that method: an answer to HEAD has no body.
#[must_use]
pub fn read_raw_for(method: &[u8], bytes: &[u8]) -> Answer {
    try_read_raw(method, bytes).map_or(Answer::Failure, Answer::Response)
}

/// The same, with the reason where the bytes are no answer.
///
/// # Errors
/// Where a browser reports a network error.
pub fn try_read_raw(method: &[u8], bytes: &[u8]) -> Result<WireResponse, RawError> {
    if bytes.is_empty() {
        return Err(RawError::Empty);
    }
    if bytes.len() > MAX_ANSWER {
        return Err(RawError::TooLong);
    }
    let mut rest = bytes;
    loop {
        let (mut response, body) = head(rest)?;
        if is_informational(response.status) {
            rest = body;
            if rest.is_empty() {
                return Err(RawError::Empty);
            }
            continue;
        }
        response.body = self::body(method, &response, body)?;
        return Ok(response);
    }
}

/// Informational answers precede the answer; after a 101 the connection speaks another protocol, so that one is the answer.
fn is_informational(status: u16) -> bool {
    (100..200).contains(&status) && status != 101
}

/// The headers of the informational answers that the bytes begin with.
pub(super) fn informational(bytes: &[u8]) -> Vec<HeaderList> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Ok((response, after)) = head(rest)
        && is_informational(response.status)
        && found.len() < MAX_HEADERS
    {
        found.push(response.headers);
        rest = after;
    }
    found
}

/// The next line without its line feed and carriage return, and what follows; `None` where no line ends.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let line = &bytes[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), &bytes[end + 1..]))
}

fn head(bytes: &[u8]) -> Result<(WireResponse, &[u8]), RawError> {
    let (first, mut rest) = line(bytes).ok_or(RawError::StatusLine)?;
    if first.contains(&0) {
        return Err(RawError::Nul);
    }
    let (status, status_text) = status_line(first).ok_or(RawError::StatusLine)?;
    let mut lines: Vec<(ByteString, Vec<u8>)> = Vec::new();
    loop {
        let (text, after) = line(rest).ok_or(RawError::Head)?;
        rest = after;
        if text.is_empty() {
            break;
        }
        if text.contains(&0) {
            return Err(RawError::Nul);
        }
        if lines.len() >= MAX_HEADERS {
            return Err(RawError::TooLong);
        }
        if matches!(text[0], b' ' | b'\t') {
            // obs-fold: the line continues the one before, joined by a space.
            if let Some((_, value)) = lines.last_mut() {
                value.push(b' ');
                value.extend_from_slice(trim_tab_space(text));
            }
            continue;
        }
        // A line without a name is skipped, as browsers do. A name that is no token keeps its bytes: nothing will match it.
        let Some(colon) = text.iter().position(|b| *b == b':').filter(|colon| *colon > 0) else {
            continue;
        };
        lines.push((
            Cow::Owned(text[..colon].to_vec()),
            trim_tab_space(&text[colon + 1..]).to_vec(),
        ));
    }
    let response = WireResponse {
        status,
        status_text: Cow::Owned(status_text.to_vec()),
        headers: lines.into_iter().collect(),
        body: Vec::new(),
    };
    Ok((response, rest))
}

fn status_line(line: &[u8]) -> Option<(u16, &[u8])> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let [b'0'..=b'9', b' ', rest @ ..] = rest else {
        return None;
    };
    let [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] = rest else {
        return None;
    };
    let status = [a, b, c].iter().fold(0, |n, d| n * 10 + u16::from(**d - b'0'));
    match rest {
        [] => Some((status, rest)),
        [b' ', text @ ..] => Some((status, text)),
        _ => None,
    }
}

fn body(method: &[u8], response: &WireResponse, rest: &[u8]) -> Result<Vec<u8>, RawError> {
    if method == b"HEAD" || matches!(response.status, 101 | 204 | 304) {
        return Ok(Vec::new());
    }
    if is_chunked(&response.headers) {
        return Ok(chunks(rest));
    }
    // A body that is cut short keeps what came: the page has its status and headers by then.
    let length = content_length(&response.headers)?.and_then(|n| usize::try_from(n).ok());
    let end = length.unwrap_or(rest.len()).min(rest.len());
    Ok(rest[..end].to_vec())
}

fn is_chunked(headers: &HeaderList) -> bool {
    headers
        .get(b"transfer-encoding")
        .and_then(|value| {
            let last = value.rsplit(|b| *b == b',').next()?;
            Some(trim_tab_space(last).eq_ignore_ascii_case(b"chunked"))
        })
        .unwrap_or_default()
}

/// The length; several that agree are one, what is no number is not there.
fn content_length(headers: &HeaderList) -> Result<Option<u64>, RawError> {
    let Some(value) = headers.get(b"content-length") else {
        return Ok(None);
    };
    let mut length = None;
    for item in value.split(|b| *b == b',') {
        let Some(number) = delta_seconds(trim_tab_space(item)) else {
            return Ok(None);
        };
        if length.is_some_and(|l| l != number) {
            return Err(RawError::ContentLength);
        }
        length = Some(number);
    }
    Ok(length)
}

/// The chunks joined; extensions and trailers are dropped, and what follows a malformed chunk.
fn chunks(mut rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some((size, after)) = line(rest) {
        let size = size.split(|b| *b == b';').next().unwrap_or_default();
        let digits = trim_tab_space(size);
        let hex = !digits.is_empty() && digits.len() <= 8 && digits.iter().all(u8::is_ascii_hexdigit);
        let size = std::str::from_utf8(digits).ok().filter(|_| hex);
        let Some(size) = size.and_then(|s| usize::from_str_radix(s, 16).ok()).filter(|s| *s > 0) else {
            break;
        };
        let end = size.min(after.len());
        out.extend_from_slice(&after[..end]);
        match line(&after[end..]) {
            Some(([], next)) => rest = next,
            _ => break,
        }
    }
    out
}
