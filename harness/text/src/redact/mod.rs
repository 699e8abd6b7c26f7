//! Hides secrets in what the program prints and writes.

mod forms;
mod names;
mod scan;

pub use names::{is_negotiation, is_secret_header};

use crate::secret::REDACTED;
pub use forms::percent_decoded;
use forms::{base64_decoded, forms};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::ops::Range;

/// The shortest value that is hidden wherever it is. A shorter one is hidden after its name only, since ordinary text may have it too.
const SHORTEST: usize = 6;
/// How many bytes of the beginning of a value are enough to hide them: a long value may be truncated.
const BEGINNING: usize = 16;
/// How many bytes are enough at the end of a text that is truncated.
const END: usize = 4;
/// How many values from answers are kept.
const MOST_LEARNED: usize = 256;

/// Values that are no secrets, whatever the name of their header.
const WORDS: [&str; 8] = [
    "application/json",
    "Bearer",
    "identity",
    "include",
    "keep-alive",
    "no-cache",
    "same-origin",
    "XMLHttpRequest",
];

/// Schemes of the header Authorization.
const SCHEMES: [&str; 7] = ["basic", "bearer", "digest", "negotiate", "ntlm", "token", "apikey"];

/// Attributes of the header Set-Cookie that are no secrets.
const ATTRIBUTES: [&str; 9] = [
    "domain",
    "expires",
    "httponly",
    "max-age",
    "partitioned",
    "path",
    "priority",
    "samesite",
    "secure",
];

/// Knows secrets, and writes `[redacted]` in their place. The default one knows none and changes nothing.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Headers that are hidden in their own line, however short the value is.
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The forms of the values, by their first byte.
    forms: BTreeMap<u8, BTreeSet<Vec<u8>>>,
    /// The values that answers had, the oldest first.
    learned: VecDeque<Vec<u8>>,
    by_name: bool,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("by_name", &self.by_name)
            .finish_non_exhaustive()
    }
}

impl Redactor {
    /// A redactor that also hides by name: the values of headers such as Set-Cookie, of parameters such as `access_token`, and the
    /// user and the password of a URL.
    #[must_use]
    pub fn by_name() -> Self {
        Self {
            by_name: true,
            ..Self::default()
        }
    }

