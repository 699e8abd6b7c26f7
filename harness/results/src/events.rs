//! The seam between a run and whoever reports it while it goes on.

use crate::{CaseResult, Footer, Header};

/// Receives the events of a run, in order. A reporter implements this trait and never reaches into the runner.
pub trait Events {
    /// The run begins with these subjects and at most `cases` cases for each. No subject has started yet.
    fn run_started(&mut self, subjects: &[String], cases: usize) {
        let _ = (subjects, cases);
    }
    /// The run continues an earlier one, whose results are kept for that many whole subjects and that many cases of interrupted clients.
    fn results_kept(&mut self, subjects: usize, cases: usize) {
        let _ = (subjects, cases);
    }
    /// A subject has started; the cases that its header counts follow.
    fn subject_started(&mut self, header: &Header);
    /// Something about a subject that is no result, to be shown while it runs.
    fn noticed(&mut self, subject: &str, notice: &str) {
        let _ = (subject, notice);
    }
    /// A case has finished. Cases come in the order of their ids.
    fn case_finished(&mut self, case: &CaseResult);
    /// A subject has finished.
    fn subject_finished(&mut self, footer: &Footer);
}

/// Ignores all events.
impl Events for () {
    fn subject_started(&mut self, _: &Header) {}
    fn case_finished(&mut self, _: &CaseResult) {}
    fn subject_finished(&mut self, _: &Footer) {}
}
