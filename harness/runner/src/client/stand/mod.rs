//! The origin server standing alone: the tests of any HTTP client ask the cases by themselves and get the verdicts.

mod shape;
mod site;
#[cfg(test)]
mod tests;

use super::book::Book;
use super::hosts::Hosts;
use super::origin::{Limits, Mint, MintError, OriginServer};
use super::site::{CaseSite, Pace};
use crosscheck_corpus::Case;
use site::StandSite;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How a browser is fed that walks through the pages.
const PACE: Pace = Pace {
    lanes: 4,
    batch: 400,
    limit: Duration::from_secs(10),
    walks: true,
};

/// Why cases cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port cannot be had.
    #[error("cannot listen on port {0} of 127.0.0.1: {1}")]
    Socket(u16, io::Error),
    /// There are no certificates.
    #[error(transparent)]
    Mint(#[from] MintError),
}

/// Cases on a loopback port, until it is dropped.
#[derive(Debug)]
pub struct ServedCases {
    server: OriginServer,
    cases: usize,
}

impl ServedCases {
    /// Serves those of the cases that a client over HTTP/1.1 can be asked; port 0 lets the system choose.
    ///
    /// # Errors
    /// Where the port or certificates cannot be had.
    pub async fn start(cases: &[Arc<Case>], port: u16) -> Result<Self, ServeError> {
        let can_be_asked = |case: &&Arc<Case>| {
            case.for_clients() && !case.fetches.is_empty() && !case.fetches.iter().any(|f| f.is_over_http2(&f.exchange))
        };
        let cases: Vec<Arc<Case>> = cases.iter().filter(can_be_asked).cloned().collect();
        let mint = Arc::new(Mint::new()?);
        let cases_site = CaseSite::new(Book::new(&cases), Hosts::of(&cases).names, PACE);
        let site = Arc::new(StandSite::new(cases_site, mint.authority_pem()));
        let server = OriginServer::start(site, mint, Limits::default(), port)
            .await
            .map_err(|e| ServeError::Socket(port, e))?;
        Ok(Self {
            server,
            cases: cases.len(),
        })
    }

    /// Where it listens: an HTTP proxy, and a server.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// How many cases are served.
    #[must_use]
    pub const fn cases(&self) -> usize {
        self.cases
    }
}
