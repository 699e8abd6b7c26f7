//! `exchange`: requests that must come, and their answers.

use super::headers::{self, Reader, headers, line_part, named, names};
use super::reader::Faults;
use super::request::{list, model_word};
use super::values::{body, body_match, raw};
use super::yaml::{Node, Value, short};
use crate::case::{CaseResponse, Exchange, HeaderMatch, RequestMatch};
use crate::words::FailKind;
use crosscheck_fetch::{HeaderList, Leniency};
use std::borrow::Cow;

/// Reads a list of exchanges. A status of 101 is legal for a WebSocket handshake only.
pub(crate) fn exchanges(faults: &Faults, node: &Node<'_>, websocket: bool) -> Vec<Exchange> {
    faults
        .list(node, "exchange", |item| exchange(faults, item, websocket))
        .unwrap_or_default()
}

fn exchange(faults: &Faults, node: &Node<'_>, websocket: bool) -> Option<Exchange> {
    let fields = faults.fields(node, "an exchange", &["request", "response", "optional"])?;
    let request = fields.get("request").and_then(|n| request_match(faults, n));
    let optional = list!(faults, fields, "optional", Leniency);
    let response = response(faults, fields.need(faults, "response")?, websocket)?;
    Some(Exchange {
        request,
        response,
        optional,
    })
}

fn request_match(faults: &Faults, node: &Node<'_>) -> Option<RequestMatch> {
    let fields = faults.fields(
        node,
        "an exchange's request",
        &["method", "url", "headers", "absent", "body"],
    )?;
    Some(RequestMatch {
        method: fields.get("method").and_then(|n| headers::method(faults, n)),
        url: fields.get("url").and_then(|n| faults.url(n, "url")).map(Box::new),
        headers: match fields.get("headers").map(|n| (n, &n.value)) {
            Some((node, Value::List(_))) => {
                let pairs = headers(faults, node, Reader::Wire);
                pairs.into_iter().map(|(n, v)| (n, HeaderMatch::Is(v))).collect()
            }
            Some((node, _)) => named(faults, node, Reader::Wire, |value, name| {
                header_match(faults, value, name)
            }),
            None => Vec::new(),
        },
        absent: fields
            .get("absent")
            .and_then(|n| names(faults, n, "absent"))
            .unwrap_or_default(),
        body: fields.get("body").and_then(|n| body_match(faults, n)),
    })
}

fn header_match(faults: &Faults, node: &Node<'_>, name: &str) -> Option<HeaderMatch> {
    let Value::Map(_) = &node.value else {
        return line_part(faults, node, name).map(HeaderMatch::Is);
    };
    let fields = faults.fields(node, "a header's expectation", &["any", "not"])?;
    match (fields.get("any"), fields.get("not")) {
        (None, Some(not)) => line_part(faults, not, "not").map(HeaderMatch::Not),
        (Some(any), None) if faults.boolean(any, "any") == Some(true) => Some(HeaderMatch::Any),
        _ => {
            let message = format!(
                "the expectation of `{}` is neither a value nor {{any: true}} nor {{not: ..}}",
                short(name)
            );
            faults.add(node.at, message, "write one of the three");
            None
        }
    }
}

fn response(faults: &Faults, node: &Node<'_>, websocket: bool) -> Option<CaseResponse> {
    const KEYS: [&str; 6] = ["status", "status_text", "headers", "body", "raw", "fail"];
    let fields = faults.fields(node, "a response", &KEYS)?;
    for alone in ["raw", "fail"] {
        let Some(value) = fields.get(alone) else { continue };
        if let Some(other) = fields.keys().find(|e| e.key != alone && KEYS.contains(&e.key.as_ref())) {
            let message = format!("a response with `{alone}` has no `{}`", other.key);
            faults.add(
                other.key_at,
                message,
                format!("`{alone}` is all there is on the wire: remove the one or the other"),
            );
        }
        return match alone {
            "raw" => raw(faults, value).map(CaseResponse::Raw),
            _ => faults.word(value, "fail", FailKind::WORDS).map(CaseResponse::Fail),
        };
    }
    let min = if websocket { 101 } else { 200 };
    let status = fields
        .get("status")
        .map_or(Some(200), |n| faults.int(n, "status", min, 999));
    let status_text = fields
        .get("status_text")
        .map_or(Some(Cow::Borrowed(&b""[..])), |n| line_part(faults, n, "status_text"));
    let headers: HeaderList = match fields.get("headers") {
        Some(node) => headers(faults, node, Reader::Wire).into_iter().collect(),
        None => HeaderList::new(),
    };
    let body = fields.get("body").map_or(Some(Vec::new()), |n| body(faults, n, "body"));
    Some(CaseResponse::Parts {
        status: status?,
        status_text: status_text?,
        headers,
        body: body?,
    })
}
