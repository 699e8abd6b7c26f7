//! Fills the parameters of a path from the examples, defaults and enums of a document.

use super::openapi::Document;
use serde_yaml::Value;
use std::collections::BTreeMap;

/// The maximum length of a value.
const MAX_VALUE: usize = 200;

/// The parameters of a route that are in the path, and those of the query that are required.
#[derive(Default)]
pub(super) struct Parameters {
    path: BTreeMap<String, String>,
    query: BTreeMap<String, String>,
}

impl Parameters {
    /// Collects the parameters of a path and of its GET, which come first.
    pub(super) fn of(document: &Document, path: &Value, get: &Value) -> Self {
        let mut found = Self::default();
        for owner in [path, get] {
            let list = owner.get("parameters").and_then(Value::as_sequence);
            for parameter in list.into_iter().flatten() {
                let parameter = document.resolve(parameter);
                let text = |key: &str| parameter.get(key).and_then(Value::as_str);
                let (Some(name), Some(value)) = (text("name"), value(document, parameter)) else {
                    continue;
                };
                let is_required = parameter.get("required").and_then(Value::as_bool) == Some(true);
                match text("in") {
                    Some("path") => _ = found.path.insert(name.to_owned(), value),
                    Some("query") if is_required => _ = found.query.insert(name.to_owned(), value),
                    _ => {}
                }
            }
        }
        found
    }
}

/// The value of a parameter.
fn value(document: &Document, parameter: &Value) -> Option<String> {
    let schema = document.resolve(parameter.get("schema").unwrap_or(&Value::Null));
    let first_of_map = |value: Option<&Value>| {
        let (_, example) = value?.as_mapping()?.iter().next()?;
        document.resolve(example).get("value").cloned()
    };
    let candidates = [
        parameter.get("example").cloned(),
        parameter.get("x-example").cloned(),
        first_of_map(parameter.get("examples")),
        schema.get("example").cloned(),
        schema.get("examples").and_then(|e| e.get(0)).cloned(),
        parameter.get("default").cloned(),
        schema.get("default").cloned(),
        parameter.get("enum").and_then(|e| e.get(0)).cloned(),
        schema.get("enum").and_then(|e| e.get(0)).cloned(),
    ];
    candidates.into_iter().flatten().find_map(|value| scalar(&value))
}

fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text.len() <= MAX_VALUE).then_some(text)
}

/// The path and the query with their values, or the name of a parameter without one.
pub(super) fn fill(template: &str, parameters: &Parameters) -> Result<(String, String), String> {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        let value = parameters.path.get(name).ok_or_else(|| name.to_owned())?;
        path.push_str(before);
        path.push_str(&encoded(value));
        rest = after;
    }
    path.push_str(rest);
    let pairs = parameters.query.iter();
    let pairs: Vec<_> = pairs.map(|(n, v)| format!("{}={}", encoded(n), encoded(v))).collect();
    Ok((path, pairs.join("&")))
}

/// The text for one segment of a path or one value of a query.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
