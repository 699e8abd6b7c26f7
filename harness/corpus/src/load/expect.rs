//! `expect` and `also_allowed`: what the page must get, and what it may get besides.

use super::exchange::exchanges;
use super::headers::{Reader, headers, line_part, names};
use super::reader::Faults;
use super::request::{list, model_word};
use super::values::body;
use super::yaml::Node;
use crate::case::AlsoAllowed;
use crate::expect::{Expect, ExpectedOutcome, ExpectedResponse};
use crosscheck_fetch::{Leniency, ResponseType};

const KEYS: &[&str] = &[
    "type",
    "status",
    "status_text",
    "readable",
    "hidden",
    "redirected",
    "url",
    "body",
    "decided_by",
    "throws",
];

/// Reads an expected outcome.
pub(crate) fn expect(faults: &Faults, node: &Node<'_>) -> Option<Expect> {
    let fields = faults.fields(node, "expect", KEYS)?;
    let throws = match fields.get("throws") {
        Some(node) => {
            faults.word::<TypeErrorWord>(node, "throws", &["TypeError"])?;
            true
        }
        None => false,
    };
    let response_type = list!(faults, fields, "type", ResponseType);
    let only = match (throws, response_type) {
        (true, _) => Some("throws"),
        (false, Some(ResponseType::Error)) => Some("type: error"),
        _ => None,
    };
    if let Some(only) = only {
        let first = if throws { "throws" } else { "type" };
        for entry in fields.keys() {
            if KEYS.contains(&entry.key.as_ref()) && entry.key != first && entry.key != "decided_by" {
                let message = format!(
                    "`{only}` takes no other key but `decided_by`, and here is `{}`",
                    entry.key
                );
                faults.add(entry.key_at, message, "a page learns nothing about an error: remove it");
            }
        }
    }
    let decided_by = fields
        .get("decided_by")
        .and_then(|n| faults.string(n, "decided_by"))
        .map(|id| faults.shared_step(id));
    let response = ExpectedResponse {
        response_type,
        status: fields.get("status").and_then(|n| faults.int(n, "status", 0, 999)),
        status_text: fields
            .get("status_text")
            .and_then(|n| line_part(faults, n, "status_text")),
        readable: fields
            .get("readable")
            .map(|n| headers(faults, n, Reader::Wire))
            .unwrap_or_default(),
        hidden: fields
            .get("hidden")
            .and_then(|n| names(faults, n, "hidden"))
            .unwrap_or_default(),
        redirected: fields.get("redirected").and_then(|n| faults.boolean(n, "redirected")),
        url: fields.get("url").and_then(|n| faults.string(n, "url")),
        body: fields.get("body").and_then(|n| body(faults, n, "body")),
    };
    let outcome = if throws {
        ExpectedOutcome::Throws
    } else {
        ExpectedOutcome::Response(response)
    };
    Some(Expect { outcome, decided_by })
}

/// The one word that `throws` takes.
struct TypeErrorWord;

impl std::str::FromStr for TypeErrorWord {
    type Err = ();
    fn from_str(word: &str) -> Result<Self, ()> {
        if word == "TypeError" { Ok(Self) } else { Err(()) }
    }
}

/// Reads `also_allowed`.
pub(crate) fn also_allowed(faults: &Faults, node: &Node<'_>, websocket: bool) -> Vec<AlsoAllowed> {
    let read = |item| {
        let fields = faults.fields(
            item,
            "an entry of `also_allowed`",
            &["leniency", "reason", "exchange", "expect"],
        )?;
        let reason = fields.need(faults, "reason").and_then(|n| faults.string(n, "reason"));
        fields.need(faults, "leniency")?;
        Some(AlsoAllowed {
            leniency: list!(faults, fields, "leniency", Leniency)?,
            reason: reason?,
            exchange: fields.get("exchange").map(|n| exchanges(faults, n, websocket)),
            expect: fields.get("expect").and_then(|n| expect(faults, n)),
        })
    };
    faults.list(node, "also_allowed", read).unwrap_or_default()
}
