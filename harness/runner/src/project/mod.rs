//! `crosscheck.yaml`: the servers and clients that another project tests, and how its runs differ from the defaults.

mod keys;
mod read;
#[cfg(feature = "schema")]
mod schema;

pub use read::{MAX_FILE, read};
#[cfg(feature = "schema")]
pub use schema::schema;

use crate::subject::{Role, Subject};
use std::path::PathBuf;

/// The name of the file.
pub const FILE: &str = "crosscheck.yaml";
/// The folder of the baselines, unless the file names another one.
pub const BASELINE: &str = "crosscheck-baseline";
/// The results file, unless the file names another one.
pub const RESULTS: &str = ".crosscheck/results.jsonl";

/// A project that uses Crosscheck.
#[derive(Clone, Debug)]
pub struct Project {
    /// The servers and clients under test, in the order of the file. All have their own process.
    pub subjects: Vec<Subject>,
    /// The folder of the baselines.
    pub baseline: PathBuf,
    /// The results file.
    pub results: PathBuf,
    /// Files and folders of cases, in addition to the corpus of the program.
    pub cases: Vec<PathBuf>,
    /// Whether the cases of the program run as well.
    pub has_corpus: bool,
    /// The filters of a run without filters.
    pub filters: Vec<String>,
    /// The reports to write, each `FORMAT=FILE`.
    pub reports: Vec<String>,
    /// The conditions for exit code 1, as those of `--fail-on`.
    pub fail_on: Vec<String>,
    /// How many listeners of a subject are tested at the same time.
    pub jobs: Option<u64>,
    /// The time limit for one case, in seconds.
    pub timeout: Option<u64>,
}

impl Project {
    /// The names of the subjects with a role.
    pub fn names(&self, role: Role) -> impl Iterator<Item = &str> {
        let has_role = move |subject: &&Subject| subject.description.role == role;
        self.subjects
            .iter()
            .filter(has_role)
            .map(|subject| subject.name.as_str())
    }
}

#[cfg(test)]
mod tests;
