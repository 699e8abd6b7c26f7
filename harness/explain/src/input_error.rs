//! Why an input cannot be read, and what to do.

use thiserror::Error;

/// Why the input cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{message}", place(*.line, *.column))]
pub struct InputError {
    /// Line from 1; 0 if the error has no line.
    pub line: usize,
    /// Column in characters from 1; 0 if the error has no column.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

fn place(line: usize, column: usize) -> String {
    match (line, column) {
        (0, _) => String::new(),
        (line, 0) => format!("line {line}: "),
        (line, column) => format!("line {line}, column {column}: "),
    }
}

impl InputError {
    /// A fault without a place.
    #[must_use]
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::at(0, 0, message, help)
    }

    /// A fault at a place.
    #[must_use]
    pub fn at(line: usize, column: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            line,
            column,
            message: message.into(),
            help: help.into(),
        }
    }
}
