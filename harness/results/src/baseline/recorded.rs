//! Records what a run needs to update baselines.

use super::change::{Change, Ran};
use super::{Baseline, BaselineComparison};
use crate::date::Date;
use crate::{CaseId, CaseResult, Events, Footer, Header, Status, Verdict};
use std::collections::BTreeSet;

/// The results of one subject in a run that its baseline needs.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    subject: String,
    version: String,
    /// When the run started, in seconds since 1970.
    started: u64,
    ran: Ran,
    has_ended: bool,
}

impl Recorded {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the subject ran to the end.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// What the run changes in the baseline of the subject. `existing` has the ids of every case of the corpus; it is `None` if not
    /// all of them are known.
    #[must_use]
    pub fn change(&self, baseline: &Baseline, existing: Option<&BTreeSet<String>>) -> Change {
        Change::of(
            baseline,
            &self.version,
            Date::of_unix(self.started),
            &self.ran,
            existing,
        )
    }

    /// The unexpected and the stale cases, compared with a baseline.
    #[must_use]
    pub fn remaining(&self, baseline: &Baseline) -> (Vec<CaseId>, Vec<CaseId>) {
        let mut comparison = BaselineComparison::new(Some(baseline), &self.version).on(Date::of_unix(self.started));
        let mut unexpected = Vec::new();
        for (id, deviations) in &self.ran {
            let worst = deviations.iter().map(|d| d.verdict).min().unwrap_or(Verdict::Pass);
            let mut case = CaseResult {
                deviations: deviations.clone(),
                ..CaseResult::new("", id.as_str(), worst)
            };
            comparison.classify(&mut case);
            if case.status == Some(Status::Unexpected) {
                unexpected.push(case.id);
            }
        }
        let mut footer = Footer::default();
        comparison.finish(&mut footer, &self.ran.keys().map(|id| id.as_str().into()).collect());
        (unexpected, footer.stale)
    }
}

/// Records the events of a run for the update of baselines, and passes them on.
pub struct Recorder<'e> {
    events: &'e mut dyn Events,
    recorded: Vec<Recorded>,
}

impl<'e> Recorder<'e> {
    /// Begins, in front of another receiver of the events.
    pub fn new(events: &'e mut dyn Events) -> Self {
        Self {
            events,
            recorded: Vec::new(),
        }
    }

    /// Every subject that began, in order.
    #[must_use]
    pub fn into_recorded(self) -> Vec<Recorded> {
        self.recorded
    }
}

impl Events for Recorder<'_> {
    fn run_started(&mut self, subjects: &[String], cases: usize) {
        self.events.run_started(subjects, cases);
    }

    fn results_kept(&mut self, subjects: usize, cases: usize) {
        self.events.results_kept(subjects, cases);
    }

    fn subject_started(&mut self, header: &Header) {
        self.recorded.push(Recorded {
            subject: header.subject.clone(),
            version: header.version.clone(),
            started: header.started,
            ..Recorded::default()
        });
        self.events.subject_started(header);
    }

    fn noticed(&mut self, subject: &str, notice: &str) {
        self.events.noticed(subject, notice);
    }

    fn case_finished(&mut self, case: &CaseResult) {
        // What was not judged says nothing about the baseline, as if the case had not run.
        let judged = case.verdict != Verdict::NotJudged;
        if let Some(recorded) = self.recorded.last_mut().filter(|_| judged) {
            recorded.ran.insert(case.id.to_string(), case.deviations.clone());
        }
        self.events.case_finished(case);
    }

    fn subject_finished(&mut self, footer: &Footer) {
        if let Some(recorded) = self.recorded.last_mut() {
            recorded.has_ended = footer.complete && footer.error.is_none();
        }
        self.events.subject_finished(footer);
    }
}
