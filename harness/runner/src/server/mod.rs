//! Tests live servers, with the model as the browser.

mod baseline_request;
mod browse;
mod case;
mod cost;
mod listener;
mod location;
mod probe;
mod process_pool;
mod run;
mod supervised;

pub use browse::FailedExchange;
pub use probe::{Probe, ProbeError, Probing};
pub use run::{Finished, Identity, ServerRun, ServerRunEnd, run_server};
