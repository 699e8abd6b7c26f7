//! The JSON Schema of `subject.yaml`, for editors.

use super::description::Description;
use crosscheck_corpus::policy::Globbing;
use crosscheck_corpus::{Flag, words::Need};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};
use std::borrow::Cow;

/// The schema of a capability flag: the list of its words.
pub(super) struct FlagWord;

impl JsonSchema for FlagWord {
    fn schema_name() -> Cow<'static, str> {
        "Flag".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Flag::ALL.iter().map(|flag| flag.as_str()).collect();
        json_schema!({ "description": "A capability of a library.", "enum": words })
    }
}

/// The schema of a word of `needs`: the list of the words.
pub(super) struct NeedWord;

impl JsonSchema for NeedWord {
    fn schema_name() -> Cow<'static, str> {
        "Need".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Need::ALL.iter().map(|need| need.as_str()).collect();
        json_schema!({ "description": "A requirement of a case for a subject.", "enum": words })
    }
}

/// The schema of `globbing`: the list of its words.
pub(super) struct GlobbingWord;

impl JsonSchema for GlobbingWord {
    fn schema_name() -> Cow<'static, str> {
        "Globbing".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "What a `*` of a pattern of origins matches.", "enum": Globbing::WORDS })
    }
}

/// Generates the schema.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_for!(Description).to_value()
}
