//! Answers of servers for the tests of this module.

use crosscheck_fetch::{HeaderList, WireResponse};

/// An answer with that status and these headers.
pub(super) fn answer(status: u16, headers: &[(&str, &str)]) -> WireResponse {
    let line = |(name, value): &(&str, &str)| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    WireResponse {
        status,
        headers: headers.iter().map(line).collect::<HeaderList>(),
        ..WireResponse::default()
    }
}
