//! An example of a cause: what was sent, what came, and the command that sends it again.

use crate::repeat::{Curl, Wire, exhibit_of, header, short_curl};
use crate::text::{clean, quoted};
use crosscheck_results::{CaseResult, Deviation, ExchangeRecord, Header};
use crosscheck_text::escape_truncated;

/// The most bytes of a header value that are shown.
const MAX_VALUE: usize = 120;
/// The most lines of a head that are shown.
const MAX_LINES: usize = 10;
/// The headers of a request that CORS code looks at, besides those that begin with `access-control-`.
const REQUEST: [&str; 3] = ["origin", "cookie", "authorization"];
/// The headers of an answer that CORS and caches look at, besides those that begin with `access-control-`.
const RESPONSE: [&str; 7] = [
    "age",
    "cache-control",
    "location",
    "retry-after",
    "set-cookie",
    "vary",
    "www-authenticate",
];

/// The lines of an example, without indentation.
pub(super) fn lines(case: &CaseResult, deviation: &Deviation, header: &Header) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(exchange) = exhibit_of(case, Some(deviation)) {
        lines.push(format!("request: {}", sent(exchange)));
        lines.push(format!("answer:  {}", came(exchange, deviation.header.as_deref())));
        let command = match short_curl(exchange, &case.subject) {
            Curl::Command(command) => command,
            Curl::None(why) => format!("no curl command: {why}"),
        };
        lines.push(format!("repeat:  {}", clean(&command)));
    }
    let mut words = vec!["crosscheck".to_owned(), "probe".to_owned()];
    words.extend([quoted(&case.subject), quoted(case.id.as_str())]);
    words.extend(header.repeat.iter().map(|a| quoted(a)));
    lines.push(format!("details: {}", clean(&words.join(" "))));
    lines
}

/// The status of the answer that shows the deviation.
pub(super) fn shown_status(case: &CaseResult, deviation: &Deviation) -> Option<u16> {
    status(exhibit_of(case, Some(deviation))?)
}

/// Whether the answer that shows the deviation allows every origin by `*`.
pub(super) fn allows_all(case: &CaseResult, deviation: &Deviation) -> bool {
    let Some(exchange) = exhibit_of(case, Some(deviation)) else {
        return false;
    };
    let mut lines = exchange.response.bytes().split(|b| *b == b'\n');
    lines.any(|line| {
        header(line).is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case(b"access-control-allow-origin") && value.trim_ascii() == b"*"
        })
    })
}

fn status(exchange: &ExchangeRecord) -> Option<u16> {
    let first = exchange.response.bytes().split(|b| *b == b'\n').next()?;
    let text = std::str::from_utf8(first).ok()?;
    text.split(' ').nth(1)?.trim().parse().ok()
}

fn sent(exchange: &ExchangeRecord) -> String {
    let Ok(wire) = Wire::of(&exchange.request) else {
        let first = exchange.request.lines().into_iter().next().unwrap_or_default();
        return clean(&first).into_owned();
    };
    let request = format!(
        "{} {}",
        escape_truncated(&wire.method, MAX_VALUE),
        escape_truncated(&wire.target, MAX_VALUE)
    );
    joined(request, wire.headers.iter().map(Vec::as_slice), &REQUEST, None)
}

fn came(exchange: &ExchangeRecord, about: Option<&str>) -> String {
    if exchange.response.is_empty() {
        return "no answer".to_owned();
    }
    let mut lines = exchange.response.bytes().split(|b| *b == b'\n');
    let first = lines.next().unwrap_or_default();
    let status = match status(exchange) {
        Some(status) => format!("status {status}"),
        None => escape_truncated(first, MAX_VALUE),
    };
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let head = lines.take_while(|line| !line.is_empty());
    let shown = joined(status.clone(), head, &RESPONSE, about);
    match shown == status {
        true => format!("{status}, without CORS headers"),
        false => shown,
    }
}

/// A first text and the headers that matter, with bars between them.
fn joined<'l>(first: String, lines: impl Iterator<Item = &'l [u8]>, names: &[&str], about: Option<&str>) -> String {
    let matters = |name: &str| name.starts_with("access-control-") || names.contains(&name) || about == Some(name);
    let mut parts = vec![first];
    for line in lines {
        let Some((name, value)) = header(line) else { continue };
        if !matters(&String::from_utf8_lossy(name).to_ascii_lowercase()) {
            continue;
        }
        if parts.len() > MAX_LINES {
            parts.push("…".to_owned());
            break;
        }
        let (name, value) = (
            escape_truncated(name, MAX_VALUE),
            escape_truncated(value.trim_ascii(), MAX_VALUE),
        );
        parts.push(format!("{name}: {value}"));
    }
    clean(&parts.join(" | ")).into_owned()
}
