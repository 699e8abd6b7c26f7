//! Finds secrets in a text by the names in front of them.

use super::names::{is_secret_header, is_secret_parameter};
use std::ops::Range;

/// Options of curl and wget that take a secret, and the header that each one leads to.
const OPTIONS: [(&[u8], &[u8]); 9] = [
    (b"-b", b"cookie"),
    (b"--cookie", b"cookie"),
    (b"-u", b"authorization"),
    (b"--user", b"authorization"),
    (b"-U", b"proxy-authorization"),
    (b"--proxy-user", b"proxy-authorization"),
    (b"--oauth2-bearer", b"authorization"),
    (b"--http-password", b"authorization"),
    (b"--password", b"authorization"),
];

/// The values of secret parameters in queries, forms and JSON objects, and the user and the password of a URL.
pub(super) fn secrets(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(name) = next_name(text, at) {
        at = name.end;
        let in_query = name.start.checked_sub(1).is_some_and(|at| b"?&;#".contains(&text[at]));
        let word = &text[name.clone()];
        let range = match text.get(name.end) {
            Some(b'=') if is_secret_parameter(word, in_query) => Some(value(text, name.end + 1)),
            Some(b'"' | b'\'' | b'\\') if is_secret_parameter(word, false) || is_secret_header(word) => {
                member(text, name.end)
            }
            _ => None,
        };
        if let Some(range) = range.filter(|range| !range.is_empty()) {
            at = at.max(range.end);
            found.push(range);
        }
    }
    found.extend(userinfo(text));
    found
}

/// The secrets of a text that a user pastes: heads of messages, commands, JavaScript, HAR. Each has the name of a header; a parameter
/// has none.
pub(super) fn pasted(text: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut at = 0;
    while let Some(name) = next_name(text, at) {
        at = name.end;
        let word = &text[name.clone()];
        let option = OPTIONS.iter().find(|(option, _)| *option == word);
        let range = match option {
            Some(_) => Some(argument(text, name.end)),
            None if is_secret_header(word) => header_value(text, &name),
            None => None,
        };
        if let Some(range) = range.filter(|range| !range.is_empty()) {
            // What is in a value is no name, so that every byte is read a bounded number of times.
            at = at.max(range.end);
            let wrapped = wrapped(text, range.end);
            if !wrapped.is_empty() {
                found.push((Vec::new(), text[wrapped].to_vec()));
            }
            let header = option.map_or(word, |(_, header)| header);
            found.push((header.to_ascii_lowercase(), text[range].to_vec()));
        }
    }
    found.extend(
        secrets(text)
            .into_iter()
            .map(|range| (Vec::new(), text[range].to_vec())),
    );
    found
}

/// The next run of characters that a name may have.
fn next_name(text: &[u8], at: usize) -> Option<Range<usize>> {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let start = at + text.get(at..)?.iter().position(|b| is_name(*b))?;
    Some(start..end(text, start, |b| !is_name(*b)))
}

/// The value of a parameter that begins here.
fn value(text: &[u8], start: usize) -> Range<usize> {
    if let Some(quoted) = quoted(text, start) {
        return quoted;
    }
    let ends = |b: &u8| b.is_ascii_whitespace() || b"&;#\"'<>,)`\\|".contains(b);
    start..end(text, start, ends)
}

/// The value of a member of an object, `"name": "value"`, after its name.
fn member(text: &[u8], at: usize) -> Option<Range<usize>> {
    let at = after_quote(text, at)?;
    let at = blank(text, at);
    (text.get(at) == Some(&b':')).then(|| quoted(text, blank(text, at + 1)))?
}

/// The value of a header after its name, in whatever a browser or curl wrote.
fn header_value(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let before = name.start.checked_sub(1).map(|at| text[at]);
    let at = after_quote(text, name.end).unwrap_or(name.end);
    let next = blank(text, at);
    match text.get(next) {
        Some(b':' | b'=') => {
            let start = blank(text, next + 1);
            // The value may be on the next line.
            let start = match text.get(start) {
                Some(b'\r' | b'\n') => start + text[start..].iter().take_while(|b| b.is_ascii_whitespace()).count(),
                _ => start,
            };
            Some(quoted(text, start).unwrap_or_else(|| unquoted(text, start, before)))
        }
        // `["name", "value"]`, or `"name": "..", "value": ".."` of HAR.
        Some(b',') => {
            let start = space(text, next + 1);
            let key = quoted(text, start)?;
            let after = space(text, after_quote(text, key.end)?);
            if text.get(after) == Some(&b':') && text[key.clone()] == *b"value" {
                return quoted(text, space(text, after + 1));
            }
            Some(key)
        }
        // A line that lacks its colon.
        Some(_) if next > at && is_first(text, name.start) => Some(unquoted(text, next, None)),
        _ => None,
    }
}

/// A value without quotes of its own: up to the quote of the header that it is in, or to the end of the line.
fn unquoted(text: &[u8], start: usize, before: Option<u8>) -> Range<usize> {
    let quote = before.filter(|b| matches!(b, b'"' | b'\''));
    let stop = end(text, start, |b| Some(*b) == quote || matches!(b, b'\r' | b'\n'));
    let value = &text[start..stop];
    // The quotes of cmd.exe have a caret in front, those in a string a backslash.
    let kept = value.strip_suffix(b"^").or(value.strip_suffix(b"\\")).unwrap_or(value);
    start..start + kept.trim_ascii_end().len()
}