    /// Whether nothing is hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.by_name && self.headers.is_empty() && self.forms.is_empty()
    }

    /// Hides a value wherever it is, if it is long enough.
    pub fn add_value(&mut self, value: &[u8]) {
        let value = value.trim_ascii();
        if value.len() < SHORTEST || WORDS.iter().any(|w| value.eq_ignore_ascii_case(w.as_bytes())) {
            return;
        }
        for form in forms(value) {
            let Some(first) = form.first() else { continue };
            self.forms.entry(*first).or_default().insert(form);
        }
    }

    /// Hides the value of a header: in its line, and wherever it is unless the header only negotiates.
    pub fn add_header(&mut self, name: &[u8], value: &[u8]) {
        let value = value.trim_ascii();
        if value.is_empty() {
            return;
        }
        self.headers.push((name.to_ascii_lowercase(), value.to_vec()));
        if !is_negotiation(name) {
            parts(name, value).iter().for_each(|part| self.add_value(part));
        }
    }

    /// Hides the user, the password and the secret parameters of a URL.
    pub fn add_url(&mut self, url: &str) {
        let text = url.as_bytes();
        let mut found: Vec<&[u8]> = scan::secrets(text).into_iter().map(|range| &text[range]).collect();
        if found.is_empty() && !url.contains("://") {
            // It does not parse, but the message about it shows it.
            found.extend(
                url.rsplit_once('@')
                    .map(|(before, _)| before.trim_start_matches(['/', ':']).as_bytes()),
            );
        }
        for secret in found {
            self.add_credentials(secret);
        }
    }

    /// Hides what a text that the user pasted has as secrets, as far as names show them.
    pub fn add_paste(&mut self, text: &[u8]) {
        for (name, value) in scan::pasted(text) {
            let plain: Vec<u8> = value.iter().copied().filter(|b| *b != b'\\').collect();
            for value in [value, plain] {
                match name.as_slice() {
                    [] => self.add_credentials(&value),
                    name => parts(name, &value).iter().for_each(|part| self.add_value(part)),
                }
            }
        }
    }

    /// Hides a value, what it is percent-decoded, and a password after a colon.
    fn add_credentials(&mut self, value: &[u8]) {
        for value in [value.to_vec(), percent_decoded(value)] {
            self.add_value(&value);
            if let Some(colon) = value.iter().position(|b| *b == b':') {
                self.add_value(&value[colon + 1..]);
            }
        }
    }

    /// Remembers what the head of an answer has as secrets, so that they are hidden elsewhere too.
    pub fn learn(&mut self, message: &[u8]) {
        if !self.by_name {
            return;
        }
        for (name, value) in header_lines(message) {
            let (name, value) = (&message[name], &message[value]);
            if !is_secret_header(name) {
                continue;
            }
            for part in parts(name, value) {
                if self.learned.contains(&part) {
                    continue;
                }
                self.add_value(&part);
                self.learned.push_back(part);
                if self.learned.len() > MOST_LEARNED
                    && let Some(oldest) = self.learned.pop_front()
                {
                    self.forget(&oldest);
                }
            }
        }
    }

    fn forget(&mut self, value: &[u8]) {
        for form in forms(value) {
            if let Some(known) = form.first().and_then(|first| self.forms.get_mut(first)) {
                known.remove(&form);
            }
        }
    }

    /// The text without the secrets.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.ranges(text.as_bytes()) {
            ranges if ranges.is_empty() => Cow::Borrowed(text),
            ranges => Cow::Owned(String::from_utf8_lossy(&replace(text.as_bytes(), ranges)).into_owned()),
        }
    }

    /// The bytes of an HTTP message without the secrets.
    #[must_use]
    pub fn message<'m>(&self, message: &'m [u8]) -> Cow<'m, [u8]> {
        let mut ranges = self.ranges(message);
        for (name, value) in header_lines(message) {
            if self.hides(&message[name.clone()], &message[value.clone()]) {
                ranges.extend(value_ranges(&message[name], &message[value.clone()], value.start));
            }
        }
        match ranges.is_empty() {
            true => Cow::Borrowed(message),
            false => Cow::Owned(replace(message, ranges)),
        }
    }

    /// The value of a header without the secrets.
    #[must_use]
    pub fn header_value<'v>(&self, name: &[u8], value: &'v [u8]) -> Cow<'v, [u8]> {
        let mut ranges = self.ranges(value);
        if self.hides(name, value) {
            ranges.extend(value_ranges(name, value, 0));
        }
        match ranges.is_empty() {
            true => Cow::Borrowed(value),
            false => Cow::Owned(replace(value, ranges)),
        }
    }

    /// Whether the value of that header is a secret.
    fn hides(&self, name: &[u8], value: &[u8]) -> bool {
        let value = value.trim_ascii();
        let is_given = |(n, v): &(Vec<u8>, Vec<u8>)| name.eq_ignore_ascii_case(n) && value == v;
        self.by_name && is_secret_header(name) || self.headers.iter().any(is_given)
    }

    /// Where the text has secrets.
    fn ranges(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = match self.by_name {
            true => scan::secrets(text),
            false => Vec::new(),
        };
        if self.forms.is_empty() {
            return found;
        }
        let mut at = 0;
        while let Some(first) = text.get(at) {
            let forms = self.forms.get(first).into_iter().flatten();
            let longest = forms.map(|form| matched(&text[at..], form)).max().unwrap_or(0);
            if longest > 0 {
                found.push(at..at + longest);
            }
            at += longest.max(1);
        }
        found
    }
}

/// How many bytes at the beginning of the text are those of a value, or of one that is truncated; else 0.
fn matched(text: &[u8], form: &[u8]) -> usize {
    let common = text.iter().zip(form).take_while(|(a, b)| a == b).count();
    let rest = &text[common..];
    let is_cut = common >= END && (rest.is_empty() || rest.starts_with(b"... (") || rest.starts_with("…".as_bytes()));
    if common == form.len() || common >= BEGINNING || is_cut {
        common
    } else {
        0
    }
}

