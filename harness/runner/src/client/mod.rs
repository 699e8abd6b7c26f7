//! Tests clients: the harness serves the pages and plays the servers; a browser engine or an adapter is the client under test.
//!
//! One loopback port (`origin`) serves every host of every case. Pages drive themselves (`page.js`). Each case has its own
//! path prefix (`relocate`). The judge compares what the page reports, and the recorded requests, with the case.

mod adapter;
mod case_queue;
mod check;
mod drive;
mod engine;
mod host_names;
mod origin;
mod outcome;
mod page;
mod relocate;
mod run;
mod scheduling;
mod site;
mod standalone;
#[cfg(test)]
mod tests;

pub use adapter::ClientAdapterError;
pub use check::{CheckError, ClientCheck, Patience, check_client};
pub use drive::DriveError;
pub use engine::{DisplayError, EngineError};
pub(crate) use engine::{SUBJECTS as ENGINES, find as find_engine};
pub use origin::CertificateError;
pub use page::page_count;
pub use run::{ClientError, ClientRun, run_client};
pub use scheduling::stated_waits;
pub use standalone::{ServeError, ServedCases, ServedResults};
