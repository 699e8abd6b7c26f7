//! Explains why a request fails and what would fix it. Exchanges from flags, from a paste or from a case run on the model with a
//! trace; then a search finds the smallest change of the responses with which the last fetch succeeds.
//!
//! [`RecordedFetches`] is the input of the model: pages, requests, recorded answers. [`AdHoc`] builds it from flags or a paste,
//! [`RecordedFetches::of_case`] builds it from a case; [`find_fix`] searches for the change.

mod adhoc;
mod assess;
mod candidates;
mod case;
mod change;
mod doubt;
mod exposure;
mod fix;
mod grant;
mod head;
mod input_error;
mod judge;
mod read;
mod recorded;
mod redact;
mod remedy;
mod verdict;

pub use adhoc::{AdHoc, Evidence, Flags};
pub use assess::{Assessment, Variant, assess};
pub use change::{Change, Edit, apply};
pub use doubt::Doubt;
pub use fix::{Fix, SuggestedFix, find_fix};
pub use input_error::InputError;
pub use read::{ConsoleMessage, Input, decode, har_requests};
pub use recorded::{Exchanged, FetchRun, Recorded, RecordedFetch, RecordedFetches};
pub use verdict::Verdict;

#[cfg(test)]
mod tests;
