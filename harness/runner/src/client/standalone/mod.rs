//! The origin server without a client: the test suite of any HTTP client sends the requests of the cases and gets the verdicts.

mod shape;
mod site;
#[cfg(test)]
mod tests;

use super::case_queue::CaseQueue;
use super::host_names::HostNames;
use super::origin::{CertificateAuthority, CertificateError, Limits, OriginServer};
use super::site::{CaseSite, Pace};
use crate::subject::BrowserPage;
use crosscheck_corpus::Case;
use crosscheck_results::{CaseId, CaseResult};
use site::StandaloneSite;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The pace for a browser that walks through the pages.
const PACE: Pace = Pace {
    concurrency: 4,
    batch: 400,
    limit: Duration::from_secs(10),
    walks: true,
    page: BrowserPage::Full,
};

/// How long a client may take for a request, and how long a connection may be idle.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why cases cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port is not available.
    #[error("cannot listen on port {0} of 127.0.0.1: {1}")]
    Socket(u16, io::Error),
    /// The certificates cannot be created.
    #[error(transparent)]
    CertificateAuthority(#[from] CertificateError),
}

/// Serves cases on a loopback port until it is dropped.
#[derive(Debug)]
pub struct ServedCases {
    server: OriginServer,
    site: Arc<StandaloneSite>,
    cases: Vec<Arc<Case>>,
}

/// The results of the served cases.
#[derive(Clone, Debug, Default)]
pub struct ServedResults {
    /// A result of each case, in the order of the cases. A case without a verdict is `not-judged`.
    pub results: Vec<CaseResult>,
    /// The cases of which no client has requested anything.
    pub not_requested: Vec<CaseId>,
    /// The cases that a client has begun and not finished.
    pub not_finished: Vec<CaseId>,
}

impl ServedCases {
    /// Serves the cases that run over HTTP/1.1; with port 0 the system chooses a port.
    ///
    /// # Errors
    /// If the port is not available or the certificates cannot be created.
    pub async fn start(cases: &[Arc<Case>], port: u16) -> Result<Self, ServeError> {
        let is_served = |case: &&Arc<Case>| {
            case.for_clients()
                && !case.fetches().is_empty()
                && !case.fetches().iter().any(|f| f.is_over_http2(&f.exchange))
        };
        let cases: Vec<Arc<Case>> = cases.iter().filter(is_served).cloned().collect();
        let ca = Arc::new(CertificateAuthority::new()?);
        let cases_site = CaseSite::new(CaseQueue::new(&cases), HostNames::of(&cases).names, PACE);
        let site = Arc::new(StandaloneSite::new(cases_site.with_authority(ca.authority_pem())));
        let limits = Limits {
            patience: PATIENCE,
            ..Limits::default()
        };
        let server = OriginServer::start(Arc::clone(&site), ca, limits, port)
            .await
            .map_err(|e| ServeError::Socket(port, e))?;
        Ok(Self { server, site, cases })
    }

    /// The address on which it listens, as an HTTP proxy and as a server.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The served cases, in the order of their numbers.
    #[must_use]
    pub fn cases(&self) -> &[Arc<Case>] {
        &self.cases
    }

    /// Returns the results of the cases so far.
    #[must_use]
    pub fn results(&self) -> ServedResults {
        self.site.results()
    }
}
