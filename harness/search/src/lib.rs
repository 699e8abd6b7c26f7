//! The search for what a server accepts. It does no I/O: it says what to ask, and takes the answers.

pub mod infer;
