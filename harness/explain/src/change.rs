//! Edits of a response. Each is so small that no part of it can be left out.

use crosscheck_fetch::{Answer, ByteString, HeaderList, WireResponse, escape, trim_tab_space};
use serde::Serialize;
use std::fmt;

/// One edit of one answer. Names and values are isomorphic-encoded: each character is one byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "edit", rename_all = "lowercase")]
pub enum Edit {
    /// Give an answer, with this status, where there was none.
    Answer {
        /// The status.
        status: u16,
    },
    /// Change the status.
    Status {
        /// The status.
        status: u16,
    },
    /// Replace all lines with that name by one line.
    Set {
        /// The header's name.
        name: String,
        /// Its value.
        value: String,
        /// The number of lines with that name before.
        lines: usize,
    },
    /// Add items to a header whose value is a list.
    Add {
        /// The header's name.
        name: String,
        /// The items.
        items: Vec<String>,
    },
    /// Delete all lines with that name.
    Delete {
        /// The header's name.
        name: String,
    },
}

/// One edit and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The index of the fetch; 0 except in cases with `then`.
    pub fetch: usize,
    /// The index of the exchange on that fetch's wire, from 0.
    pub exchange: usize,
    /// The edit.
    #[serde(flatten)]
    pub edit: Edit,
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status } => write!(f, "answer with status {status}"),
            Self::Status { status } => write!(f, "status {status}"),
            Self::Set { name, value, lines } => {
                write!(f, "{}: {}", escaped(name), escaped(value))?;
                if *lines > 1 {
                    write!(f, "  (one line in place of {lines})")?;
                }
                Ok(())
            }
            Self::Add { name, items } => {
                let items: Vec<_> = items.iter().map(|i| escaped(i)).collect();
                write!(f, "{}: add {}", escaped(name), items.join(", "))
            }
            Self::Delete { name } => write!(f, "no {}", escaped(name)),
        }
    }
}

fn escaped(text: &str) -> String {
    escape(&bytes(text))
}

/// Decodes an isomorphic-encoded text to bytes.
pub(super) fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect()
}

/// Encodes bytes as isomorphic-encoded text.
pub(super) fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

/// Applies the edits to an answer, in order. An edit of an absent answer does nothing, unless an earlier edit gave an answer.
#[must_use]
pub fn apply<'a>(answer: Option<Answer>, edits: impl Iterator<Item = &'a Edit>) -> Option<Answer> {
    let mut answer = answer;
    for edit in edits {
        if let Edit::Answer { status } = edit {
            answer = Some(Answer::Response(WireResponse {
                status: *status,
                ..WireResponse::default()
            }));
            continue;
        }
        let Some(Answer::Response(response)) = &mut answer else {
            continue;
        };
        match edit {
            Edit::Answer { .. } => {}
            Edit::Status { status } => response.status = *status,
            Edit::Set { name, value, .. } => response.headers.set(bytes(name), bytes(value)),
            Edit::Add { name, items } => add(&mut response.headers, name, items),
            Edit::Delete { name } => response.headers.delete(&bytes(name)),
        }
    }
    answer
}

/// Adds to the last line with that name, or adds a line.
fn add(headers: &mut HeaderList, name: &str, items: &[String]) {
    let name = bytes(name);
    let items = items.iter().map(|i| bytes(i)).collect::<Vec<_>>().join(&b", "[..]);
    let Some(last) = headers.iter().rposition(|h| h.name.eq_ignore_ascii_case(&name)) else {
        headers.push(name, items);
        return;
    };
    let lines = headers.iter().enumerate().map(|(i, h)| {
        let old = trim_tab_space(&h.value);
        let value: ByteString = match () {
            () if i != last => h.value.clone(),
            () if old.is_empty() => items.clone().into(),
            () => [old, b", ", &items].concat().into(),
        };
        (h.name.clone(), value)
    });
    *headers = lines.collect();
}
