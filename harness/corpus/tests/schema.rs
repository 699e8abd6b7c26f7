//! The schemas accept every file of the corpus, and reject the wrong shapes that the loader rejects.

use crosscheck_corpus::schema::{case_schema, policy_schema};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Implements the keywords of JSON Schema that the schemas use.
fn accepts(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let Some(schema) = schema.as_object() else {
        return Ok(());
    };
    for (word, rule) in schema {
        let holds = match word.as_str() {
            "$ref" => {
                let name = rule
                    .as_str()
                    .and_then(|r| r.strip_prefix("#/$defs/"))
                    .expect("a local reference");
                accepts(root, &root["$defs"][name], value)?;
                true
            }
            "type" => {
                let is = |name: &Value| match name.as_str() {
                    Some("object") => value.is_object(),
                    Some("array") => value.is_array(),
                    Some("string") => value.is_string(),
                    Some("integer") => value.is_i64() || value.is_u64(),
                    Some("boolean") => value.is_boolean(),
                    Some("null") => value.is_null(),
                    other => panic!("unknown type {other:?}"),
                };
                rule.as_array().map_or_else(|| is(rule), |names| names.iter().any(is))
            }
            "enum" => rule.as_array().is_some_and(|all| all.contains(value)),
            "const" => rule == value,
            "anyOf" => {
                let all = rule.as_array().expect("a list");
                let tried: Vec<_> = all.iter().map(|s| accepts(root, s, value)).collect();
                if tried.iter().all(Result::is_err) {
                    let why: Vec<String> = tried.into_iter().filter_map(Result::err).collect();
                    return Err(format!("none of [{}]", why.join(" | ")));
                }
                true
            }
            "pattern" => value.as_str().is_none_or(|text| {
                regex_lite::Regex::new(rule.as_str().expect("a pattern"))
                    .expect("compiles")
                    .is_match(text)
            }),
            "minimum" => value.as_i64().is_none_or(|n| Some(n) >= rule.as_i64()),
            "maximum" => value.as_i64().is_none_or(|n| Some(n) <= rule.as_i64()),
            "minItems" => value.as_array().is_none_or(|a| Some(a.len() as u64) >= rule.as_u64()),
            "maxItems" => value.as_array().is_none_or(|a| Some(a.len() as u64) <= rule.as_u64()),
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    accepts(root, rule, item)?;
                }
                true
            }
            "required" => {
                let names = rule.as_array().into_iter().flatten().filter_map(Value::as_str);
                value
                    .as_object()
                    .is_none_or(|o| names.into_iter().all(|n| o.contains_key(n)))
            }
            "properties" => {
                for (key, item) in value.as_object().into_iter().flatten() {
                    if let Some(rule) = rule.get(key) {
                        accepts(root, rule, item).map_err(|e| format!("{key}: {e}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                for (key, item) in value.as_object().into_iter().flatten() {
                    if schema.get("properties").and_then(|p| p.get(key)).is_none() {
                        if rule == &json!(false) {
                            return Err(format!("the key {key}"));
                        }
                        accepts(root, rule, item).map_err(|e| format!("{key}: {e}"))?;
                    }
                }
                true
            }
            "$schema" | "$defs" | "title" | "description" => true,
            other => panic!("unknown word {other}"),
        };
        if !holds {
            return Err(format!("{word} {rule} refuses {value}"));
        }
    }
    Ok(())
}

fn check(schema: &Value, text: &str) -> Result<(), String> {
    let value: Value = serde_yaml::from_str(text).map_err(|e| e.to_string())?;
    accepts(schema, schema, &value)
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "yaml") {
            out.push(path);
        }
    }
}

#[test]
fn the_schemas_accept_every_file_of_the_corpus() {
    let cases = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"));
    let mut all = Vec::new();
    files(&cases, &mut all);
    let (case, policy) = (case_schema(), policy_schema());
    let mut refused = Vec::new();
    for path in all {
        let below = path.strip_prefix(&cases).expect("below");
        if ["steps.yaml", "recall.yaml"].iter().any(|n| below == Path::new(n)) {
            continue;
        }
        let schema = if below.starts_with("policies") { &policy } else { &case };
        let text = std::fs::read_to_string(&path).expect("readable");
        if let Err(error) = check(schema, &text) {
            refused.push(format!("{}: {error}", below.display()));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn the_schemas_reject_wrong_shapes() {
    let schema = case_schema();
    for text in [
        "title: t",
        "title: t\ncases: []",
        "title: t\ncases: [{id: a, title: t, unknown: 1}]",
        "title: t\ncases: [{id: Not Good, title: t}]",
        "title: t\ncases: [{id: a, title: t, request: {mode: corz}}]",
        "title: t\ncases: [{id: a, title: t, request: {headers: {X: 1}}}]",
        "title: t\ncases: [{id: a, title: t, exchange: [{response: {status: 1000}}]}]",
    ] {
        assert!(check(&schema, text).is_err(), "{text}");
    }
    for text in [
        "title: t\npolicy: {}",
        "title: t\npolicy: {origins: {any: false}}",
        "title: t\npolicy: {origins: {any: true}, methods: all}",
    ] {
        assert!(check(&policy_schema(), text).is_err(), "{text}");
    }
}

#[test]
fn the_committed_schemas_are_up_to_date() {
    for (name, schema) in [("case", case_schema()), ("policy", policy_schema())] {
        let path = format!("{}/../../cases/schema/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let Ok(committed) = std::fs::read_to_string(&path) else {
            continue;
        };
        let committed: Value = serde_json::from_str(&committed).expect("JSON");
        assert!(
            committed == schema,
            "cases/schema/{name}.schema.json is out of date: run `cargo xtask schema`"
        );
    }
}
