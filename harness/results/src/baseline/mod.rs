//! The known deviations of a subject: causes that people write, and the exact cases of each cause. A deviation is known if a cause
//! covers its rule or step, its verdict and its case, and the exact list of that cause has the case.
//!
//! This module does no I/O and reads no YAML: it has the causes, reads and writes the exact lists, compares runs with them, computes
//! what a run changes, and edits the text of the causes.

mod cases;
mod cause;
mod change;
mod compare;
mod edit;
mod place;
mod recorded;
mod when;

pub use cases::{CaseLists, LineError, LineFault, ListKey, ReadList, read as read_lists};
pub use cause::{
    Broken, Cause, CauseFault, CauseListFault, CauseName, InvalidName, UNEXPLAINED, check_causes, covers_step,
};
pub use change::{Change, Ran};
pub use compare::BaselineComparison;
pub use edit::{ReadYaml, edit_causes};
pub use place::CaseGlob;
pub use recorded::{Recorded, Recorder};
pub use when::{GeneratedTrial, When};

/// The known deviations of one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    causes: Vec<Cause>,
    lists: CaseLists,
}

impl Baseline {
    /// A baseline of causes that are right, and their exact cases.
    #[must_use]
    pub const fn new(causes: Vec<Cause>, lists: CaseLists) -> Self {
        Self { causes, lists }
    }

    /// Its causes, in the order of the file.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The exact cases of the causes.
    #[must_use]
    pub const fn lists(&self) -> &CaseLists {
        &self.lists
    }
}

/// The JSON Schema of the file that people write.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Vec<Cause>).to_value()
}
