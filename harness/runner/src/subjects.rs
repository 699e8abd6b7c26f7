//! All subjects: the model, the browser engines, those that the program registers, and those of a folder.

use crate::client;
use crate::subject::{BuiltIn, DescriptionError, Subject, Subjects};
use std::collections::BTreeMap;
use std::path::Path;

/// Returns all subjects by their names, and the descriptions that cannot be used. A registered subject takes precedence over one of the
/// folder with the same name.
#[must_use]
pub fn load(folder: &Path, registered: &[BuiltIn]) -> Subjects {
    let registered = [&client::ENGINES[..], registered].concat();
    Subjects::load(folder, &registered)
}

/// Returns all subjects by their names.
///
/// # Errors
/// If a file cannot be read or has faults. The faults of all files are reported together.
pub fn all(folder: &Path, registered: &[BuiltIn]) -> Result<BTreeMap<String, Subject>, DescriptionError> {
    load(folder, registered).strict()
}

#[cfg(test)]
pub(crate) mod tests;
