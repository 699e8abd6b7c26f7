//! The catalogue: every testable requirement of the standard.

use crosscheck_text::StepId;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use thiserror::Error;

/// Whom a requirement binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AppliesTo {
    /// Browsers and other clients.
    Client,
    /// Servers.
    Server,
    /// Both.
    Both,
}

/// How binding a requirement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepLevel {
    /// Binding.
    Must,
    /// Optional, or the standard's "should".
    May,
    /// Informative, or ambiguous.
    Note,
}

impl StepLevel {
    /// The word as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::May => "may",
            Self::Note => "note",
        }
    }
}

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its id, `group/name`.
    pub id: StepId,
    /// The fragment in the standard, with `#`.
    pub anchor: String,
    /// Whom it binds.
    pub applies_to: AppliesTo,
    /// How much.
    pub level: StepLevel,
    /// A summary, in the catalogue's own words.
    pub summary: String,
    /// Concrete inputs that are worth a case.
    #[serde(default)]
    pub boundaries: Vec<String>,
    /// Why the model leaves it out, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_model: Option<String>,
    /// Why no case can cover its other side, if none can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_sided: Option<String>,
}

impl Step {
    /// The requirement's place in the standard.
    #[must_use]
    pub fn link(&self) -> String {
        format!("https://fetch.spec.whatwg.org/{}", self.anchor)
    }
}

/// Why a catalogue does not load.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// It is no list of steps.
    #[error("the catalogue does not load: {0}")]
    Yaml(#[from] serde_yaml::Error),
    /// An id appears twice.
    #[error("the step `{0}` appears twice in the catalogue")]
    Twice(StepId),
}

/// All requirements, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    steps: Vec<Step>,
    index: HashMap<StepId, usize>,
}

static EMBEDDED: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    // A test holds that the embedded file loads.
    Arc::new(Catalogue::load(EMBEDDED_TEXT).unwrap_or_default())
});
/// The catalogue that the program was built with.
pub(crate) const EMBEDDED_TEXT: &str = include_str!("../../../cases/steps.yaml");

impl Catalogue {
    /// Reads a catalogue.
    ///
    /// # Errors
    /// Where the text is no list of steps, or names one twice.
    pub fn load(text: &str) -> Result<Self, CatalogueError> {
        let steps: Vec<Step> = serde_yaml::from_str(text)?;
        let mut index = HashMap::with_capacity(steps.len());
        for (i, step) in steps.iter().enumerate() {
            if index.insert(step.id.clone(), i).is_some() {
                return Err(CatalogueError::Twice(step.id.clone()));
            }
        }
        Ok(Self { steps, index })
    }

    /// The catalogue that the program was built with.
    #[must_use]
    pub fn embedded() -> Arc<Self> {
        EMBEDDED.clone()
    }

    /// A step by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Step> {
        self.index.get(id).map(|i| &self.steps[*i])
    }

    /// All steps, in the order of the file.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The id that is most like one that does not exist.
    #[must_use]
    pub fn closest(&self, id: &str) -> Option<&str> {
        crosscheck_text::closest(id, self.steps.iter().map(|s| s.id.as_str()))
    }
}
