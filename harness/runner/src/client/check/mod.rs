//! Checks whether a client's adapter follows the protocol. The CORS behaviour of the client is not checked here.

mod bench;
mod checks;
#[cfg(test)]
mod tests;

use super::adapter::{START, STOP};
use super::origin::CertificateError;
use bench::Bench;
use checks::CHECKS;
use serde::Serialize;
use std::io;
use std::time::Duration;

/// Why the checks cannot run.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The server cannot listen.
    #[error("cannot listen on a loopback socket: {0}")]
    Socket(io::Error),
    /// The certificates cannot be created.
    #[error(transparent)]
    CertificateAuthority(#[from] CertificateError),
    /// The certificate of the authority cannot be written to a file.
    #[error("cannot write the certificate of the authority: {0}")]
    Authority(io::Error),
}

/// The time limits for an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For getting ready.
    pub start: Duration,
    /// For one fetch.
    pub fetch: Duration,
    /// For ending after its stdin is closed.
    pub end: Duration,
}

impl Patience {
    /// The limits of a run, with this limit for a fetch.
    #[must_use]
    pub const fn with_fetch(fetch: Duration) -> Self {
        Self {
            start: START,
            fetch,
            end: STOP,
        }
    }
}

/// The result of one check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClientCheck {
    /// The name of the check.
    pub check: &'static str,
    /// What the check requires.
    pub title: &'static str,
    /// The faults as messages; empty if the adapter follows the protocol.
    pub faults: Vec<String>,
    /// Notes that are not faults of the adapter.
    pub notes: Vec<String>,
}

impl ClientCheck {
    /// Whether there are no faults.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.faults.contains(&what) {
            self.faults.push(what);
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.notes.contains(&what) {
            self.notes.push(what);
        }
    }
}

/// Starts the command for each check and runs the check; calls `on_check` with each result. If the command is not ready in the first
/// check, the other checks do not run.
///
/// # Errors
/// If the harness cannot be set up. Faults of the command are in the results.
pub async fn check_client(
    command: &[String],
    patience: Patience,
    mut on_check: impl FnMut(&ClientCheck),
) -> Result<Vec<ClientCheck>, CheckError> {
    let mut bench = Bench::new(command, patience).await?;
    let mut all = Vec::new();
    for check in &CHECKS {
        let mut report = ClientCheck {
            check: check.name,
            title: check.title,
            ..ClientCheck::default()
        };
        let ready = bench.check(check, &mut report).await;
        on_check(&report);
        all.push(report);
        if !ready && all.len() == 1 {
            break;
        }
    }
    Ok(all)
}
