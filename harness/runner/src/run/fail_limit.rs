//! Ends a run after a number of unexpected results.

use crate::stop::Stopper;
use crosscheck_results::{CaseResult, Interruption, Status};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the unexpected results of all subjects of a run, and ends the run when there are too many.
#[derive(Clone, Debug)]
pub struct FailLimit {
    left: Arc<AtomicUsize>,
    stopper: Stopper,
}

impl FailLimit {
    /// Ends the run through `stopper` after that many unexpected results.
    #[must_use]
    pub fn new(limit: NonZeroUsize, stopper: Stopper) -> Self {
        Self {
            left: Arc::new(AtomicUsize::new(limit.get())),
            stopper,
        }
    }

    /// Counts a result that was compared with the baseline.
    pub(super) fn count(&self, case: &CaseResult) {
        if case.status != Some(Status::Unexpected) {
            return;
        }
        let one_less = |left: usize| left.checked_sub(1);
        // Cases in flight may still end after the last one that counts.
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) == Ok(1) {
            self.stopper.stop(Interruption::MaxFail);
        }
    }
}
