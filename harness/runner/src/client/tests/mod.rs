//! The harness as a client meets it: sockets, odd bytes, and clients that do what none may do.

mod browsers;
mod cases;
mod gone;
mod little;
mod origin;
pub(super) mod raw;
mod stub;
mod verdicts;

use super::book::Book;
use super::hosts::Hosts;
use super::origin::{Limits, Mint, OriginServer};
use super::site::{CaseSite, Pace};
use crosscheck_corpus::{Case, Corpus};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The cases of a text, which is the list below `cases:`.
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
struct Scene {
    site: Arc<CaseSite>,
    server: OriginServer,
}

impl Scene {
    async fn of(text: &str) -> Self {
        let cases = cases_of(text);
        let pace = Pace {
            lanes: 4,
            batch: 10,
            limit: Duration::from_secs(5),
            walks: false,
        };
        let site = Arc::new(CaseSite::new(Book::new(&cases), Hosts::of(&cases).names, pace));
        let mint = Arc::new(Mint::new().expect("an authority"));
        let server = OriginServer::start(Arc::clone(&site), mint, Limits::default(), 0)
            .await
            .expect("a socket");
        Self { site, server }
    }

    const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn strangers(&self) -> Vec<String> {
        self.site.stage().book.strangers.clone()
    }
}
