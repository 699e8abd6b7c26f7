//! Versions of subjects: one order for bisection, for the ranges of baselines and for those of `subject.yaml`.

mod order;
mod range;

pub use order::{between, compare, is_preview};
pub use range::{VersionRange, VersionRangeError};
