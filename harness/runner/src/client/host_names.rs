//! Collects the hosts and TLS ports that cases name, before a client starts.

use super::page::PageKey;
use crosscheck_corpus::{Case, CaseResponse, Exchange};
use crosscheck_fetch::Url;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The hosts that the cases name.
#[derive(Debug, Default)]
pub(super) struct HostNames {
    /// Every host, lower-case, IPv6 without brackets.
    pub(super) names: BTreeSet<String>,
    /// Host and port of every TLS endpoint.
    pub(super) tls: BTreeSet<(String, u16)>,
}

impl HostNames {
    /// Collects the names of the cases.
    pub(super) fn of(cases: &[Arc<Case>]) -> Self {
        let mut hosts = Self::default();
        for case in cases {
            for cookie in case.cookies() {
                hosts.add(&cookie.url);
            }
            for fetch in case.fetches() {
                hosts.text(&PageKey::of(fetch).url());
                if let PageKey::Framed { origin, .. } = PageKey::of(fetch) {
                    hosts.text(&format!("{origin}/"));
                }
                hosts.text(&fetch.request.url);
                let also = fetch.also_allowed.iter().filter_map(|a| a.exchange.as_ref()).flatten();
                for exchange in fetch.exchange.iter().chain(also) {
                    hosts.exchange(exchange);
                }
            }
        }
        hosts
    }

    fn exchange(&mut self, exchange: &Exchange) {
        if let Some(url) = exchange.request.as_ref().and_then(|r| r.url.as_ref()) {
            self.add(url);
        }
        match &exchange.response {
            CaseResponse::Parts { headers, .. } => {
                for location in headers.get_all(b"location") {
                    self.location(&String::from_utf8_lossy(location));
                }
            }
            CaseResponse::Raw(bytes) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                for line in text.lines() {
                    if let Some((name, value)) = line.split_once(':')
                        && name.eq_ignore_ascii_case("location")
                    {
                        self.location(value);
                    }
                }
            }
            CaseResponse::Fail(_) => {}
        }
    }

    fn location(&mut self, text: &str) {
        let text = text.trim();
        if text.starts_with("//") {
            self.text(&format!("https:{text}"));
            self.text(&format!("http:{text}"));
        } else {
            self.text(text);
        }
    }

    fn text(&mut self, text: &str) {
        if let Ok(url) = Url::parse(text) {
            self.add(&url);
        }
    }

    fn add(&mut self, url: &Url) {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return;
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if matches!(url.scheme(), "https" | "wss") {
            self.tls.insert((host.clone(), port));
        }
        self.names.insert(host);
    }
}
