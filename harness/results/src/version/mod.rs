//! Versions of subjects: one order for bisection, for the ranges in baselines and for those in `subject.yaml`.

mod order;
mod range;

pub use order::{between, compare, is_preview};
pub use range::{VersionRange, VersionRangeError};
