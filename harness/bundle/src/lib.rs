//! What the program carries: the corpus with its policies, catalogue and schemas, the adapters of the subjects, and their baselines.
//! Every file has its path in the checkout.

mod unpack;

pub use unpack::{UnpackError, unpack};

use std::sync::OnceLock;
use thiserror::Error;

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// The contents of all files, one after the other, compressed.
static ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/archive.lz4"));

/// The archive in the program is not what its table says: the file of the program was changed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the files that the program carries are damaged; install it again")]
pub struct Damaged;

/// A file that the program carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarriedFile {
    /// Its path in the checkout, with `/`.
    pub path: &'static str,
    /// Its content.
    pub content: &'static [u8],
}

/// The SHA-256 digest over the paths and contents of all files, in hexadecimal.
#[must_use]
pub const fn digest() -> &'static str {
    DIGEST
}

/// Returns the files below a folder of the checkout, or the file with this path, in the order of their paths.
///
/// # Errors
/// If the archive is damaged.
pub fn below(folder: &str) -> Result<Vec<CarriedFile>, Damaged> {
    let is_below = |file: &&CarriedFile| {
        let rest = file.path.strip_prefix(folder);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    Ok(all()?.iter().filter(is_below).copied().collect())
}

/// Returns all files. The archive is decompressed at the first call.
fn all() -> Result<&'static [CarriedFile], Damaged> {
    static ALL: OnceLock<Result<Vec<CarriedFile>, Damaged>> = OnceLock::new();
    ALL.get_or_init(read).as_deref().map_err(|damaged| *damaged)
}

fn read() -> Result<Vec<CarriedFile>, Damaged> {
    let archive = lz4_flex::block::decompress_size_prepended(ARCHIVE).map_err(|_| Damaged)?;
    // The files exist as long as the program runs.
    let mut rest: &'static [u8] = Vec::leak(archive);
    let mut files = Vec::with_capacity(FILES.len());
    for (path, length) in FILES {
        let (content, after) = rest.split_at_checked(*length).ok_or(Damaged)?;
        files.push(CarriedFile { path, content });
        rest = after;
    }
    if rest.is_empty() { Ok(files) } else { Err(Damaged) }
}

#[cfg(test)]
mod tests;
