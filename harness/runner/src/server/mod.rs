//! Tests live servers, with the model as the browser.

mod added_headers;
mod after_all;
mod baseline_request;
mod browse;
mod case;
mod case_result;
mod control;
mod cost;
mod harmless;
mod inquiry;
mod listener;
mod location;
mod policy_group;
mod policy_state;
mod probe;
mod process_pool;
mod remote_server;
mod run;
mod server_run;
mod supervised;

mod watch;

pub use added_headers::{AddedHeaders, basic_authorization};
pub use browse::FailedExchange;
pub use inquiry::{Inquiry, InquiryError};
pub use probe::{Pace, Probe, Probing, cases_at};
pub use remote_server::{ProbeError, RemoteServer};
pub use run::run_server;
pub use server_run::{ServerRun, ServerRunEnd};
