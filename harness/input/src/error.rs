//! Why a file cannot be used, and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;
use thiserror::Error;

/// Why a file cannot be used. The messages do not name the file.
#[derive(Debug, Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("there is no such file")]
    Absent,
    /// The system refuses to open or read it.
    #[error("the file cannot be read: {0}")]
    System(#[source] io::Error),
    /// It is something else than a regular file.
    #[error("this is not a regular file, but {0}")]
    NotRegular(&'static str),
    /// It is larger than the limit.
    #[error("the file is larger than {}, the most that is read", Size(*.0))]
    TooLarge(u64),
    /// It is a text in another encoding.
    #[error("the file is in {0}, not in UTF-8")]
    Encoding(&'static str),
    /// It has a byte that is not UTF-8.
    #[error("the byte 0x{byte:02X} is not UTF-8")]
    NotUtf8 {
        /// The line of the byte, from 1.
        line: usize,
        /// The column of the byte in characters, from 1.
        column: usize,
        /// The byte.
        byte: u8,
        /// The text with U+FFFD in place of what is not UTF-8, for an excerpt.
        text: String,
    },
}

impl ReadError {
    /// What to do.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Absent => "check the name of the file",
            Self::System(_) => "check the path and its permissions",
            Self::NotRegular(_) => "name a regular file, or a link to one",
            Self::TooLarge(_) => "split the file, or check that it is the right one",
            Self::Encoding(_) => "save the file as UTF-8",
            Self::NotUtf8 { .. } => "save the file as UTF-8; a byte in a header is written \"\\xNN\"",
        }
    }

    /// The line and the column, where the error has them.
    #[must_use]
    pub const fn place(&self) -> Option<(usize, usize)> {
        match self {
            Self::NotUtf8 { line, column, .. } => Some((*line, *column)),
            _ => None,
        }
    }

    /// The error behind the name of the file and the place in it: `FILE:12:5: message`.
    #[must_use]
    pub fn of(&self, path: &Path) -> String {
        let path = path.display();
        match self.place() {
            Some((line, column)) => format!("{path}:{line}:{column}: {self}"),
            None => format!("{path}: {self}"),
        }
    }
}

/// A number of bytes as text.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n >= 1 << 20 && n % (1 << 20) == 0 => write!(f, "{} MiB", n >> 20),
            n => write!(f, "{n} bytes"),
        }
    }
}
