//! Where the corpus, the adapters and the baselines come from: a checkout of this project in which a command runs, or the program itself.

use crosscheck_bundle::{UnpackError, unpack};
use crosscheck_runner::subject::cache_folder;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The folder of the corpus in a checkout.
pub const CASES: &str = "cases";
/// The folder of the baselines in a checkout.
pub const BASELINES: &str = "reports/baselines";
/// The folder of the adapters in a checkout.
const SUBJECTS: &str = "harness/subjects";
/// The variable with another folder of adapters.
const OTHER_SUBJECTS: &str = "CROSSCHECK_SUBJECTS";
/// The folder of the unpacked files in the user's cache.
const UNPACKED: &str = "bundle";

/// Whether a folder is a corpus, and not just a folder with that name: it has policies or a catalogue.
#[must_use]
pub fn is_corpus(folder: &Path) -> bool {
    folder.join("policies").is_dir() || folder.join("steps.yaml").is_file()
}

/// The checkout of which the working folder is a part.
fn checkout() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let is_checkout = |folder: &&Path| is_corpus(&folder.join(CASES)) && folder.join(SUBJECTS).is_dir();
    here.ancestors().find(is_checkout).map(Path::to_owned)
}

/// The folder in the user's cache with the unpacked files of the program.
///
/// # Errors
/// If they cannot be written.
fn unpacked() -> Result<&'static Path, &'static UnpackError> {
    static UNPACK: OnceLock<Result<PathBuf, UnpackError>> = OnceLock::new();
    let unpacked = UNPACK.get_or_init(|| unpack(&cache_folder().join(UNPACKED)));
    unpacked.as_deref()
}

/// The folder of the adapters: `CROSSCHECK_SUBJECTS`, that of the checkout in which the command runs, or that of the program.
///
/// # Errors
/// If those of the program cannot be unpacked.
pub fn subjects_folder() -> Result<PathBuf, &'static UnpackError> {
    if let Some(folder) = std::env::var_os(OTHER_SUBJECTS) {
        return Ok(folder.into());
    }
    let root = checkout().map_or_else(|| unpacked().map(Path::to_owned), Ok)?;
    Ok(root.join(SUBJECTS))
}

/// The folder of the baselines of this project's subjects: that of the checkout in which the command runs, or that of the program.
#[must_use]
pub fn baselines_folder() -> Option<PathBuf> {
    let here = PathBuf::from(BASELINES);
    if here.is_dir() {
        return Some(here);
    }
    // In a checkout without baselines, everything is unexpected.
    if checkout().is_some() {
        return None;
    }
    unpacked().ok().map(|folder| folder.join(BASELINES))
}
