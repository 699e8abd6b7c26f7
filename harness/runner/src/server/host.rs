//! A subject that is started again when it dies, so that the run goes on.

use super::run::Identity;
use crate::subject::{Configurations, PolicySupport, RunningSubject, StartError, Subject, SubjectSpec};
use crosscheck_corpus::policy::Configuration;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How often a subject is started again.
const MAX_RESTARTS: usize = 64;

/// The running subject and how often it has been started.
pub(super) struct State {
    running: Option<RunningSubject>,
    pub(super) generation: u64,
}

/// A subject and what it is started with.
pub(super) struct Host {
    known: Subject,
    spec: SubjectSpec,
    policies: Configurations,
    state: RwLock<State>,
    /// How many cases are being asked.
    in_flight: AtomicUsize,
    /// How many ends of the process a case was found for.
    explained: AtomicUsize,
    /// Why it did not start.
    failure: Option<String>,
    /// Whether it has answered anybody.
    has_answered: AtomicBool,
    /// Whether nobody else need wait for it.
    is_mute: AtomicBool,
}

/// A case is being asked.
pub(super) struct Flight<'a>(&'a AtomicUsize);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Host {
    pub(super) async fn start(
        known: &Subject,
        spec: &SubjectSpec,
        policies: Configurations,
    ) -> Result<Self, StartError> {
        let running = RunningSubject::start(known, spec, &policies).await?;
        Ok(Self::with(known, spec, policies, Some(running)))
    }

    /// For one policy, where it may not start: then every case of it finds nobody. Without one nobody is needed.
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
            is_mute: AtomicBool::new(false),
        }
    }

    /// It has answered a case.
    pub(super) fn heard(&self) {
        self.has_answered.store(true, Ordering::SeqCst);
    }

    /// A listener hung so often that it is asked no more; if nobody was ever answered, neither are the others.
    pub(super) fn give_up(&self) {
        if !self.has_answered.load(Ordering::SeqCst) {
            self.is_mute.store(true, Ordering::SeqCst);
        }
    }

    /// Whether it answers nobody.
    pub(super) fn is_mute(&self) -> bool {
        self.is_mute.load(Ordering::SeqCst)
    }

    /// Why it did not start.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// What it says of itself.
    pub(super) async fn identity(&self) -> Identity {
        let state = self.shared().await;
        let running = state.running();
        running.map_or_else(Identity::default, |running| Identity {
            library: running.library.clone(),
            version: running.version.clone(),
        })
    }

    /// The state, shared with the other cases.
    pub(super) async fn shared(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().await
    }

    /// The state, with no other case in flight.
    pub(super) async fn alone(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().await
    }

    pub(super) fn depart(&self) -> Flight<'_> {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        Flight(&self.in_flight)
    }

    /// Whether more than one case is in flight.
    pub(super) fn is_busy(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) > 1
    }

    /// A case was found for so many ends of the process.
    pub(super) fn explain(&self, deaths: usize) {
        self.explained.fetch_add(deaths, Ordering::SeqCst);
    }

    /// Starts the subject again; false where that is not possible or was done too often.
    pub(super) async fn restart(&self, state: &mut State) -> bool {
        state.generation += 1;
        if let Some(old) = state.running.take() {
            old.stop().await;
        }
        if state.generation > MAX_RESTARTS as u64 {
            return false;
        }
        state.running = RunningSubject::start(&self.known, &self.spec, &self.policies)
            .await
            .ok();
        state.running.is_some()
    }

    /// Ends the subject, and says if it died of what no case could be made to show again.
    pub(super) async fn stop(&self) -> Option<String> {
        let mut state = self.alone().await;
        let stderr = state.running.as_ref().map(RunningSubject::stderr).unwrap_or_default();
        if let Some(running) = state.running.take() {
            running.stop().await;
        }
        let explained = self.explained.load(Ordering::SeqCst);
        let deaths = usize::try_from(state.generation).unwrap_or(usize::MAX);
        let lost = deaths.saturating_sub(explained);
        (lost > 0).then(|| {
            let tail = if stderr.is_empty() { String::new() } else { format!("; its stderr ends with: {stderr}") };
            format!("the subject's process ended {lost} times while several cases were asked, and none of them ends it alone{tail}")
        })
    }
}

impl State {
    pub(super) const fn running(&self) -> Option<&RunningSubject> {
        self.running.as_ref()
    }

    pub(super) fn listening(&self, policy: &str) -> Option<&PolicySupport> {
        self.running.as_ref()?.listeners.get(policy)
    }
}
