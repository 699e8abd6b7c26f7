//! The state of every case: the next fetch of a client, the responses to its requests, the reported outcomes. It does no I/O and
//! reads no clock; the caller passes the time in.

mod answer;
mod hand;
mod place;
mod select;
mod state;

pub(super) use answer::{Answer, Arrived};
pub(super) use hand::{Handed, Seed, request};
pub(super) use place::Place;
pub(super) use state::End;

use super::outcome::Reported;
use crosscheck_corpus::Case;
use crosscheck_judge::client::{Observed, ObservedFetch};
use crosscheck_text::escape_truncated;
use state::{CaseState, FetchProgress, Phase};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// How often the client may be lost with one case before the case is its cause. A client on a busy machine may lose a page by chance.
const MAX_LOSSES: usize = 3;

/// The maximum length of a client's reason, in bytes.
const MAX_REASON: usize = 200;

/// A case that has ended, in the form that the judge needs.
pub(super) struct Ended<'b> {
    pub(super) case: &'b Arc<Case>,
    pub(super) fetches: Vec<ObservedFetch<'b>>,
    pub(super) end: Option<&'b End>,
    /// Every request, fetch by fetch.
    pub(super) requests: Vec<&'b [Observed]>,
    /// How often the client was lost while it ran this case and no other.
    pub(super) losses: usize,
}

/// All cases of a run.
#[derive(Debug, Default)]
pub(super) struct CaseQueue {
    cases: Vec<CaseState>,
    /// Cases that run one at a time, because one of them may have broken the client.
    solo: VecDeque<usize>,
    /// Requests for hosts and paths that no case has.
    pub(super) unknown_requests: Vec<String>,
    /// The number of state changes.
    pub(super) moves: u64,
}

impl CaseQueue {
    pub(super) fn new(cases: &[Arc<Case>]) -> Self {
        Self {
            cases: cases.iter().map(CaseState::new).collect(),
            ..Self::default()
        }
    }

    /// Records an outcome; returns the next fetch of the case if it is on the same page.
    pub(super) fn report(&mut self, n: usize, leg: usize, reported: Reported, now: Instant) -> Option<Handed> {
        self.moves += 1;
        let case_state = self.cases.get_mut(n)?;
        if case_state.leg != leg || case_state.phase != Phase::Running {
            return None;
        }
        let page = case_state.page();
        if reported.hung {
            self.end(n, End::Broke("the page got no outcome in time".to_owned()));
            return None;
        }
        if let Some(what) = &reported.unsupported {
            self.end(n, End::Unsupported(escape_truncated(what.as_bytes(), MAX_REASON)));
            return None;
        }
        match reported.outcome(n) {
            Ok(outcome) => case_state.progress.last_mut()?.ended = Some((reported, outcome)),
            Err(error) => {
                self.end(n, End::Broke(error.to_string()));
                return None;
            }
        }
        case_state.since = Some(now);
        if leg + 1 < case_state.case.fetches().len() {
            case_state.leg += 1;
            case_state.phase = Phase::Waiting;
            case_state.progress.push(FetchProgress::default());
        } else {
            case_state.finish(None);
        }
        if self.solo.front() == Some(&n) && self.cases.get(n)?.phase == Phase::Done {
            self.solo.pop_front();
        }
        let same = self.cases.get(n)?.page() == page;
        if same { self.hand(n, now) } else { None }
    }

    /// The cases with a running fetch.
    pub(super) fn running(&self) -> Vec<usize> {
        let cases = self.cases.iter().enumerate();
        let running = cases.filter(|(_, case_state)| case_state.phase == Phase::Running);
        running.map(|(n, _)| n).collect()
    }

    /// Ends a case without an outcome.
    pub(super) fn end(&mut self, n: usize, end: End) {
        self.moves += 1;
        if let Some(case_state) = self.cases.get_mut(n).filter(|s| s.phase != Phase::Done) {
            case_state.finish(Some(end));
        }
        self.solo.retain(|s| *s != n);
    }

