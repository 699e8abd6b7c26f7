//! The committed list of a subject's known deviations: reading it, what a run says of it, writing it anew, linting it.

mod change;
pub mod lint;
mod settle;
mod text;
mod update;
mod versions;

pub use settle::Settling;
pub use update::{Recorded, Recorder, Updated, update};
pub use versions::matches_version;

use crosscheck_results::{Deviation, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The largest baseline.
const MAX_FILE: u64 = 16 << 20;

/// The reason of an entry that nobody has looked at yet. A run takes it; lint does not.
pub const UNEXPLAINED: &str = "unexplained";

/// One cause of known deviations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name.
    pub cause: String,
    /// The rule that is broken; for servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The step that is broken; for clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// How bad it is.
    pub verdict: Verdict,
    /// The versions it holds for: `>=2.8`, `<3`, `=1.2.3`, several joined by `,`; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Where it is reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// The cases.
    pub cases: Vec<String>,
}

impl Entry {
    /// Whether it holds for a version of the subject.
    #[must_use]
    pub fn holds(&self, version: &str) -> bool {
        let within = |range| matches_version(range, version).unwrap_or(true);
        self.versions.as_deref().is_none_or(within)
    }

    /// Whether it is about what the deviation breaks.
    fn is_about(&self, deviation: &Deviation) -> bool {
        match (&self.rule, &self.step) {
            (Some(rule), _) => deviation.rule.as_ref() == Some(rule),
            (None, step) => deviation.rule.is_none() && deviation.step == *step,
        }
    }

    /// Whether it lists a case's deviation.
    fn lists(&self, case: &str, deviation: &Deviation) -> bool {
        self.is_about(deviation) && self.cases.iter().any(|id| id == case)
    }
}

/// The known deviations of one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: Vec<Entry>,
}

/// Why a baseline does not load.
#[derive(Debug, Error)]
pub enum BaselineError {
    /// It cannot be read.
    #[error("cannot read {}: {what}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        what: String,
    },
    /// It is no baseline.
    #[error("{}: {what}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// It cannot be written.
    #[error("cannot write {}: {what}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        what: String,
    },
}

impl Baseline {
    /// Reads the baseline of a subject; a subject without a file has an empty one.
    ///
    /// # Errors
    /// Where the file cannot be read or is no baseline.
    pub fn load(folder: &Path, subject: &str) -> Result<Self, BaselineError> {
        let path = file_of(folder, subject);
        match read(&path)? {
            None => Ok(Self::default()),
            Some(text) => Self::parse(&text).map_err(|what| BaselineError::Yaml { path, what }),
        }
    }

    /// Reads a baseline's text.
    ///
    /// # Errors
    /// Where it is no list of causes, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries: Option<Vec<Entry>> = serde_yaml::from_str(text).map_err(|e| e.to_string())?;
        let entries = entries.unwrap_or_default();
        for entry in &entries {
            if entry.rule.is_some() == entry.step.is_some() {
                return Err(format!(
                    "the cause `{}` needs exactly one of rule and step",
                    entry.cause
                ));
            }
            if let Some(versions) = &entry.versions
                && matches_version(versions, "0").is_none()
            {
                return Err(format!(
                    "`{versions}` is no version range; write >=2.8, <3 or =1.2.3, joined by commas"
                ));
            }
        }
        Ok(Self { entries })
    }

    /// Its causes.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// The file of a subject.
fn file_of(folder: &Path, subject: &str) -> PathBuf {
    folder.join(format!("{subject}.yaml"))
}

/// The text of a file, within bounds; `None` where there is no file.
fn read(path: &Path) -> Result<Option<String>, BaselineError> {
    let fail = |what: String| BaselineError::Read {
        path: path.to_owned(),
        what,
    };
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(fail(e.to_string())),
        Ok(meta) if !meta.is_file() => return Err(fail("it is no regular file".to_owned())),
        Ok(meta) if meta.len() > MAX_FILE => return Err(fail(format!("longer than {MAX_FILE} bytes"))),
        Ok(_) => {}
    }
    std::fs::read_to_string(path).map(Some).map_err(|e| fail(e.to_string()))
}
