//! Exchanges over a kept-alive HTTP/1.1 connection. Their bytes are recorded, and everything that is received is bounded.

pub(crate) mod browser_headers;
mod client;
mod dial;
mod request;
mod tee;

pub use client::{Client, ExchangeError, Limits};
pub use dial::{Tls, TlsError};
pub use request::Outgoing;
