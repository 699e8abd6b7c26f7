//! The harness plays the page's host and the servers; the client under test is a browser engine or an adapter.
//!
//! One loopback port ([`origin`]) is every host of every case. Pages drive themselves (`page.js`), cases live under path
//! prefixes of their own ([`relocate`]), and the judge looks at what the page reports and at what the wire saw.

mod adapter;
mod book;
mod check;
mod drive;
mod engine;
mod hosts;
mod origin;
mod outcome;
mod page;
mod relocate;
mod run;
mod site;
mod stand;
#[cfg(test)]
mod tests;
mod turn;

pub use adapter::ClientAdapterError;
pub use check::{CheckError, ClientCheck, Patience, check_client};
pub use drive::DriveError;
pub(crate) use engine::find as find_engine;
pub use engine::{DisplayError, EngineError};
pub use origin::MintError;
pub use page::page_count;
pub use run::{ClientError, ClientRun, run_client};
pub use stand::{ServeError, ServedCases};
pub use turn::stated_waits;
