//! The private [HTTP cache](https://httpwg.org/specs/rfc9111.html): store, Vary, freshness, validation. Partitioned by the
//! top-level site; a preflight never reaches it.

use crate::cache_headers::{CacheControl, STORING, Selecting, Vary, is_heuristically_cacheable};
use crate::header_list::{ByteString, HeaderList, delta_seconds};
use crate::origin::Site;
use crate::time::http_date;
use crate::wire::{WireRequest, WireResponse};
use url::Url;

/// The maximum number of stored responses; the oldest are removed first.
const MOST_RESPONSES: usize = 1024;

/// A stored response.
#[derive(Clone, Debug)]
struct Stored {
    partition: Site,
    url: Url,
    /// The request's values of the headers that Vary names.
    selecting: Selecting,
    response: WireResponse,
    /// When it was received or last validated, in seconds since t = 0.
    at: u64,
}

/// The stored response for a request.
pub(crate) struct Found {
    index: usize,
    pub(crate) fresh: bool,
    pub(crate) etag: Option<Vec<u8>>,
    pub(crate) last_modified: Option<Vec<u8>>,
}

/// Stored responses.
#[derive(Clone, Debug, Default)]
pub(crate) struct HttpCache(Vec<Stored>);

impl HttpCache {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether [`Self::store`] could change anything for such a response, so that the request is built only if needed.
    pub(crate) fn concerns(&self, method: &[u8], response: &WireResponse) -> bool {
        if method != b"GET" {
            return !self.is_empty();
        }
        !self.is_empty()
            || response
                .headers
                .iter()
                .any(|h| STORING.iter().any(|n| h.name.eq_ignore_ascii_case(n)))
    }

    /// The stored response that [may answer](https://httpwg.org/specs/rfc9111.html#constructing.responses.from.caches) the request.
    pub(crate) fn find(&self, partition: &Site, request: &WireRequest, now: u64) -> Option<Found> {
        if self.0.is_empty() || *request.method != *b"GET" {
            return None;
        }
        let (index, stored) = self.0.iter().enumerate().rev().find(|(_, s)| {
            s.partition == *partition && same_url(&s.url, &request.url) && s.selecting.matches(&request.headers)
        })?;
        let headers = &stored.response.headers;
        Some(Found {
            index,
            fresh: stored.is_fresh(now),
            etag: headers.get(b"etag").map(std::borrow::Cow::into_owned),
            last_modified: headers.get(b"last-modified").map(std::borrow::Cow::into_owned),
        })
    }

    /// Whether a response for the URL is stored that does not match the request only because of its Vary.
    pub(crate) fn differs_by_vary(&self, partition: &Site, request: &WireRequest) -> bool {
        self.0.iter().any(|s| {
            s.partition == *partition && same_url(&s.url, &request.url) && !s.selecting.matches(&request.headers)
        })
    }

    /// A copy of the stored response.
    pub(crate) fn take_copy(&self, found: &Found) -> Option<WireResponse> {
        self.0.get(found.index).map(|s| s.response.clone())
    }

    /// [Freshens](https://httpwg.org/specs/rfc9111.html#freshening.responses) the stored response with a 304 and returns it.
    pub(crate) fn freshen(&mut self, found: &Found, by: &WireResponse, now: u64) -> Option<WireResponse> {
        let stored = self.0.get_mut(found.index)?;
        let mut replaced: Vec<&[u8]> = Vec::new();
        for header in &by.headers {
            if header.name.eq_ignore_ascii_case(b"content-length") {
                continue;
            }
            if !replaced.iter().any(|n| n.eq_ignore_ascii_case(&header.name)) {
                stored.response.headers.delete(&header.name);
                replaced.push(&header.name);
            }
            stored.response.headers.push(header.name.clone(), header.value.clone());
        }
        stored.at = now;
        Some(stored.response.clone())
    }

    /// Stores a response if it [may be stored](https://httpwg.org/specs/rfc9111.html#response.cacheability), replacing the
    /// response that the same request would select; an unsafe method [invalidates](https://httpwg.org/specs/rfc9111.html#invalidation) instead.
    pub(crate) fn store(&mut self, partition: &Site, request: &WireRequest, response: &WireResponse, now: u64) {
        let is_safe = matches!(&*request.method, b"GET" | b"HEAD" | b"OPTIONS");
        if !is_safe {
            if (200..400).contains(&response.status) {
                self.0
                    .retain(|s| !(s.partition == *partition && same_url(&s.url, &request.url)));
            }
            return;
        }
        if *request.method != *b"GET" || !is_storable(request, response) {
            return;
        }
        let Some(selecting) = Vary::of(&response.headers).selecting(&request.headers) else {
            return;
        };
        self.0.retain(|s| {
            !(s.partition == *partition && same_url(&s.url, &request.url) && s.selecting.matches(&request.headers))
        });
        if self.0.len() >= MOST_RESPONSES {
            self.0.remove(0);
        }
        self.0.push(Stored {
            partition: partition.clone(),
            url: request.url.clone(),
            selecting,
            response: response.clone(),
            at: now,
        });
    }
}

impl Stored {
    fn is_fresh(&self, now: u64) -> bool {
        if CacheControl::of(&self.response.headers).has("no-cache") {
            return false;
        }
        let age = self
            .response
            .headers
            .get(b"age")
            .and_then(|v| delta_seconds(&v))
            .unwrap_or(0)
            .saturating_add(now.saturating_sub(self.at));
        lifetime(&self.response.headers, self.at).is_some_and(|lifetime| age < lifetime)
    }
}

/// The explicit freshness lifetime in seconds: max-age, or otherwise Expires. The model assumes no heuristic freshness.
fn lifetime(headers: &HeaderList, at: u64) -> Option<u64> {
    if let Some(seconds) = CacheControl::of(headers).seconds("max-age") {
        return Some(seconds.unwrap_or(0));
    }
    let expires = headers.get(b"expires")?;
    let Some(expires) = http_date(&expires) else {
        return Some(0);
    };
    let from = headers
        .get(b"date")
        .and_then(|d| http_date(&d))
        .unwrap_or_else(|| i64::try_from(at).unwrap_or(i64::MAX));
    Some(u64::try_from(expires.saturating_sub(from)).unwrap_or(0))
}

fn is_storable(request: &WireRequest, response: &WireResponse) -> bool {
    let explicit = lifetime(&response.headers, 0).is_some();
    let validator = response.headers.contains(b"etag") || response.headers.contains(b"last-modified");
    response.status >= 200
        && response.status != 206
        && response.status != 304
        && !request.headers.contains(b"range")
        && (explicit || (is_heuristically_cacheable(response.status) && validator))
        && !CacheControl::of(&response.headers).has("no-store")
}

fn same_url(a: &Url, b: &Url) -> bool {
    a[..url::Position::AfterQuery] == b[..url::Position::AfterQuery]
}

/// The headers with which a stored response is validated.
pub(crate) fn validators(found: &Found) -> Vec<(&'static [u8], ByteString)> {
    let mut headers: Vec<(&'static [u8], ByteString)> = Vec::new();
    if let Some(etag) = &found.etag {
        headers.push((b"If-None-Match", etag.clone().into()));
    }
    if let Some(date) = &found.last_modified {
        headers.push((b"If-Modified-Since", date.clone().into()));
    }
    headers
}