/// The next line, if it can only be the rest of a long value that was wrapped: one word without a colon.
fn wrapped(text: &[u8], at: usize) -> Range<usize> {
    let next = space(text, at);
    if !text[at..next].contains(&b'\n') {
        return next..next;
    }
    let is_rest = |b: &u8| b.is_ascii_alphanumeric() || b"-._~+/=%".contains(b);
    let stop = end(text, next, |b| !is_rest(b));
    let is_whole = text.get(stop).is_none_or(|b| matches!(b, b'\r' | b'\n'));
    next..if is_whole { stop } else { next }
}

/// The argument of an option.
fn argument(text: &[u8], at: usize) -> Range<usize> {
    let start = blank(text, at + usize::from(text.get(at) == Some(&b'=')));
    quoted(text, start).unwrap_or_else(|| start..end(text, start, u8::is_ascii_whitespace))
}

/// The user and the password of each URL: the text before its `@`.
fn userinfo(text: &[u8]) -> Vec<Range<usize>> {
    let marks = text.windows(3).enumerate().filter(|(_, w)| *w == b"://");
    marks
        .filter_map(|(at, _)| {
            let start = at + 3;
            let stop = end(text, start, |b| b.is_ascii_whitespace() || b"/?#\"'<>`\\".contains(b));
            let at = text[start..stop].iter().rposition(|b| *b == b'@')?;
            (at > 0).then_some(start..start + at)
        })
        .collect()
}

/// What is between quotes that begin here, which may have a backslash in front, as in a string of a string.
fn quoted(text: &[u8], start: usize) -> Option<Range<usize>> {
    let inner = text.get(start) == Some(&b'\\');
    let open = start + usize::from(inner);
    let quote = *text.get(open).filter(|b| matches!(b, b'"' | b'\''))?;
    let mut at = open + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' if inner && text.get(at + 1) == Some(&quote) => break,
            b'\\' if !inner => at += 1,
            byte if *byte == quote => break,
            _ => {}
        }
        at += 1;
    }
    Some(open + 1..at.min(text.len()))
}

/// The place after a quote, which may have a backslash in front.
fn after_quote(text: &[u8], at: usize) -> Option<usize> {
    let at = at + usize::from(text.get(at) == Some(&b'\\'));
    text.get(at).filter(|b| matches!(b, b'"' | b'\'')).map(|_| at + 1)
}

/// Whether the line has only the marks of curl before this.
fn is_first(text: &[u8], at: usize) -> bool {
    let before = text[..at].iter().rev().take_while(|b| **b != b'\n');
    before
        .into_iter()
        .all(|b| b.is_ascii_whitespace() || b"<>*".contains(b))
}

fn blank(text: &[u8], at: usize) -> usize {
    end(text, at, |b| !matches!(b, b' ' | b'\t'))
}

fn space(text: &[u8], at: usize) -> usize {
    end(text, at, |b| !b.is_ascii_whitespace())
}

fn end(text: &[u8], start: usize, stops: impl Fn(&u8) -> bool) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    rest.iter().position(stops).map_or(text.len(), |n| start + n)
}

#[cfg(test)]
mod tests {
    use super::{pasted, secrets};

    #[test]
    fn a_parameter_is_found_in_queries_forms_and_json() {
        for (text, expected) in [
            ("GET /x?a=1&access_token=MARK&b=2 HTTP/1.1", vec!["MARK"]),
            ("https://api.example/?code=MARK#id_token=MARK2", vec!["MARK", "MARK2"]),
            ("'user=a&password=MARK'", vec!["MARK"]),
            (r#"{"client_secret": "MARK", "a": "b"}"#, vec!["MARK"]),
            (r#""{\"token\":\"MARK\"}""#, vec!["MARK"]),
            ("https://user:p@ss@api.example/a@b", vec!["user:p@ss"]),
            ("the status code=200 and the key=value", vec![]),
            ("see https://api.example/@scope", vec![]),
        ] {
            let found: Vec<_> = secrets(text.as_bytes()).into_iter().map(|r| &text[r]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_header_is_found_in_every_kind_of_paste() {
        for text in [
            "> Authorization: MARK\r\n> Host: a",
            "authorization:\n  MARK\naccept:\n  */*",
            "curl https://a -H 'authorization: MARK' -H 'accept: */*'",
            "curl https://a -H ^\"authorization: MARK^\" -H ^\"accept: */*^\"",
            "curl https://a -u MARK",
            "curl https://a -b 'MARK'",
            "curl https://a --oauth2-bearer=MARK -v",
            r#"fetch("u", {"headers": {"authorization": "MARK", "accept": "*/*"}})"#,
            "fetch('u', {headers: {authorization: 'MARK', accept: '*/*'}})",
            r#"fetch("u", {headers: [["authorization", "MARK"]]})"#,
            r#"{"name": "Authorization", "value": "MARK"}"#,
            "> Authorization MARK",
            "Authorization: Bearer abc.\nMARK\nAccept: */*",
        ] {
            let found: Vec<_> = pasted(text.as_bytes()).into_iter().map(|(_, value)| value).collect();
            assert!(found.contains(&b"MARK".to_vec()), "{text}: {found:?}");
        }
        assert_eq!(
            pasted(b"Access-Control-Allow-Headers: authorization, x\nVary: Cookie\n"),
            []
        );
    }

    #[test]
    fn a_hostile_text_is_read_in_time() {
        for piece in [
            "cookie:",
            "\"token\":\"",
            "token='",
            "authorization: \\\"",
            "://@",
            "a://b",
            "set-cookie\n",
            "-b ",
            "?key=&",
        ] {
            let text = piece.repeat((1 << 20) / piece.len());
            let values: usize = pasted(text.as_bytes()).iter().map(|(_, value)| value.len()).sum();
            assert!(values <= 3 * text.len(), "{piece}");
        }
    }
}
