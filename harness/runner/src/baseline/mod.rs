//! The known deviations of a subject, in two files: reading them, comparing a run with them, writing them, linting them.
//!
//! `reports/baselines/<subject>.yaml` is written by hand: the causes, with reasons. `reports/baselines/cases/<subject>.txt` is
//! written only by `--update-baseline`: the exact cases of each cause. A deviation is known if a cause covers its rule or step,
//! its verdict and its case, and the exact list of that cause has the case.

mod cases;
mod cause;
mod change;
mod compare;
mod error;
pub mod lint;
mod pattern;
mod place;
mod text;
mod update;

pub use crate::version::VersionRange;
pub use cases::{CaseLists, LineError, LineFault, ListKey};
pub use cause::{Broken, Cause, CauseFault, CauseName, InvalidName, UNEXPLAINED};
pub use compare::BaselineComparison;
pub use error::{BaselineError, CausesError, FileError, FormatError, Place};
pub use pattern::PatternError;
pub use place::{CaseGlob, InvalidGlob};
pub use update::{Recorded, Recorder, Updated, update};

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The largest file of a baseline.
const MAX_FILE: u64 = 16 << 20;

/// The known deviations of one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    causes: Vec<Cause>,
    lists: CaseLists,
}

impl Baseline {
    /// Reads the baseline of a subject; a file that does not exist counts as empty.
    ///
    /// # Errors
    /// If a file cannot be read or is not in its format.
    pub fn load(folder: &Path, subject: &str) -> Result<Self, BaselineError> {
        Ok(Files::read(folder, subject)?.baseline)
    }

    /// Reads the texts of both files.
    ///
    /// # Errors
    /// If one of them is not in its format.
    pub fn parse(causes: &str, cases: &str) -> Result<Self, FormatError> {
        Ok(Self {
            causes: parse_causes(causes)?,
            lists: CaseLists::parse(cases)?,
        })
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

/// Reads the text of the file that people write.
fn parse_causes(text: &str) -> Result<Vec<Cause>, CausesError> {
    let causes: Option<Vec<Cause>> = serde_yaml::from_str(text)?;
    let causes = causes.unwrap_or_default();
    let mut names = HashSet::new();
    for cause in &causes {
        cause.check().map_err(|fault| CausesError::Cause {
            cause: cause.name.clone(),
            fault,
        })?;
        if !names.insert(cause.name.as_str()) {
            return Err(CausesError::Twice(cause.name.clone()));
        }
    }
    Ok(causes)
}

/// The two files of a baseline as they are on disk.
#[derive(Debug, Default)]
struct Files {
    causes_path: PathBuf,
    causes: String,
    cases_path: PathBuf,
    cases: String,
    baseline: Baseline,
}

impl Files {
    fn read(folder: &Path, subject: &str) -> Result<Self, BaselineError> {
        let (causes_path, cases_path) = (causes_file(folder, subject), cases_file(folder, subject));
        let causes = error::read(&causes_path, MAX_FILE)?.unwrap_or_default();
        let cases = error::read(&cases_path, MAX_FILE)?.unwrap_or_default();
        let format = |path: &Path, source: FormatError| FileError::Format {
            path: path.to_owned(),
            place: source.place(),
            source,
        };
        let baseline = Baseline {
            causes: parse_causes(&causes).map_err(|e| format(&causes_path, e.into()))?,
            lists: CaseLists::parse(&cases).map_err(|e| format(&cases_path, e.into()))?,
        };
        Ok(Self {
            causes_path,
            causes,
            cases_path,
            cases,
            baseline,
        })
    }
}

/// The file of a subject that people write.
fn causes_file(folder: &Path, subject: &str) -> PathBuf {
    folder.join(format!("{subject}.yaml"))
}

/// The folder of the exact lists.
fn cases_folder(folder: &Path) -> PathBuf {
    folder.join("cases")
}

/// The file of a subject's exact lists.
fn cases_file(folder: &Path, subject: &str) -> PathBuf {
    cases_folder(folder).join(format!("{subject}.txt"))
}

/// The JSON Schema of the file that people write.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Vec<Cause>).to_value()
}
