//! One simulated shared cache between the model and a server, as RFC 9111 has it: GET, explicit freshness, Vary.

use crate::cache_headers::{directive, vary_names};
use crosscheck_fetch::{Url, WireRequest, WireResponse, delta_seconds};

/// The most answers kept.
const MOST: usize = 256;

#[derive(Clone, Debug)]
struct Stored {
    url: Url,
    selecting: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    response: WireResponse,
    at: u64,
    lifetime: u64,
}

/// A shared cache.
#[derive(Clone, Debug, Default)]
pub struct SharedCache(Vec<Stored>);

impl SharedCache {
    /// A fresh answer that the request selects.
    pub fn find(&mut self, request: &WireRequest, now: u64) -> Option<WireResponse> {
        if *request.method != *b"GET" || request.headers.contains(b"range") {
            return None;
        }
        // What the requester must not get from a cache.
        if directive(&request.headers, "no-cache").is_some() || directive(&request.headers, "no-store").is_some() {
            return None;
        }
        let fresh = |s: &&Stored| now.saturating_sub(s.at) < s.lifetime;
        self.0
            .iter()
            .rev()
            .filter(fresh)
            .find(|s| s.url == request.url && s.selects(request))
            .map(|s| s.response.clone())
    }

    /// Keeps an answer if a shared cache may.
    pub fn store(&mut self, request: &WireRequest, response: &WireResponse, now: u64) {
        let headers = &response.headers;
        let forbidden = ["no-store", "private", "no-cache"]
            .iter()
            .any(|d| directive(headers, d).is_some());
        let public = directive(headers, "public").is_some() || directive(headers, "s-maxage").is_some();
        let lifetime = directive(headers, "s-maxage")
            .or_else(|| directive(headers, "max-age"))
            .and_then(|v| delta_seconds(v.as_bytes()));
        let Some(lifetime) = lifetime else { return };
        let authorized = request.headers.contains(b"authorization");
        if *request.method != *b"GET"
            || forbidden
            || response.status < 200
            || matches!(response.status, 206 | 304)
            || (authorized && !public)
        {
            return;
        }
        let names = vary_names(headers);
        if names.contains(&b"*"[..]) || self.0.len() >= MOST {
            return;
        }
        let selecting = names.into_iter().map(|name| {
            let value = request.headers.get(&name).map(std::borrow::Cow::into_owned);
            (name, value)
        });
        let stored = Stored {
            url: request.url.clone(),
            selecting: selecting.collect(),
            response: response.clone(),
            at: now,
            lifetime,
        };
        self.0.retain(|s| !(s.url == request.url && s.selects(request)));
        self.0.push(stored);
    }
}

impl Stored {
    fn selects(&self, request: &WireRequest) -> bool {
        self.selecting
            .iter()
            .all(|(name, value)| request.headers.get(name).as_deref() == value.as_deref())
    }
}
