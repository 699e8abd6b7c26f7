//! The origin server: one loopback port that serves every host of every case. It accepts requests to an HTTP proxy (absolute form,
//! CONNECT), direct TLS, and plain requests with a Host header, and records them in their original spelling. Connections, sizes
//! and times are limited.

mod certificates;
mod head;
mod io;
mod serve;
mod slots;

pub(super) use certificates::CertificateAuthority;
pub use certificates::CertificateError;
pub(super) use head::Incoming;
pub(super) use serve::{Limits, OriginServer, Site};
