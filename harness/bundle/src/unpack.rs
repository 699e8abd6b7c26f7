//! Writes the files to a folder, for adapters and package managers, which need them on disk.

use crate::{CarriedFile, Damaged, all, digest};
use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The number of hexadecimal digits of the digest in the name of a folder.
const DIGITS: usize = 16;
/// The mode of a folder that only this user can change or read.
const PRIVATE: u32 = 0o700;
/// The number of folders of other versions that are kept.
const KEPT: usize = 4;

/// Why the files could not be unpacked.
#[derive(Debug, Error)]
pub enum UnpackError {
    /// The program is damaged.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// A file or folder cannot be written.
    #[error("cannot unpack the adapters into {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// Unpacks all files below `folder`, into a folder named by their digest, and returns that folder. Files that are there and have another
/// content are replaced, so that a change in the cache never decides what a run executes.
///
/// # Errors
/// If a file or folder cannot be written.
pub fn unpack(folder: &Path) -> Result<PathBuf, UnpackError> {
    let files = all()?;
    let own = folder.join(&digest()[..DIGITS]);
    if !own.is_dir() {
        create(folder, &own, files)?;
        remove_old(folder, &own);
    }
    for file in files {
        let path = own.join(file.path);
        if !has(&path, file.content) {
            write(&path, file.content).map_err(|source| UnpackError::Io { path, source })?;
        }
    }
    Ok(own)
}

/// Creates the folder with all files under another name first: a folder with the right name is whole.
fn create(folder: &Path, own: &Path, files: &[CarriedFile]) -> Result<(), UnpackError> {
    let failed = |path: &Path, source| UnpackError::Io {
        path: path.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    let name = format!(".{}-{}", &digest()[..DIGITS], std::process::id());
    let part = folder.join(name);
    let _ = std::fs::remove_dir_all(&part);
    let made = (|| {
        DirBuilder::new().mode(PRIVATE).create(&part)?;
        files
            .iter()
            .try_for_each(|file| write(&part.join(file.path), file.content))
    })();
    let renamed = made.and_then(|()| match std::fs::rename(&part, own) {
        // Another process has just unpacked them.
        Err(_) if own.is_dir() => Ok(()),
        renamed => renamed,
    });
    let _ = std::fs::remove_dir_all(&part);
    renamed.map_err(|e| failed(own, e))
}

/// Whether a path is a regular file with this content.
fn has(path: &Path, content: &[u8]) -> bool {
    let is_file =
        std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == content.len() as u64);
    is_file && crosscheck_input::read(path, content.len() as u64).is_ok_and(|bytes| bytes == content)
}

/// Writes a file under another name first, so that a reader finds the old or the new content.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let part = parent.join(format!(".{}.part", std::process::id()));
    let _ = std::fs::remove_file(&part);
    let written = File::create_new(&part).and_then(|mut file| file.write_all(content));
    let renamed = written.and_then(|()| std::fs::rename(&part, path));
    if renamed.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    renamed
}

/// Removes the folders of other versions but for those that were created last. A run of such a version has its files open or unpacks
/// them again.
fn remove_old(folder: &Path, own: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let others = entries.filter(|entry| entry.path() != own && entry.file_name().len() == DIGITS);
    let mut others: Vec<_> = others
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    others.sort();
    let excess = others.len().saturating_sub(KEPT);
    for (_, path) in others.into_iter().take(excess) {
        // What cannot be removed is left for the next version.
        let _ = std::fs::remove_dir_all(path);
    }
}
