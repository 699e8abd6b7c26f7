//! Small pieces of a schema.

use serde_json::{Map, Value, json};

/// A whole schema with its definitions.
pub(super) fn root(title: &str, body: Value) -> Value {
    let mut out = Map::new();
    out.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    out.insert("title".to_owned(), json!(title));
    if let Value::Object(body) = body {
        out.extend(body);
    }
    out.insert("$defs".to_owned(), definitions());
    Value::Object(out)
}

/// A map of which every key is known.
pub(super) fn object(description: &str, required: &[&str], properties: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> = properties.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    json!({
        "type": "object",
        "description": description,
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// A value with an explanation.
pub(super) fn described(description: &str, schema: Value) -> Value {
    let mut out = Map::new();
    out.insert("description".to_owned(), json!(description));
    if let Value::Object(schema) = schema {
        out.extend(schema);
    }
    Value::Object(out)
}

/// A reference to a definition.
pub(super) fn of(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A string.
pub(super) fn string() -> Value {
    json!({ "type": "string" })
}

/// A list.
pub(super) fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// One of several.
pub(super) fn any_of(options: Vec<Value>) -> Value {
    json!({ "anyOf": options })
}

/// A word of a closed list, or a row's value.
pub(super) fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    any_of(vec![
        json!({ "enum": words.into_iter().collect::<Vec<_>>() }),
        of("template"),
    ])
}

/// A whole number, or a row's value.
pub(super) fn int(min: i64, max: i64) -> Value {
    any_of(vec![
        json!({ "type": "integer", "minimum": min, "maximum": max }),
        of("template"),
    ])
}

/// A boolean, or a row's value.
pub(super) fn boolean() -> Value {
    any_of(vec![json!({ "type": "boolean" }), of("template")])
}

/// The same, or null, which removes a default.
pub(super) fn or_null(schema: Value) -> Value {
    any_of(vec![schema, json!({ "type": "null" })])
}

fn definitions() -> Value {
    let pair = json!({ "type": "array", "items": string(), "minItems": 2, "maxItems": 2 });
    let named = json!({ "type": "object", "additionalProperties": { "type": ["string", "null"] } });
    let strings = json!({ "type": "object", "additionalProperties": string() });
    let hex = object(
        "Bytes, two hexadecimal digits each.",
        &["hex"],
        &[("hex", json!({ "type": ["string", "integer"] }))],
    );
    json!({
        "template": described("The value of a row.", json!({ "type": "string", "pattern": "^\\$\\{" })),
        "headers": described(
            "Headers: a map, or a list of [name, value] pairs where order or repeats matter. Values are strings: quote what looks like something else.",
            any_of(vec![named, list(pair), of("template")]),
        ),
        "strings": strings,
        "hex": hex,
        "body": any_of(vec![string(), of("hex")]),
    })
}
