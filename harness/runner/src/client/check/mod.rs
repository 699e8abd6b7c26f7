//! Whether a client's adapter speaks the protocol, check by check. What its client makes of CORS is not the question here.

mod bench;
mod checks;
#[cfg(test)]
mod tests;

use super::adapter::{START, STOP};
use super::origin::MintError;
use bench::Bench;
use checks::CHECKS;
use serde::Serialize;
use std::io;
use std::time::Duration;

/// Why nothing can be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// There is no socket.
    #[error("no loopback socket can be had: {0}")]
    Socket(io::Error),
    /// There are no certificates.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// No file for the authority's certificate.
    #[error("the certificate of the authority cannot be written: {0}")]
    Authority(io::Error),
}

/// How long an adapter is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until it is ready.
    pub start: Duration,
    /// For one fetch.
    pub fetch: Duration,
    /// For its end, once its stdin is closed.
    pub end: Duration,
}

impl Patience {
    /// As in a run, with that time for a fetch.
    #[must_use]
    pub const fn with_fetch(fetch: Duration) -> Self {
        Self {
            start: START,
            fetch,
            end: STOP,
        }
    }
}

/// What came of one check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClientCheck {
    /// Its name.
    pub check: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// What is wrong, in words; nothing if it speaks the protocol.
    pub faults: Vec<String>,
    /// What is worth knowing and no fault of the adapter.
    pub notes: Vec<String>,
}

impl ClientCheck {
    /// Whether nothing is wrong.
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

/// Starts the command for each check and speaks with it; `told` hears of each check as it ends. Where the command never gets
/// ready the first check is the only one.
///
/// # Errors
/// Where the harness cannot be set up; whatever the command does is in the checks.
pub async fn check_client(
    command: &[String],
    patience: Patience,
    mut told: impl FnMut(&ClientCheck),
) -> Result<Vec<ClientCheck>, CheckError> {
    let mut bench = Bench::new(command, patience).await?;
    let mut all = Vec::new();
    for check in &CHECKS {
        let mut came = ClientCheck {
            check: check.name,
            title: check.title,
            ..ClientCheck::default()
        };
        let ready = bench.check(check, &mut came).await;
        told(&came);
        all.push(came);
        if !ready && all.len() == 1 {
            break;
        }
    }
    Ok(all)
}
