//! Where a report goes. A file is replaced at once, so that no reader sees a part of it.

use crosscheck_results::open_stream;
use std::fs::{File, OpenOptions, Permissions, create_dir_all, metadata};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Only the user can read the file, as the results file: it has what a server sent.
const MODE: u32 = 0o600;
const BUFFER: usize = 64 << 10;

/// A destination that could be written when it was opened.
pub(in crate::commands) enum Destination {
    /// Standard output.
    Stdout,
    /// A file that is replaced.
    File(PathBuf),
    /// A pipe, a terminal or another device.
    Stream(PathBuf, File),
}

impl Destination {
    /// Creates missing folders, and checks that the file can be written. A file that exists stays as it is.
    pub(in crate::commands) fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            create_dir_all(folder)?;
        }
        match metadata(path) {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => return Ok(Self::Stream(path.to_owned(), open_stream(path)?)),
            Ok(_) => drop(OpenOptions::new().write(true).open(path)?),
            // The new file is removed at once: a command that is killed leaves nothing.
            Err(_) => drop(beside(path)?),
        }
        Ok(Self::File(path.to_owned()))
    }

    /// The file; `None` for standard output.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdout => None,
            Self::File(path) | Self::Stream(path, _) => Some(path),
        }
    }

    /// Writes a report.
    pub(in crate::commands) fn write(
        &self,
        stdout: &mut dyn Write,
        report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        match self {
            Self::Stdout => report(stdout),
            Self::Stream(_, file) => {
                let mut to = BufWriter::with_capacity(BUFFER, file);
                report(&mut to)?;
                to.flush()
            }
            Self::File(path) => {
                let path = resolved(path);
                let Ok(new) = beside(&path) else {
                    // The folder takes no new file, but the file itself can be written.
                    let mut to = BufWriter::new(OpenOptions::new().write(true).truncate(true).open(&path)?);
                    report(&mut to)?;
                    return to.flush();
                };
                let mut to = BufWriter::with_capacity(BUFFER, new);
                report(&mut to)?;
                let new = to.into_inner().map_err(io::IntoInnerError::into_error)?;
                new.persist(&path).map_err(|e| e.error)?;
                Ok(())
            }
        }
    }
}

/// A new file in the same folder.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    tempfile::Builder::new()
        .prefix(".crosscheck-report-")
        .permissions(Permissions::from_mode(MODE))
        .tempfile_in(folder)
}

/// The path without links: behind a link, the file that it names is meant.
pub(super) fn resolved(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Destination;
    use std::io;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    #[test]
    fn a_file_is_replaced_at_once_or_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/folder/report");
        let write = |result: io::Result<()>| {
            let destination = Destination::open(&path).expect("a destination");
            destination.write(&mut io::sink(), |to| {
                to.write_all(b"text")?;
                result
            })
        };
        assert!(write(Err(io::ErrorKind::Other.into())).is_err());
        assert!(!path.exists());
        write(Ok(())).expect("a report");
        let first = path.metadata().expect("a file");
        assert_eq!(first.permissions().mode() & 0o777, 0o600);
        assert!(write(Err(io::ErrorKind::Other.into())).is_err());
        assert_eq!(path.metadata().expect("a file").ino(), first.ino());
        write(Ok(())).expect("a report");
        assert_ne!(path.metadata().expect("a file").ino(), first.ino());
        assert_eq!(std::fs::read(&path).expect("a file"), b"text");
        let files = std::fs::read_dir(path.parent().expect("a folder")).expect("a folder");
        assert_eq!(files.count(), 1, "no temporary file is left");
    }

    #[test]
    fn behind_a_link_the_file_that_it_names_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "old").expect("a file");
        std::os::unix::fs::symlink("file", &link).expect("a link");
        let destination = Destination::open(&link).expect("a destination");
        destination
            .write(&mut io::sink(), |to| to.write_all(b"new"))
            .expect("a report");
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&file).expect("a file"), b"new");
    }
}
