//! The origin server: one loopback port that is every host of every case. It takes what a client's HTTP proxy takes (absolute
//! form, CONNECT), direct TLS, and plain requests by their Host, and records what arrives with the original spelling. Bounded in
//! connections, sizes and time.

mod head;
mod io;
mod mint;
mod serve;

pub(super) use head::Incoming;
pub(super) use mint::Mint;
pub use mint::MintError;
pub(super) use serve::{Limits, OriginServer, Site};
