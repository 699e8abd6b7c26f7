//! Searches deviations of servers that no case names.
//!
//! A [`Trial`] is a generated policy and a visit to a server that has it. A [`Generation`] of trials is judged as the cases of a run are.
//! Each deviation that counts is repeated, minimised by the structure of its trial, and folded with those that differ only in what does not
//! matter, into a [`Finding`].
//!
//! Nothing here sends a request: the caller judges batches of trials and records their results. The results of a search follow from the
//! seed and from what the servers respond.

mod batch;
mod document;
mod file;
mod finding;
mod generation;
mod key;
mod raw;
mod search;
mod shape;
mod symptom;
mod trial;

pub use batch::Batch;
pub use document::policy_document;
pub use file::{FindingFile, FindingStatus, Found, read_finding, to_yaml};
pub use finding::{Finding, Stability};
pub use generation::{Generation, Sizes};
pub use search::{Counts, Search, Step};
pub use shape::Shape;
pub use symptom::{Behavior, Symptom};
pub use trial::{Judged, Trial};

#[cfg(test)]
mod tests;
