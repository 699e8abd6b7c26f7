//! A finished case, as servers and clients report it to the run.

use crosscheck_judge::Examined;
use crosscheck_results::CaseResult;

/// A finished case: its index, its result, and how often each rule examined something.
pub type Finished = (usize, CaseResult, Examined);
