//! Searches: which origins a server allows, and in what servers deviate that no case names. Does no I/O: the caller sends requests, or judges
//! cases, and records the results.

pub mod fuzz;
pub mod infer;
