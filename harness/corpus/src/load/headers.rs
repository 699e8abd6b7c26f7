//! Headers, methods and status texts: what becomes part of a line on the wire.

use super::reader::Faults;
use super::yaml::{At, Node, Value, short};
use crosscheck_fetch::{ByteString, is_token};
use std::collections::HashSet;

/// Who reads the bytes of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The API that a page calls, which trims values and throws at what is no header.
    Api,
    /// A parser of HTTP messages. A line end makes two lines of one there, and what is no name is no header.
    Wire,
}

/// Headers: a map, or a list of `[name, value]` pairs.
pub(crate) fn headers(faults: &Faults, node: &Node<'_>, reader: Reader) -> Vec<(ByteString, ByteString)> {
    let what = "headers";
    match &node.value {
        Value::List(pairs) => pairs
            .iter()
            .filter_map(|pair| header_pair(faults, pair, reader))
            .collect(),
        Value::Map(_) => named(faults, node, reader, |value, name| {
            header_value(faults, value, name, reader)
        }),
        _ => {
            let message = format!(
                "`{what}` must be a map or a list of [name, value] pairs, not {}",
                node.describe()
            );
            faults.add(
                node.at,
                message,
                "write `Name: \"value\"` lines, or [[Name, \"value\"], ..] where order or repeats matter",
            );
            Vec::new()
        }
    }
}

/// A map whose keys are header names, each once, case ignored.
pub(crate) fn named<T>(
    faults: &Faults,
    node: &Node<'_>,
    reader: Reader,
    mut read: impl FnMut(&Node<'_>, &str) -> Option<T>,
) -> Vec<(ByteString, T)> {
    let entries = faults.entries(node, "headers").unwrap_or_default();
    let mut seen = HashSet::new();
    let mut out = Vec::with_capacity(entries.len());
    for entry in entries {
        // Null removes a default.
        if entry.value.is_null() && !matches!(&entry.value.value, Value::Scalar(t, _) if t.eq_ignore_ascii_case("null"))
        {
            let message = format!("the header `{}` has no value", short(&entry.key));
            faults.add(
                entry.value.at,
                message,
                "quote it: \"\" is the empty value; the word null removes a default",
            );
            continue;
        }
        if entry.value.is_null() {
            continue;
        }
        if !seen.insert(entry.key.to_ascii_lowercase()) {
            let message = format!("the header `{}` appears twice in one map", short(&entry.key));
            faults.add(
                entry.key_at,
                message,
                "write a list of [name, value] pairs where a name repeats",
            );
            continue;
        }
        let name = faults.isomorphic(&entry.key, entry.key_at, "headers");
        let name = name.filter(|name| reader == Reader::Api || is_name(faults, name, entry.key_at));
        let value = read(&entry.value, &entry.key);
        if let (Some(name), Some(value)) = (name, value) {
            out.push((name, value));
        }
    }
    out
}

fn header_pair(faults: &Faults, pair: &Node<'_>, reader: Reader) -> Option<(ByteString, ByteString)> {
    match &pair.value {
        Value::List(items) if items.len() == 2 => {
            let name = match reader {
                Reader::Api => faults.bytes(&items[0], "header name"),
                Reader::Wire => name(faults, &items[0], "header name"),
            };
            let shown = match &items[0].value {
                Value::Scalar(text, _) => text.as_ref(),
                _ => "value",
            };
            let value = header_value(faults, &items[1], shown, reader);
            Some((name?, value?))
        }
        _ => {
            let message = format!("a header in a list is a pair [name, value], not {}", pair.describe());
            faults.add(pair.at, message, "write [Name, \"value\"]");
            None
        }
    }
}

fn header_value(faults: &Faults, node: &Node<'_>, name: &str, reader: Reader) -> Option<ByteString> {
    match reader {
        Reader::Api => faults.bytes(node, name),
        Reader::Wire => line_part(faults, node, name),
    }
}

/// Bytes that are part of a line on the wire: without line ends and NUL.
pub(crate) fn line_part(faults: &Faults, node: &Node<'_>, what: &str) -> Option<ByteString> {
    let bytes = faults.bytes(node, what)?;
    let Some(bad) = bytes.iter().find(|b| matches!(b, b'\r' | b'\n' | 0)) else {
        return Some(bytes);
    };
    let message = format!(
        "`{}` has {}, which cannot be in a line on the wire",
        short(what),
        named_byte(*bad)
    );
    faults.add(
        node.at,
        message,
        "remove it, or write the whole response byte by byte with `raw`; two headers are a list of [name, value] pairs",
    );
    None
}

/// The name of a header on the wire.
pub(crate) fn name(faults: &Faults, node: &Node<'_>, what: &str) -> Option<ByteString> {
    faults.bytes(node, what).filter(|name| is_name(faults, name, node.at))
}

fn is_name(faults: &Faults, name: &[u8], at: At) -> bool {
    token(
        faults,
        name,
        at,
        "the header name",
        "write letters, digits and !#$%&'*+-.^_`|~ only; a response with another name is written byte by byte with `raw`",
    )
}

/// The method of a request on the wire.
pub(crate) fn method(faults: &Faults, node: &Node<'_>) -> Option<ByteString> {
    let help = "write letters, digits and !#$%&'*+-.^_`|~ only: any other byte makes another request line of it";
    faults
        .bytes(node, "method")
        .filter(|method| token(faults, method, node.at, "the method", help))
}

fn token(faults: &Faults, bytes: &[u8], at: At, what: &str, help: &str) -> bool {
    if is_token(bytes) {
        return true;
    }
    let message = match bytes.iter().find(|b| !is_token(&[**b])) {
        Some(bad) => {
            let shown: String = bytes.iter().copied().map(char::from).collect();
            format!("{what} {:?} has {}", short(&shown), named_byte(*bad))
        }
        None => format!("{what} is empty"),
    };
    faults.add(at, message, help);
    false
}

/// A byte in words.
fn named_byte(byte: u8) -> String {
    let name = match byte {
        b'\r' => "a carriage return",
        b'\n' => "a line feed",
        0 => "a NUL",
        b' ' => "a space",
        b'\t' => "a tab",
        b':' => "a colon",
        0x21..=0x7E => return format!("the character `{}`", char::from(byte)),
        _ => return format!("the byte 0x{byte:02X}"),
    };
    format!("{name} (0x{byte:02X})")
}

/// Header names in a list.
pub(crate) fn names(faults: &Faults, node: &Node<'_>, what: &str) -> Option<Vec<ByteString>> {
    faults.list(node, what, |item| name(faults, item, what))
}
