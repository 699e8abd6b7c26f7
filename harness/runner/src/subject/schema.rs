//! The JSON Schema of `subject.yaml`, for editors.

use super::description::Description;
use crosscheck_corpus::{Flag, words::Need};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};
use std::borrow::Cow;

/// A capability flag, where a schema wants its words.
pub(super) struct FlagWord;

impl JsonSchema for FlagWord {
    fn schema_name() -> Cow<'static, str> {
        "Flag".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Flag::ALL.iter().map(|flag| flag.as_str()).collect();
        json_schema!({ "description": "What a library can express.", "enum": words })
    }
}

/// A word of `needs`, where a schema wants its words.
pub(super) struct NeedWord;

impl JsonSchema for NeedWord {
    fn schema_name() -> Cow<'static, str> {
        "Need".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Need::ALL.iter().map(|need| need.as_str()).collect();
        json_schema!({ "description": "What a case needs of a subject.", "enum": words })
    }
}

/// The schema.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_for!(Description).to_value()
}
