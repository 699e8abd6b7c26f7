//! The YAML of the causes.

use super::error::CausesError;
use crosscheck_results::baseline::{Cause, ReadYaml, check_causes};
use serde_yaml::Value;

/// Reads the text of the file that people write.
pub(super) fn parse_causes(text: &str) -> Result<Vec<Cause>, CausesError> {
    let causes: Option<Vec<Cause>> = serde_yaml::from_str(text)?;
    let causes = causes.unwrap_or_default();
    check_causes(&causes)?;
    Ok(causes)
}

/// The reader of YAML with which texts of causes are edited.
pub(super) struct SerdeYaml;

impl ReadYaml for SerdeYaml {
    fn causes(&self, text: &str) -> Option<Vec<Cause>> {
        parse_causes(text).ok()
    }

    fn is_plain(&self, text: &str) -> bool {
        matches!(serde_yaml::from_str(text), Ok(Value::String(read)) if read == text)
    }
}
