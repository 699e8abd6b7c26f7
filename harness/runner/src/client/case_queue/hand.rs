//! Hands out fetches and cookies to clients.

use super::CaseQueue;
use super::state::Phase;
use crate::client::page::PageKey;
use crate::client::relocate;
use crosscheck_corpus::{FetchSpec, Need};
use crosscheck_fetch::Url;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A fetch for a client.
#[derive(Clone, Debug)]
pub(in crate::client) struct Handed {
    pub(in crate::client) n: usize,
    pub(in crate::client) leg: usize,
    pub(in crate::client) wait: Duration,
    pub(in crate::client) page: PageKey,
    /// The request, relocated, with the keys of a case.
    pub(in crate::client) request: Value,
    /// The URL at which a no-cors control request gets the last response again.
    pub(in crate::client) control: Option<String>,
}

impl Handed {
    /// Renders the fetch for the self-driving page.
    pub(in crate::client) fn json(&self) -> Value {
        json!({
            "n": self.n,
            "leg": self.leg,
            "wait": u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX),
            "request": self.request,
            "control": self.control,
        })
    }
}

/// A cookie that the client stores when it visits the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::client) struct Seed {
    pub(in crate::client) url: String,
    pub(in crate::client) set: Vec<u8>,
}

impl CaseQueue {
    /// The cookies that must be set before that page sends its requests.
    pub(in crate::client) fn seeds(&mut self, page: &PageKey, most: usize) -> Vec<Seed> {
        let mut seeds = Vec::new();
        for n in self.of(page, most) {
            seeds.extend(self.seeds_of(n));
        }
        seeds
    }

    /// The cookies of one case, unless they are already set.
    pub(in crate::client) fn seeds_of(&mut self, n: usize) -> Vec<Seed> {
        let Some(case_state) = self.cases.get_mut(n).filter(|s| !s.seeded) else {
            return Vec::new();
        };
        case_state.seeded = true;
        let seed = |cookie: &crosscheck_corpus::SeedCookie| Seed {
            url: relocate::url(cookie.url.as_str(), n),
            set: relocate::cookie(&cookie.set, n),
        };
        case_state.case.cookies().iter().map(seed).collect()
    }

    /// Hands out the fetches of a page.
    pub(in crate::client) fn hand_out(&mut self, page: &PageKey, most: usize, now: Instant) -> Vec<Handed> {
        self.moves += 1;
        let due = self.of(page, most);
        due.into_iter().filter_map(|n| self.hand(n, now)).collect()
    }

    /// Hands out the next fetch of one case.
    pub(in crate::client) fn hand(&mut self, n: usize, now: Instant) -> Option<Handed> {
        let case_state = self.cases.get_mut(n).filter(|s| s.phase == Phase::Waiting)?;
        case_state.phase = Phase::Running;
        let spec = case_state.case.fetches().get(case_state.leg)?;
        let passed = case_state
            .since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let control = case_state.case.needs.contains(&Need::RawBytes) && spec.request.url.starts_with("http");
        Some(Handed {
            n,
            leg: case_state.leg,
            wait: Duration::from_secs(spec.after).saturating_sub(passed),
            page: PageKey::of(spec),
            request: request(spec, n),
            control: control
                .then(|| Url::parse(&spec.request.url).ok())
                .flatten()
                .map(|u| format!("{}{}/~control", u.origin().ascii_serialization(), relocate::prefix(n))),
        })
    }
}

/// Renders the request for the client: everything that a page can set, with relocated URLs, and no expectations.
pub(in crate::client) fn request(spec: &FetchSpec, n: usize) -> Value {
    let mut request = spec.request_json();
    for key in ["url", "referrer"] {
        if let Some(text) = request.get(key).and_then(Value::as_str) {
            let relocated = relocate::url(text, n);
            if let Some(value) = request.get_mut(key) {
                *value = json!(relocated);
            }
        }
    }
    request
}
