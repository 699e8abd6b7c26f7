//! The processes of one subject: one for all policies, or one for each policy if the library has global state.

use super::server_run::ServerRun;
use super::supervised::SupervisedSubject;
use crate::subject::{Configurations, Identity, RunningSubject, StartError};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The running processes of a subject.
pub(super) struct ProcessPool {
    /// The library and the version that the subject reports.
    pub(super) identity: Identity,
    kind: Kind,
}

enum Kind {
    /// One process for all policies.
    One(Arc<SupervisedSubject>),
    /// One process for each policy, started before the policy's cases and stopped after them. At most as many run at the same time
    /// as listeners are tested.
    Each {
        documents: Configurations,
        /// Processes that have been started ahead of their cases.
        ahead: Mutex<BTreeMap<String, Arc<SupervisedSubject>>>,
    },
}

/// The process of one policy.
pub(super) struct ProcessLease {
    host: Arc<SupervisedSubject>,
    /// Whether the process ends with the lease.
    own: bool,
}

impl ProcessLease {
    pub(super) const fn host(&self) -> &Arc<SupervisedSubject> {
        &self.host
    }

    /// Stops the process if it serves this policy only. Returns a message if it died and no case reproduces the death.
    pub(super) async fn end(self) -> Option<String> {
        if self.own { self.host.stop().await } else { None }
    }
}

impl ProcessPool {
    /// Starts the subject, or only the process of the first policy if each policy has its own.
    pub(super) async fn start(run: &ServerRun) -> Result<Self, StartError> {
        let documents = run.documents();
        if !run.known.has_process_per_policy() {
            let host = SupervisedSubject::start(&run.known, &run.spec, documents).await?;
            return Ok(Self {
                identity: host.identity().await,
                kind: Kind::One(Arc::new(host)),
            });
        }
        RunningSubject::check(&run.known, &run.spec).await?;
        let mut ahead = BTreeMap::new();
        let mut identity = Identity::default();
        if let Some((id, document)) = documents.iter().next() {
            let one = Configurations::from([(id.clone(), document.clone())]);
            let host = SupervisedSubject::start(&run.known, &run.spec, one).await?;
            identity = host.identity().await;
            ahead.insert(id.clone(), Arc::new(host));
        }
        let ahead = Mutex::new(ahead);
        Ok(Self {
            identity,
            kind: Kind::Each { documents, ahead },
        })
    }

    /// Returns the process of a policy, and starts it if necessary.
    pub(super) async fn of(&self, run: &ServerRun, policy: &str) -> ProcessLease {
        match &self.kind {
            Kind::One(host) => ProcessLease {
                host: Arc::clone(host),
                own: false,
            },
            Kind::Each { documents, ahead } => {
                let started = ahead.lock().await.remove(policy);
                let host = match started {
                    Some(host) => host,
                    None => {
                        let one = documents.get_key_value(policy);
                        let one = one.map(|(id, document)| (id.clone(), document.clone()));
                        Arc::new(SupervisedSubject::try_start(&run.known, &run.spec, one).await)
                    }
                };
                ProcessLease { host, own: true }
            }
        }
    }

    /// Stops the processes that still run. Returns a message if one died and no case reproduces the death.
    pub(super) async fn stop(&self) -> Option<String> {
        match &self.kind {
            Kind::One(host) => host.stop().await,
            Kind::Each { ahead, .. } => {
                let left = std::mem::take(&mut *ahead.lock().await);
                for host in left.into_values() {
                    host.stop().await;
                }
                None
            }
        }
    }
}
