//! The model plays the browser on a live server.

mod browse;
mod cache;
mod case;
mod control;
mod cost;
mod host;
mod hosts;
mod listener;
mod location;
mod probe;
mod reask;
mod run;

pub use browse::{Broke, Exchanged, FetchRun};
pub use probe::{Probe, ProbeError, Probing};
pub use reask::{Answered, Reasked};
pub(crate) use reask::{is_storable, summary, varies_by, vary_names};
pub(crate) use run::RIGHTLY_REFUSED;
pub use run::{Ended, Finished, Identity, ServerRun, run_server};
