//! Restarts a subject that dies, so that the run continues.

use crate::process::suffix;
use crate::subject::{Configurations, Identity, PolicySupport, RunningSubject, StartError, Subject, SubjectSpec};
use crosscheck_corpus::policy::Configuration;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How often a subject is restarted at most.
const MAX_RESTARTS: usize = 64;

/// The running subject and how often it has been restarted.
pub(super) struct State {
    running: Option<RunningSubject>,
    pub(super) generation: u64,
}

/// A subject and its start parameters.
pub(super) struct SupervisedSubject {
    known: Subject,
    spec: SubjectSpec,
    policies: Configurations,
    state: RwLock<State>,
    /// How many cases are running.
    in_flight: AtomicUsize,
    /// How many deaths of the process are attributed to a case.
    explained: AtomicUsize,
    /// Why it did not start.
    failure: Option<String>,
    /// Whether it has answered any request.
    has_answered: AtomicBool,
    /// Whether it has been given up because it answers no request.
    is_unresponsive: AtomicBool,
    /// The names of the processes that its processes left behind.
    survivors: Mutex<BTreeSet<String>>,
}

/// Marks a case as running until it is dropped.
pub(super) struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl SupervisedSubject {
    pub(super) async fn start(
        known: &Subject,
        spec: &SubjectSpec,
        policies: Configurations,
    ) -> Result<Self, StartError> {
        let running = RunningSubject::start(known, spec, &policies).await?;
        Ok(Self::with(known, spec, policies, Some(running)))
    }

    /// Starts the subject for one policy. If it does not start, every case of the policy reports the failure. Without a policy,
    /// nothing is started.
    pub(super) async fn try_start(known: &Subject, spec: &SubjectSpec, one: Option<(String, Configuration)>) -> Self {
        let Some(one) = one else {
            return Self::with(known, spec, Configurations::new(), None);
        };
        let documents = Configurations::from([one]);
        match RunningSubject::start(known, spec, &documents).await {
            Ok(running) => Self::with(known, spec, documents, Some(running)),
            Err(error) => Self {
                failure: Some(error.to_string()),
                ..Self::with(known, spec, documents, None)
            },
        }
    }

    fn with(known: &Subject, spec: &SubjectSpec, policies: Configurations, running: Option<RunningSubject>) -> Self {
        Self {
            known: known.clone(),
            spec: spec.clone(),
            policies,
            state: RwLock::new(State { running, generation: 0 }),
            in_flight: AtomicUsize::new(0),
            explained: AtomicUsize::new(0),
            failure: None,
            has_answered: AtomicBool::new(false),
            is_unresponsive: AtomicBool::new(false),
            survivors: Mutex::default(),
        }
    }

    /// Records that the subject has answered a case.
    pub(super) fn note_answer(&self) {
        self.has_answered.store(true, Ordering::SeqCst);
    }

    /// Gives up a listener that hung too often. If the subject has never answered, all its listeners are given up.
    pub(super) fn give_up(&self) {
        if !self.has_answered.load(Ordering::SeqCst) {
            self.is_unresponsive.store(true, Ordering::SeqCst);
        }
    }

    /// Returns whether the subject answers no request.
    pub(super) fn is_unresponsive(&self) -> bool {
        self.is_unresponsive.load(Ordering::SeqCst)
    }

    /// Returns why the subject did not start.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Returns the library and the version that the subject reports.
    pub(super) async fn identity(&self) -> Identity {
        let state = self.shared().await;
        let running = state.running();
        running.map_or_else(Identity::default, |running| Identity {
            library: running.library.clone(),
            version: running.version.clone(),
        })
    }

    /// Locks the state, shared with the other cases.
    pub(super) async fn shared(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().await
    }

    /// Locks the state once no other case is in flight.
    pub(super) async fn alone(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().await
    }

    pub(super) fn begin_case(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        InFlight(&self.in_flight)
    }

    /// Returns whether more than one case is in flight.
    pub(super) fn is_busy(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) > 1
    }

    /// Attributes that many deaths of the process to a case.
    pub(super) fn explain(&self, deaths: usize) {
        self.explained.fetch_add(deaths, Ordering::SeqCst);
    }

    /// Restarts the subject. Returns false if it does not start, or was restarted too often.
    pub(super) async fn restart(&self, state: &mut State) -> bool {
        state.generation += 1;
        if let Some(old) = state.running.take() {
            self.end(old).await;
        }
        if state.generation > MAX_RESTARTS as u64 {
            return false;
        }
        state.running = RunningSubject::start(&self.known, &self.spec, &self.policies)
            .await
            .ok();
        state.running.is_some()
    }

    async fn end(&self, running: RunningSubject) {
        let left = running.stop().await;
        self.survivors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(left);
    }

    /// Stops the subject. Returns a message if it died and no case reproduces the death, or if it left processes behind.
    pub(super) async fn stop(&self) -> Option<String> {
        let mut state = self.alone().await;
        let stderr = state.running.as_ref().map(RunningSubject::stderr).unwrap_or_default();
        if let Some(running) = state.running.take() {
            self.end(running).await;
        }
        let explained = self.explained.load(Ordering::SeqCst);
        let deaths = usize::try_from(state.generation).unwrap_or(usize::MAX);
        let lost = deaths.saturating_sub(explained);
        if lost > 0 {
            let tail = suffix(&stderr);
            return Some(format!(
                "the subject's process ended {lost} times while several cases ran, and no case ends it when it runs alone{tail}"
            ));
        }
        let survivors = self.survivors.lock().unwrap_or_else(PoisonError::into_inner);
        crate::process::left_behind(survivors.iter().map(String::as_str))
    }
}

impl State {
    pub(super) const fn running(&self) -> Option<&RunningSubject> {
        self.running.as_ref()
    }

    pub(super) fn policy_support(&self, policy: &str) -> Option<&PolicySupport> {
        self.running.as_ref()?.listeners.get(policy)
    }
}
