//! One simulated shared cache between the model and a server, as RFC 9111 has it: GET, explicit freshness, Vary.

use crosscheck_fetch::{CacheControl, Selecting, Url, Vary, WireRequest, WireResponse};

/// The most answers kept.
const MOST: usize = 256;

#[derive(Clone, Debug)]
struct Stored {
    url: Url,
    selecting: Selecting,
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
        let control = CacheControl::of(&request.headers);
        if control.has("no-cache") || control.has("no-store") {
            return None;
        }
        let fresh = |s: &&Stored| now.saturating_sub(s.at) < s.lifetime;
        self.0
            .iter()
            .rev()
            .filter(fresh)
            .find(|s| s.url == request.url && s.selecting.matches(&request.headers))
            .map(|s| s.response.clone())
    }

    /// Keeps an answer if a shared cache may.
    pub fn store(&mut self, request: &WireRequest, response: &WireResponse, now: u64) {
        let control = CacheControl::of(&response.headers);
        let forbidden = ["no-store", "private", "no-cache"].iter().any(|d| control.has(d));
        let public = control.has("public") || control.has("s-maxage");
        let lifetime = control.seconds("s-maxage").or_else(|| control.seconds("max-age"));
        let Some(lifetime) = lifetime.flatten() else { return };
        let authorized = request.headers.contains(b"authorization");
        if *request.method != *b"GET"
            || forbidden
            || response.status < 200
            || matches!(response.status, 206 | 304)
            || (authorized && !public)
        {
            return;
        }
        let Some(selecting) = Vary::of(&response.headers).selecting(&request.headers) else {
            return;
        };
        if self.0.len() >= MOST {
            return;
        }
        let stored = Stored {
            url: request.url.clone(),
            selecting,
            response: response.clone(),
            at: now,
            lifetime,
        };
        self.0
            .retain(|s| !(s.url == request.url && s.selecting.matches(&request.headers)));
        self.0.push(stored);
    }
}