/// The parts of the value of a header that are secrets by themselves, and the value.
fn parts(name: &[u8], value: &[u8]) -> Vec<Vec<u8>> {
    let mut parts: Vec<Vec<u8>> = value_ranges(name, value, 0)
        .into_iter()
        .map(|r| value[r].to_vec())
        .collect();
    if is_cookie(name).is_some() {
        return parts;
    }
    let Some(space) = value.iter().position(|b| *b == b' ') else {
        return parts;
    };
    let (scheme, rest) = (&value[..space], value[space..].trim_ascii());
    if SCHEMES.iter().any(|s| scheme.eq_ignore_ascii_case(s.as_bytes())) {
        parts.push(rest.to_vec());
    }
    if scheme.eq_ignore_ascii_case(b"basic")
        && let Some(pair) = base64_decoded(rest)
    {
        let colon = pair.iter().position(|b| *b == b':');
        parts.extend(colon.map(|colon| pair[colon + 1..].to_vec()));
        parts.push(pair);
    }
    parts
}

/// Whether a header holds cookies, and if so whether it sets one.
fn is_cookie(name: &[u8]) -> Option<bool> {
    match name {
        name if name.eq_ignore_ascii_case(b"cookie") => Some(false),
        name if name.eq_ignore_ascii_case(b"set-cookie") => Some(true),
        _ => None,
    }
}

/// Where the value of a header has secrets: the values of cookies, else the whole value.
fn value_ranges(name: &[u8], value: &[u8], from: usize) -> Vec<Range<usize>> {
    let trimmed = |start: usize, end: usize| {
        let text = &value[start..end];
        let start = start + (text.len() - text.trim_ascii_start().len());
        from + start..from + start + text.trim_ascii().len()
    };
    let Some(sets) = is_cookie(name) else {
        return vec![trimmed(0, value.len())];
    };
    let mut ranges = Vec::new();
    let mut start = 0;
    for (index, piece) in value.split(|b| *b == b';').enumerate() {
        let equals = piece.iter().position(|b| *b == b'=');
        let key = piece
            .get(..equals.unwrap_or(piece.len()))
            .unwrap_or_default()
            .trim_ascii();
        let is_attribute = sets && index > 0 && ATTRIBUTES.iter().any(|a| key.eq_ignore_ascii_case(a.as_bytes()));
        if !is_attribute {
            ranges.push(trimmed(start + equals.map_or(0, |e| e + 1), start + piece.len()));
        }
        start += piece.len() + 1;
    }
    ranges.retain(|range| !range.is_empty());
    ranges
}

/// The names and the values of the header lines of a message. A value includes the lines that continue it.
fn header_lines(message: &[u8]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut lines: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    let mut at = 0;
    for line in message.split(|b| *b == b'\n') {
        let start = at;
        at += line.len() + 1;
        let text = line.strip_suffix(b"\r").unwrap_or(line);
        let end = start + text.len();
        if text.is_empty() {
            break;
        }
        if let ([b' ' | b'\t', ..], Some((_, value))) = (text, lines.last_mut()) {
            value.end = end;
        } else if let Some(colon) = text.iter().position(|b| *b == b':') {
            let name = text[..colon].trim_ascii_end().len();
            lines.push((start..start + name, start + colon + 1..end));
        }
    }
    lines
}

/// The text with `[redacted]` in these places.
fn replace(text: &[u8], mut ranges: Vec<Range<usize>>) -> Vec<u8> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    let mut until = 0;
    for range in ranges {
        if range.start >= until && !range.is_empty() {
            out.extend_from_slice(&text[done..range.start]);
            out.extend_from_slice(REDACTED.as_bytes());
        }
        until = until.max(range.end);
        done = until;
    }
    out.extend_from_slice(&text[done..]);
    out
}

#[cfg(test)]
mod tests;
