//! Globs over case ids: where the cases of a cause are.

use crosscheck_text::{Glob, GlobError};
use serde::Deserialize;
use std::fmt;
use std::str::FromStr;

/// A glob over case ids, as a cause has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct CaseGlob(Glob);

impl CaseGlob {
    /// Returns whether a case id matches.
    #[must_use]
    pub fn matches(&self, id: &str) -> bool {
        self.0.matches(id)
    }
}

impl FromStr for CaseGlob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl TryFrom<String> for CaseGlob {
    type Error = GlobError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for CaseGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for CaseGlob {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CaseGlob".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A glob over case ids: `*` matches any text, `{a,b}` either alternative.",
            "type": "string",
            "minLength": 1,
        })
    }
}
