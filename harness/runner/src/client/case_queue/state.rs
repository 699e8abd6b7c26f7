//! The state of one case.

use crate::client::outcome::Reported;
use crate::client::page::PageKey;
use crate::client::scheduling::SchedulingClass;
use crosscheck_corpus::Case;
use crosscheck_fetch::Outcome;
use crosscheck_judge::client::Observed;
use std::sync::Arc;
use std::time::Instant;

/// The phase of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its next fetch can be handed out.
    Waiting,
    /// A client is running its fetch.
    Running,
    /// It has ended.
    Done,
}

/// The requests and the outcome of one fetch so far.
#[derive(Debug, Default)]
pub(super) struct FetchProgress {
    pub(super) requests: Vec<Observed>,
    /// Whether the connection of the last request ended without a response. HTTP allows a client to retry, and some clients do.
    pub(super) failed: bool,
    pub(super) ended: Option<(Reported, Outcome)>,
}

/// A case and its progress.
#[derive(Debug)]
pub(super) struct CaseState {
    pub(super) case: Arc<Case>,
    pub(super) class: SchedulingClass,
    pub(super) leg: usize,
    pub(super) phase: Phase,
    pub(super) progress: Vec<FetchProgress>,
    pub(super) seeded: bool,
    /// When the previous fetch ended.
    pub(super) since: Option<Instant>,
    /// How often the client was lost while it ran this case and no other.
    pub(super) losses: usize,
    /// Why the case ended without an outcome.
    pub(super) end: Option<End>,
}

/// An end without an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::client) enum End {
    /// The client crashed, hung, or sent an invalid report.
    Broke(String),
    /// The client cannot express the request.
    Unsupported(String),
}

impl CaseState {
    pub(super) fn new(case: &Arc<Case>) -> Self {
        Self {
            case: Arc::clone(case),
            class: SchedulingClass::of(case),
            leg: 0,
            phase: Phase::Waiting,
            progress: vec![FetchProgress::default()],
            seeded: case.cookies().is_empty(),
            since: None,
            losses: 0,
            end: None,
        }
    }

    pub(super) fn page(&self) -> Option<PageKey> {
        self.case.fetches().get(self.leg).map(PageKey::of)
    }

    /// Resets the case to its initial state.
    pub(super) fn restart(&mut self) {
        self.leg = 0;
        self.phase = Phase::Waiting;
        self.progress = vec![FetchProgress::default()];
        self.seeded = self.case.cookies().is_empty();
        self.since = None;
        self.end = None;
    }

    pub(super) fn finish(&mut self, end: Option<End>) {
        self.phase = Phase::Done;
        self.end = end;
    }
}
