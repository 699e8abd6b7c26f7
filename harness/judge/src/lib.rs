//! The judge: observations in, deviations out, for servers and for clients. It does no I/O.

mod cause;
pub mod client;
mod documented;
mod findings;
pub mod model;
mod observation;
pub mod record;
mod requests;
pub mod server;
mod shared_cache;
mod storable;
mod vary_probe;

pub use cause::header_of;
pub use documented::DocumentedBehavior;
pub use findings::{Examined, Findings, Place};
pub use observation::{Exchanged, FetchRun, KeptReply, Reply, Unstable};
pub use shared_cache::SharedCache;
pub use vary_probe::{Answered, Key, Reasked, key, summary};
