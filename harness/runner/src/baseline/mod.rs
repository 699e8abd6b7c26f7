//! The baselines of a folder: reading, updating and linting the two files of each subject.
//!
//! `reports/baselines/<subject>.yaml` is written by hand: the causes, with reasons. `reports/baselines/cases/<subject>.txt` is
//! written only by `--update-baseline`: the exact cases of each cause. What they mean is in [`crosscheck_results::baseline`].

mod error;
mod files;
pub mod lint;
mod probed;
mod update;
mod yaml;

pub use error::{BaselineError, CausesError, FileError, FormatError, Place};
pub use probed::{ProbeBaseline, ProbeBaselineError};
pub use update::{Updated, update};

use crosscheck_results::baseline::{Baseline, CaseLists};
use files::Files;
use std::path::Path;
use yaml::parse_causes;

/// Reads the baseline of a subject; a file that does not exist counts as empty.
///
/// # Errors
/// If a file cannot be read or is not in its format.
pub fn load(folder: &Path, subject: &str) -> Result<Baseline, BaselineError> {
    Ok(Files::read(folder, subject)?.baseline)
}

/// Reads the texts of both files.
///
/// # Errors
/// If one of them is not in its format.
pub fn parse(causes: &str, cases: &str) -> Result<Baseline, FormatError> {
    Ok(Baseline::new(parse_causes(causes)?, CaseLists::parse(cases)?))
}
