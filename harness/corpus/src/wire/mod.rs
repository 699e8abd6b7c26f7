//! Bytes on the wire and their meaning. One reader and one writer, used by the model, the client runner and the judge.

mod read;
mod write;

pub use read::{RawError, read_raw, read_raw_for, try_read_raw};
pub use write::{refusal, to_wire, to_wire_for};

/// The most bytes of an answer that are looked at.
pub const MAX_ANSWER: usize = 16 << 20;
/// The most header lines of an answer.
pub const MAX_HEADERS: usize = 4096;

#[cfg(test)]
mod tests;
