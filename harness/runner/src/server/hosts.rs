//! The processes of one subject: one for all policies, or one for each where the library has global state.

use super::host::Host;
use super::run::{Identity, ServerRun};
use crate::subject::{Configurations, StartError};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What runs for a subject.
pub(super) struct Hosts {
    /// What it says of itself.
    pub(super) identity: Identity,
    kind: Kind,
}

enum Kind {
    /// One for all policies.
    One(Arc<Host>),
    /// Each policy has its own, started when its turn comes and ended after it: no more run at once than listeners are asked.
    Each {
        documents: Configurations,
        /// Those that have been started ahead.
        ahead: Mutex<BTreeMap<String, Arc<Host>>>,
    },
}

/// The host of one policy.
pub(super) struct Lease {
    host: Arc<Host>,
    /// Whether it ends with the lease.
    own: bool,
}

impl Lease {
    pub(super) const fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Ends the host if it was for this policy alone; says if it died of what no case shows.
    pub(super) async fn end(self) -> Option<String> {
        if self.own { self.host.stop().await } else { None }
    }
}

impl Hosts {
    /// Starts the subject; where each policy has a process, the first of them.
    pub(super) async fn start(run: &ServerRun) -> Result<Self, StartError> {
        let documents = run.documents();
        if !run.known.has_process_per_policy() {
            let host = Host::start(&run.known, &run.spec, documents).await?;
            return Ok(Self {
                identity: host.identity().await,
                kind: Kind::One(Arc::new(host)),
            });
        }
        let mut ahead = BTreeMap::new();
        let mut identity = Identity::default();
        if let Some((id, document)) = documents.iter().next() {
            let one = Configurations::from([(id.clone(), document.clone())]);
            let host = Host::start(&run.known, &run.spec, one).await?;
            identity = host.identity().await;
            ahead.insert(id.clone(), Arc::new(host));
        }
        let ahead = Mutex::new(ahead);
        Ok(Self {
            identity,
            kind: Kind::Each { documents, ahead },
        })
    }

    /// The host of a policy, started if need be.
    pub(super) async fn of(&self, run: &ServerRun, policy: &str) -> Lease {
        match &self.kind {
            Kind::One(host) => Lease {
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
                        Arc::new(Host::try_start(&run.known, &run.spec, one).await)
                    }
                };
                Lease { host, own: true }
            }
        }
    }

    /// Ends what still runs, and says if it died of what no case shows.
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
