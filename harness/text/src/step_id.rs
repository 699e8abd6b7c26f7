//! The ids of requirements.

use crate::id::id;

id! {
    /// The id of a requirement in the catalogue, `<group>/<name>`.
    StepId
}

impl StepId {
    /// The group: the part before the first `/`, or all of it.
    #[must_use]
    pub fn group(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(group, _)| group)
    }

    /// Whether a text is the id, or its group.
    #[must_use]
    pub fn is_named_by(&self, text: &str) -> bool {
        *self.0 == *text || self.group() == text
    }
}
