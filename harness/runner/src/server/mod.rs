//! The model plays the browser on a live server.

mod browse;
mod cache;
mod case;
mod host;
mod listener;
mod location;
mod probe;
mod reask;
mod run;

pub use browse::{Broke, Exchanged, FetchRun};
pub use probe::{Probe, ProbeError, Probing};
pub(crate) use reask::varies_by;
pub use reask::{Answered, Reasked};
pub use run::{Ended, Finished, Identity, ServerRun, run_server};
