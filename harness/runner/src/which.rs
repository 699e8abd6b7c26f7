//! Finds programs by their names.

use std::path::{Path, PathBuf};

/// The path of a program: the name itself where it is absolute, else the first file of that name on the PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let whole = Path::new(program);
    if whole.is_absolute() {
        return whole.is_file().then(|| whole.to_owned());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|p| p.is_file())
}
