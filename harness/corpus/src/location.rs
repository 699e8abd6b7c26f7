//! A place in a file of the corpus.

use std::sync::Arc;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, as the user named its folder.
    pub file: Arc<str>,
    /// Line from 1; 0 where there is no file.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
}