    /// Handles the loss of the client. Its running cases restart from the beginning, one at a time, because one of them may have
    /// ended the client. A case with which alone the client is lost again and again is the cause and ends as broken: one loss may be
    /// an accident, and a verdict must not depend on how fast the client is.
    pub(super) fn client_is_gone(&mut self, how: &str) {
        let running = self.running();
        let mut cause = None;
        if let [n] = running.as_slice()
            && let Some(case_state) = self.cases.get_mut(*n)
        {
            case_state.losses += 1;
            // The report shows its recorded requests.
            cause = Some(*n).filter(|_| case_state.losses >= MAX_LOSSES);
        }
        for (n, case_state) in self.cases.iter_mut().enumerate() {
            // A new client has neither the cookies nor the caches of the lost one.
            if case_state.phase != Phase::Done && Some(n) != cause {
                case_state.restart();
            }
        }
        if let Some(n) = cause {
            return self.end(n, End::Broke(how.to_owned()));
        }
        for n in running {
            if !self.solo.contains(&n) {
                self.solo.push_back(n);
            }
        }
    }

    /// Ended cases and single losses of cases: the progress of a client that is lost again and again.
    pub(super) fn progress(&self) -> usize {
        self.count().0 + self.cases.iter().map(|s| s.losses).sum::<usize>()
    }

    /// A case by its number.
    pub(super) fn case(&self, n: usize) -> Option<&Arc<Case>> {
        self.cases.get(n).map(|case_state| &case_state.case)
    }

    /// The index of the fetch whose outcome is expected next; `None` once the case has ended.
    pub(super) fn due(&self, n: usize) -> Option<usize> {
        let case_state = self.cases.get(n).filter(|s| s.phase != Phase::Done)?;
        Some(case_state.leg)
    }

    /// Restarts a case; returns whether it exists.
    pub(super) fn restart(&mut self, n: usize) -> bool {
        self.moves += 1;
        self.cases.get_mut(n).map(CaseState::restart).is_some()
    }

    /// The cases that have ended.
    pub(super) fn done(&self) -> Vec<usize> {
        let done = self.cases.iter().enumerate().filter(|(_, s)| s.phase == Phase::Done);
        done.map(|(n, _)| n).collect()
    }

    /// Whether a client has begun with a case: it was handed a fetch of it, sent a request, or reported an outcome.
    pub(super) fn has_begun(&self, n: usize) -> bool {
        let has_requests = |case_state: &CaseState| case_state.progress.iter().any(|p| !p.requests.is_empty());
        let begun = |s: &&CaseState| s.leg > 0 || s.phase != Phase::Waiting || has_requests(s);
        self.cases.get(n).filter(begun).is_some()
    }

    /// Whether a client is running fetches.
    pub(super) fn is_in_hand(&self) -> bool {
        self.cases.iter().any(|s| s.phase == Phase::Running)
    }

    /// Whether all cases have ended.
    pub(super) fn is_done(&self) -> bool {
        self.cases.iter().all(|s| s.phase == Phase::Done)
    }

    /// The number of ended cases and the number of all cases.
    pub(super) fn count(&self) -> (usize, usize) {
        let done = self.cases.iter().filter(|s| s.phase == Phase::Done).count();
        (done, self.cases.len())
    }

    /// The recorded data of a case that has ended.
    pub(super) fn ended(&self, n: usize) -> Option<Ended<'_>> {
        let case_state = self.cases.get(n).filter(|s| s.phase == Phase::Done)?;
        let fetches = case_state
            .case
            .fetches()
            .iter()
            .zip(&case_state.progress)
            .filter_map(|(spec, progress)| {
                let (reported, outcome) = progress.ended.as_ref()?;
                Some(ObservedFetch {
                    spec,
                    requests: &progress.requests,
                    outcome,
                    error_name: &reported.name,
                    control: reported.control,
                })
            });
        Some(Ended {
            case: &case_state.case,
            fetches: fetches.collect(),
            end: case_state.end.as_ref(),
            requests: case_state.progress.iter().map(|w| w.requests.as_slice()).collect(),
            losses: case_state.losses,
        })
    }
}
