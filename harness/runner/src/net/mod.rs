//! The wire: a kept-alive HTTP/1.1 connection whose bytes are kept, everything that comes off it bounded.

mod client;
mod dial;
mod request;
mod tee;

pub use client::{Client, ExchangeError, Limits};
pub use dial::{Tls, TlsError};
pub use request::Outgoing;
