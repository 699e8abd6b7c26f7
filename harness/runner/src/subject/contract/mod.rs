//! The application contract: what every adapter serves behind each base URL. One table, from which the conformance check of
//! `crosscheck subjects check` is made.

mod check;
mod table;

pub use check::{Difference, Mismatch, check_contract};
pub use table::{CONTRACT, HeaderRule, Row, StatusRule};

#[cfg(test)]
mod tests;
