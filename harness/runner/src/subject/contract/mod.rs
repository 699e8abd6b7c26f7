//! The application contract: what every adapter serves below each base URL. One table defines the conformance check of
//! `crosscheck subjects check`.

mod check;
mod table;

pub use check::{Difference, Mismatch, check_contract};
pub use table::{CONTRACT, HeaderRule, Row, StatusRule};

#[cfg(test)]
mod tests;
