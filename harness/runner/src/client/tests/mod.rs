//! Tests the harness from the client's side: sockets, invalid bytes, and misbehaving clients.

mod browsers;
mod cases;
mod closing;
mod gone;
mod leaks;
mod little;
mod origin;
pub(super) mod raw;
mod scheduling;
mod silence;
mod simple;
mod stub;
mod verdicts;

use super::case_queue::CaseQueue;
use super::host_names::HostNames;
use super::origin::{CertificateAuthority, Limits, OriginServer};
use super::site::{CaseSite, Pace};
use crate::subject::BrowserPage;
use crosscheck_corpus::{Case, Corpus};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Parses cases from the text of the list below `cases:`.
pub(super) fn cases_of(text: &str) -> Vec<Arc<Case>> {
    let text = format!("title: t\ndefaults: {{ origin: \"https://app.example\" }}\ncases:\n{text}");
    let corpus = Corpus::from_text("own", &text, BTreeMap::new());
    let problems: Vec<String> = corpus
        .problems
        .iter()
        .map(|p| p.render(&corpus.sources, false))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    corpus.cases
}

/// A running server over cases.
struct TestServer {
    site: Arc<CaseSite>,
    server: OriginServer,
}

impl TestServer {
    async fn of(text: &str) -> Self {
        let cases = cases_of(text);
        let pace = Pace {
            concurrency: 4,
            batch: 10,
            limit: Duration::from_secs(5),
            walks: false,
            page: BrowserPage::Full,
        };
        let ca = Arc::new(CertificateAuthority::new().expect("an authority"));
        let site = CaseSite::new(CaseQueue::new(&cases), HostNames::of(&cases).names, pace);
        let site = Arc::new(site.with_authority(ca.authority_pem()));
        let server = OriginServer::start(Arc::clone(&site), ca, Limits::default(), 0)
            .await
            .expect("a socket");
        Self { site, server }
    }

    const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn unknown_requests(&self) -> Vec<String> {
        self.site.state().queue.unknown_requests.clone()
    }
}
