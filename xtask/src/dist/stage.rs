//! The repository of the pre-commit hook. It has no program: pre-commit installs the wheel of the same version.

use super::{Build, parts};
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

/// The version in the files of the checkout.
const NO_VERSION: &str = "0.0.0";

/// Writes the files with the version.
pub(super) fn pre_commit(build: &Build) -> Result<PathBuf> {
    let folder = build.folder("pre-commit")?;
    for name in [".pre-commit-hooks.yaml", "pyproject.toml"] {
        let text = fs::read_to_string(parts("pre-commit").join(name))?;
        fs::write(folder.join(name), text.replace(NO_VERSION, &build.version))?;
    }
    Ok(folder)
}
