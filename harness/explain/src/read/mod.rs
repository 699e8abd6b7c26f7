//! Readers of pasted exchanges.

mod blocks;
mod blocks_entry;
mod browser;
mod choice;
mod console;
mod console_table;
mod curl;
mod devtools;
mod har;
mod js;
mod normal;
mod shell;

pub use console::ConsoleMessage;
pub use har::har_requests;
pub use normal::decode;

use crate::adhoc::{AdHoc, Draft, Flags};
use crate::input_error::InputError;

/// The maximum length of a paste, in bytes.
const MAX_PASTE: usize = 64 << 20;

/// What a paste is.
#[derive(Clone, Debug)]
pub enum Input {
    /// A fetch with its answers.
    Fetch(Box<AdHoc>),
    /// A message of a browser's console.
    Console(ConsoleMessage),
}

impl Input {
    /// Reads a paste; flags override it.
    ///
    /// # Errors
    /// If the text cannot be read; the error has the line, the column and what to do.
    pub fn read(text: &str, flags: &Flags) -> Result<Self, InputError> {
        if text.len() > MAX_PASTE {
            return Err(InputError::new(
                format!("the input is longer than {} MiB", MAX_PASTE >> 20),
                "shorten it to one request, its preflight and their responses",
            ));
        }
        let text = &normal::normal(text);
        let message = console::read(text, flags.origin.as_deref(), flags.url().map(String::as_str));
        let has_exchange = text
            .lines()
            .any(|l| is_curl_line(l) || l.trim_start().starts_with("HTTP/"));
        match message {
            Some(message) if !has_exchange && !text.trim_start().starts_with('{') => {
                let draft = draft(text, flags);
                let exchange = draft
                    .ok()
                    .filter(|d| !d.answers.is_empty())
                    .and_then(|d| AdHoc::build(d, flags).ok());
                Ok(match exchange {
                    Some(adhoc) => Self::Fetch(Box::new(adhoc)),
                    None => Self::Console(message),
                })
            }
            _ => Ok(Self::Fetch(Box::new(AdHoc::build(draft(text, flags)?, flags)?))),
        }
    }
}

/// Reads a paste of any kind but a message.
fn draft(text: &str, flags: &Flags) -> Result<Draft, InputError> {
    let first = text.lines().map(str::trim_start).find(|l| !l.is_empty());
    let Some(first) = first else {
        if flags.url().is_some() {
            return Ok(Draft::default());
        }
        return Err(InputError::new(
            "the input is empty",
            "paste the output of `curl -v`, DevTools \"copy as fetch\" followed by the response headers, or a HAR file",
        ));
    };
    if first.starts_with('{') {
        return har::read(text, flags);
    }
    let with_url = |mut draft: Draft| {
        if let (Some(init), Some(url)) = (&mut draft.init, flags.url().filter(|u| u.contains("://"))) {
            init.url.clone_from(url);
        }
        draft
    };
    if text.lines().any(is_curl_line) {
        return curl::read(text, flags).map(with_url);
    }
    if text.contains("fetch(") {
        return devtools::read(text).map(with_url);
    }
    if let Some(draft) = blocks::read(text, flags) {
        return draft.map(with_url);
    }
    Err(unread(text))
}

/// The error for a text that no reader reads.
fn unread(text: &str) -> InputError {
    let code = [
        "axios",
        "$.ajax",
        "$.get",
        "$.post",
        "XMLHttpRequest",
        "$http",
        "superagent",
        "HttpClient",
        "ajax(",
        "requests.",
    ];
    if let Some(library) = code.iter().find(|c| text.contains(**c)) {
        return InputError::at(
            1,
            1,
            format!("this looks like code that uses {library}, which is neither evaluated nor an exchange"),
            "give what the page does by flags: --origin, --url, --method, --header, --credentials include for withCredentials; and the \
             answers by --response, or paste the output of `curl -v`",
        );
    }
    InputError::at(
        1,
        1,
        "this is neither an exchange (the output of `curl -v` or `curl -i`, header blocks of DevTools, \"copy as fetch\", \"copy as cURL\", a HAR file) nor a console message of a browser",
        "paste one of these; for a response without its request, use --response, --url and --origin",
    )
}

fn is_curl_line(line: &str) -> bool {
    let line = line.trim_end();
    line == ">"
        || line.starts_with("> ")
        || line.starts_with("< HTTP/")
        || line.starts_with("<HTTP/")
        || line.starts_with('>') && line.split(' ').nth(2).is_some_and(|v| v.starts_with("HTTP/"))
}
