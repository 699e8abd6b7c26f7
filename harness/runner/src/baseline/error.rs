//! Why a file of a baseline cannot be used.

use crosscheck_input::ReadError;
use crosscheck_results::baseline::{CauseListFault, LineError};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A file that cannot be read, is not valid, or cannot be written.
#[derive(Debug, Error)]
pub enum FileError<E: std::error::Error + 'static> {
    /// It cannot be read.
    #[error("cannot read {}", source.of(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: ReadError,
    },
    /// It was read, and is not in its format.
    #[error("{}{place}: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The place of the error in it.
        place: Place,
        /// What is wrong with it.
        source: E,
    },
    /// It cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// A place in a file, as it is written behind the file's name: `:12:5`, or nothing if it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(pub Option<(usize, usize)>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |(line, column)| write!(f, ":{line}:{column}"))
    }
}

/// Why the text of a baseline's file is not in its format.
#[derive(Debug, Error)]
pub enum FormatError {
    /// The file that people write.
    #[error(transparent)]
    Causes(#[from] CausesError),
    /// The exact lists.
    #[error(transparent)]
    Cases(#[from] LineError),
}

impl FormatError {
    /// Where it is.
    #[must_use]
    pub fn place(&self) -> Place {
        Place(match self {
            Self::Causes(CausesError::Yaml(error)) => error.location().map(|at| (at.line(), at.column())),
            Self::Causes(_) => None,
            Self::Cases(error) => Some((error.line, error.column)),
        })
    }
}

/// Why a text is not a list of causes.
#[derive(Debug, Error)]
pub enum CausesError {
    /// It is not YAML, or has unknown keys, wrong types or unknown words.
    #[error(transparent)]
    Yaml(#[from] serde_yaml::Error),
    /// A cause is not right.
    #[error(transparent)]
    Invalid(#[from] CauseListFault),
    /// What a run adds cannot be written in YAML.
    #[error("a cause has characters that YAML cannot contain")]
    Unwritable,
}

/// Why a baseline cannot be used.
pub type BaselineError = FileError<FormatError>;

/// The largest file of a baseline.
const MAX_FILE: u64 = 16 << 20;

/// Reads a text file of a bounded length; `None` if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<String>, ReadError> {
    match crosscheck_input::read_text(path, MAX_FILE) {
        Ok(text) => Ok(Some(text)),
        Err(ReadError::Absent) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file completely or not at all.
pub(super) fn write<E: std::error::Error>(path: &Path, text: &str) -> Result<(), FileError<E>> {
    let fail = |source: io::Error| FileError::Write {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let temporary = PathBuf::from(name);
    std::fs::write(&temporary, text).map_err(fail)?;
    std::fs::rename(&temporary, path).map_err(fail)
}
