//! Readers of pasted exchanges.

mod browser;
mod curl;
mod devtools;
mod har;
mod js;

use crate::adhoc::{AdHoc, Draft, Flags};
use crate::input_error::InputError;

/// The maximum length of a paste, in bytes.
const MAX_PASTE: usize = 64 << 20;

impl AdHoc {
    /// Builds it from a paste: a `curl -v` exchange, DevTools "copy as fetch" with response heads, or a HAR file. Flags override it.
    ///
    /// # Errors
    /// If the text is none of these, or has no request; the error has the line, the column and what to do.
    pub fn read(text: &str, flags: &Flags) -> Result<Self, InputError> {
        Self::build(draft(text, flags)?, flags)
    }
}

/// Reads a paste of any of the three kinds.
fn draft(text: &str, flags: &Flags) -> Result<Draft, InputError> {
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
