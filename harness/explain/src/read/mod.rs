//! Readers of pasted exchanges.

mod browser;
mod curl;
mod devtools;
mod har;
mod head;
mod js;

use super::adhoc::{Draft, Flags};
use crosscheck_fetch::Answer;
use thiserror::Error;

/// The maximum length of a paste, in bytes.
pub(super) const MAX_PASTE: usize = 64 << 20;

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

/// Reads a paste of any of the three kinds.
pub(super) fn draft(text: &str, flags: &Flags) -> Result<Draft, InputError> {
    if text.len() > MAX_PASTE {
        return Err(InputError::new(
            format!("the input is longer than {} MiB", MAX_PASTE >> 20),
            "shorten it to one request, its preflight and their responses",
        ));
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let first = text.lines().map(str::trim_start).find(|l| !l.is_empty());
    let Some(first) = first else {
        return Err(InputError::new(
            "the input is empty",
            "paste the output of `curl -v`, DevTools \"copy as fetch\" followed by the response headers, or a HAR file",
        ));
    };
    if first.starts_with('{') {
        return har::read(text, flags);
    }
    let with_url = |mut draft: Draft| {
        if let (Some(init), Some(url)) = (&mut draft.init, &flags.url) {
            init.url.clone_from(url);
        }
        draft
    };
    if text.lines().any(is_curl_line) {
        return curl::read(text, flags.url.is_some()).map(with_url);
    }
    if text.contains("fetch(") {
        return devtools::read(text).map(with_url);
    }
    Err(InputError::at(
        1,
        1,
        "this is neither `curl -v` output (no line starts with `> `), nor DevTools \"copy as fetch\" (no `fetch(`), nor a HAR file (no `{`)",
        "paste one of these; for a response without its request, use --response, --url and --origin",
    ))
}

fn is_curl_line(line: &str) -> bool {
    line.trim_end() == ">" || line.starts_with("> ")
}

/// Reads the head that a flag gives: `STATUS | Name: value | ...`, or a head with lines.
pub(super) fn flag_head(text: &str) -> Result<Answer, InputError> {
    let text = text.trim();
    let lines: Vec<&str> = if text.contains('\n') {
        text.lines().collect()
    } else {
        text.split('|').map(str::trim).collect()
    };
    head::read_head(lines.into_iter().enumerate().map(|(i, l)| (i + 1, l)))
}
