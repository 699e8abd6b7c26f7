//! The one way in which the program opens a file that somebody names: cases, policies, baselines, descriptions of subjects, certificates,
//! responses, results. A device, a named pipe, a socket or a folder in place of a file is an error at once, never a wait; the size is
//! bounded; a text is UTF-8, with or without a byte order mark. Every error states what to do.

mod encoding;
mod error;
mod open;

pub use encoding::decode;
pub use error::ReadError;
pub use open::{open, read};

use std::path::Path;

/// Reads a text file of at most `limit` bytes.
///
/// # Errors
/// As for [`read`], and if the file is not in UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, ReadError> {
    decode(read(path, limit)?)
}
