//! All subjects: the model, the browser engines, those that the program registers, and those of a folder.

use crate::client;
use crate::subject::{BuiltIn, DescriptionError, Subject};
use std::collections::BTreeMap;
use std::path::Path;

/// Returns all subjects by their names. A registered subject takes precedence over one of the folder with the same name.
///
/// # Errors
/// If a file cannot be read or has faults. The faults of all files are reported together.
pub fn all(folder: &Path, registered: &[BuiltIn]) -> Result<BTreeMap<String, Subject>, DescriptionError> {
    let registered = [&client::ENGINES[..], registered].concat();
    Subject::all(folder, &registered)
}

#[cfg(test)]
pub(crate) mod tests;
