//! What crossed the wire, for people: a line of text per line, control and high bytes escaped, everything cut to a bounded length.

use crate::results::{AskedRecord, ExchangeRecord, OutcomeRecord, TraceEvent};
use crosscheck_corpus::FetchSpec;
use crosscheck_fetch::{Event, Outcome, TypeError};

/// The most lines of one message.
pub const MAX_LINES: usize = 120;
/// The longest line, in bytes.
pub const MAX_LINE: usize = 600;

/// Text of bytes that came from outside: escaped, cut.
#[must_use]
pub fn cut(bytes: &[u8], most: usize) -> String {
    let mut out = String::new();
    for &byte in bytes.iter().take(most) {
        push(&mut out, byte);
    }
    if bytes.len() > most {
        out.push_str(&format!("... ({} bytes)", bytes.len()));
    }
    out
}

fn push(out: &mut String, byte: u8) {
    match byte {
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        b'\\' => out.push_str("\\\\"),
        0x20..=0x7E => out.push(char::from(byte)),
        _ => out.push_str(&format!("\\x{byte:02X}")),
    }
}

/// A message line by line; line ends are left out, a missing carriage return is not.
#[must_use]
pub fn lines(bytes: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        if out.len() >= MAX_LINES {
            out.push(format!("... ({} bytes more)", rest.len()));
            break;
        }
        let (line, after) = match rest.iter().position(|b| *b == b'\n') {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        out.push(cut(line.strip_suffix(b"\r").unwrap_or(line), MAX_LINE));
        rest = after;
    }
    out
}

/// An exchange.
#[must_use]
pub fn exchange(what: &str, sent: &[u8], received: &[u8]) -> ExchangeRecord {
    ExchangeRecord {
        what: what.to_owned(),
        request: lines(sent),
        response: lines(received),
    }
}

/// What the page asked for.
#[must_use]
pub fn asked(spec: &FetchSpec) -> AskedRecord {
    AskedRecord {
        origin: spec.page.origin.serialize().into_owned(),
        request: spec.request_json(),
    }
}

/// An outcome.
#[must_use]
pub fn outcome(outcome: &Result<Outcome, TypeError>) -> OutcomeRecord {
    match outcome {
        Err(_) => OutcomeRecord {
            response_type: "throws".to_owned(),
            ..OutcomeRecord::default()
        },
        Ok(outcome) => {
            let mut readable: Vec<String> = outcome
                .headers
                .iter()
                .map(|h| cut(&h.name, 100).to_ascii_lowercase())
                .collect();
            readable.sort_unstable();
            readable.dedup();
            OutcomeRecord {
                response_type: outcome.response_type.to_string(),
                status: outcome.status,
                readable,
                redirected: outcome.redirected,
            }
        }
    }
}

/// An event of the model.
#[must_use]
pub fn event(event: &Event) -> TraceEvent {
    TraceEvent {
        algorithm: event.algorithm.to_owned(),
        anchor: event.anchor.to_owned(),
        steps: event.steps.iter().map(ToString::to_string).collect(),
        detail: event.detail.clone(),
        exchange: event.exchange,
        decisive: event.decisive,
    }
}
