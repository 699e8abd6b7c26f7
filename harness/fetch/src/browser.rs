//! The state that a browser keeps between fetches: clock, CORS-preflight cache, cookie jar, HTTP cache.

use crate::cookies::CookieJar;
use crate::http_cache::HttpCache;
use crate::preflight_cache::PreflightCache;
use url::Url;

/// A browser profile. Time is a number that the caller advances.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    now: u64,
    pub(crate) preflight_cache: PreflightCache,
    pub(crate) cookies: CookieJar,
    pub(crate) http_cache: HttpCache,
}

impl Browser {
    /// A fresh profile at t = 0, which is 2026-01-01T00:00:00Z.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Advances the clock, in seconds; allowed at any point of a fetch.
    pub fn advance(&mut self, seconds: u64) {
        self.now = self.now.saturating_add(seconds);
    }

    /// Seconds since t = 0.
    #[must_use]
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// Puts a cookie into the jar as if a first-party response from `url` had set it.
    pub fn set_cookie(&mut self, url: &Url, set_cookie: &[u8]) {
        self.cookies.store(url, set_cookie, true, self.now);
    }
}
