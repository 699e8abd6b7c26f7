//! Servers of a run that are already running.

use super::subject_task::SubjectError;
use crate::finished::Finished;
use crate::server::{Probe, Probing};
use crate::subject::Identity;
use crosscheck_corpus::Case;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// The cases for such servers, by the names of the servers.
pub type Addresses = BTreeMap<String, AddressCases>;

/// The cases for such a server.
#[derive(Clone, Debug)]
pub struct AddressCases {
    /// The server, its policy, and the limits on the requests.
    pub probing: Probing,
    /// The selected ones of [`Probing::cases`], in their order.
    pub cases: Vec<Arc<Case>>,
}

impl AddressCases {
    /// The URL for results, without secrets.
    pub(super) fn shown_url(&self) -> String {
        let redactor = self.probing.server.headers.redactor();
        redactor.text(self.probing.server.url.expose().as_str()).into_owned()
    }
}

/// A run of the cases for such a server.
pub(super) struct AddressRun {
    pub(super) probing: Probing,
    pub(super) subject: String,
    pub(super) cases: Vec<Arc<Case>>,
    /// From the description, since a running server does not report its library.
    pub(super) identity: Identity,
}

impl AddressRun {
    /// Runs the cases, and sends each result with the place of its case.
    pub(super) async fn run(
        self,
        identify: oneshot::Sender<Identity>,
        finished: mpsc::Sender<Finished>,
    ) -> Result<Option<String>, SubjectError> {
        let mut probe = Probe::open(&self.probing).await?;
        // The receiver is gone if the run has failed; then it ends this task, too.
        let _ = identify.send(self.identity);
        probe.keep(self.cases);
        let cases = probe.cases().to_vec();
        // Results are released in the order of the cases.
        let mut places = 0..;
        for case in &cases {
            let released = probe.run_case(&self.subject, case).await;
            for ((result, examined), place) in released.into_iter().zip(&mut places) {
                let _ = finished.send((place, result, examined)).await;
            }
        }
        for ((result, examined), place) in probe.finish().await.into_iter().zip(&mut places) {
            let _ = finished.send((place, result, examined)).await;
        }
        Ok(None)
    }
}
