//! The model plays the browser on a live server.

mod browse;
mod case;
mod control;
mod cost;
mod host;
mod hosts;
mod listener;
mod location;
mod probe;
mod run;

pub use browse::Broke;
pub use probe::{Probe, ProbeError, Probing};
pub use run::{Ended, Finished, Identity, ServerRun, run_server};
