//! [Main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch): which branch a request takes, and the end of a fetch.

use crate::branch;
use crate::browser::Browser;
use crate::fetch::{Fetch, State, Tainting};
use crate::method::is_cors_safelisted_method;
use crate::origin::{Origin, is_potentially_trustworthy};
use crate::preflight_cache::Lookup;
use crate::request::has_credentials;
use crate::safelist::cors_unsafe_request_header_names;
use crate::steps::Step;
use crate::trace::{Tracer, escape};
use crate::words::{Leniency, Mode, RedirectMode, Via};
use url::{Host, Url};

const MAIN_FETCH: &str = "main fetch";
const ANCHOR: &str = "#concept-main-fetch";

impl<T: Tracer> Fetch<T> {
    /// One pass of main fetch for the current URL: blocks, or picks a branch and its response tainting.
    pub(crate) fn main_fetch(&mut self, browser: &mut Browser) {
        self.upgrade_a_mixed_content_request();
        if is_blocked_by_port(self.current_url()) {
            return self.network_error(
                browser,
                MAIN_FETCH,
                "#block-bad-port",
                |_| vec![Step::MainFetchBadPort],
                |f| format!("port {} is a bad port", f.current_url().port().unwrap_or(0)),
            );
        }
        if self.is_mixed_content() {
            return self.network_error(
                browser,
                MAIN_FETCH,
                ANCHOR,
                |_| vec![],
                |f| {
                    format!(
                        "{} is mixed content for a page of {}",
                        f.current_url(),
                        f.request.page.origin.serialize()
                    )
                },
            );
        }
        self.fetch_by_branch(browser);
    }

    /// The ordered conditions of main fetch; the first that holds wins.
    fn fetch_by_branch(&mut self, browser: &mut Browser) {
        let request = &self.request;
        let current = request.current_url();
        let same_origin = branch!(
            "tainting: same origin",
            request.page.origin.same_origin_with_url(current)
        );
        let basic = branch!("tainting: still basic", self.tainting == Tainting::Basic);
        let data = branch!("tainting: data URL", current.scheme() == "data");
        let exempt = branch!(
            "tainting: navigate or websocket",
            matches!(request.mode, Mode::Navigate | Mode::WebSocket)
        );
        if (same_origin && basic) || data || exempt {
            self.tainting = Tainting::Basic;
            self.decide(
                MAIN_FETCH,
                ANCHOR,
                |f| match () {
                    () if data => vec![
                        Step::MainFetchDataUrlBasic,
                        Step::MainFetchBranchOrder,
                        Step::FilterBasic,
                    ],
                    () if exempt => vec![Step::MainFetchNavigateWebsocketExempt],
                    () if f.request.url_list.len() > 1 => {
                        let mut found = vec![
                            Step::MainFetchSameOriginBasic,
                            Step::RedirectTaintOwnOriginHop,
                            Step::FilterBasic,
                        ];
                        if f.request.url_list.iter().any(has_credentials) {
                            found.push(Step::RedirectUserinfoSameOriginAllowed);
                        }
                        found
                    }
                    () => vec![Step::MainFetchSameOriginBasic, Step::FilterBasic],
                },
                |f| format!("response tainting basic for {}", shown(f.current_url())),
            );
            return self.scheme_fetch(browser);
        }
        if branch!("tainting: same-origin mode", request.mode == Mode::SameOrigin) {
            return self.network_error(
                browser,
                MAIN_FETCH,
                ANCHOR,
                |_| vec![Step::MainFetchSameOriginMode],
                |f| format!("mode same-origin, and {} is cross-origin", shown(f.current_url())),
            );
        }
        if branch!("tainting: no-cors mode", request.mode == Mode::NoCors) {
            if branch!(
                "tainting: no-cors with redirect mode not follow",
                request.redirect != RedirectMode::Follow
            ) {
                return self.network_error(
                    browser,
                    MAIN_FETCH,
                    ANCHOR,
                    |_| vec![Step::NoCorsRedirectMode],
                    |f| format!("mode no-cors, cross-origin, redirect mode {}", f.request.redirect),
                );
            }
            self.tainting = Tainting::Opaque;
            self.decide(
                MAIN_FETCH,
                ANCHOR,
                |f| {
                    let mut found = vec![Step::NoCorsOpaqueResult, Step::MainFetchBranchOrder];
                    if f.request.page.origin.same_origin_with_url(f.current_url()) {
                        found.insert(0, Step::NoCorsStaysOpaque);
                    }
                    if f.current_url().scheme() == "about" {
                        found.insert(0, Step::LocalAboutBlank);
                    }
                    found.push(Step::FilterOpaque);
                    found
                },
                |f| format!("mode no-cors: response tainting opaque for {}", shown(f.current_url())),
            );
            return self.scheme_fetch(browser);
        }
        if branch!("tainting: scheme is not HTTP(S)", !is_http(current)) {
            return self.network_error(
                browser,
                MAIN_FETCH,
                ANCHOR,
                |f| {
                    let mut found = vec![Step::MainFetchCorsNonHttpScheme];
                    match f.current_url().scheme() {
                        "about" => found.push(Step::LocalAboutBlank),
                        "blob" => found.push(Step::LocalBlobSameOrigin),
                        "file" => found.push(Step::LocalFileUnspecified),
                        _ => {}
                    }
                    found
                },
                |f| {
                    format!(
                        "mode cors, and the scheme `{}` is not HTTP(S)",
                        f.current_url().scheme()
                    )
                },
            );
        }
        self.tainting = Tainting::Cors;
        self.unsafe_names = cors_unsafe_request_header_names(&self.request.headers);
        if self.lenient(Leniency::LastEventIdSafelisted) {
            self.unsafe_names.retain(|n| **n != *b"last-event-id");
        }
        let forced = branch!("tainting: forced preflight", self.request.use_cors_preflight);
        let unsafe_request = branch!("tainting: unsafe-request flag", self.request.unsafe_request);
        let unsafe_names = branch!("tainting: unsafe header names", !self.unsafe_names.is_empty());
        if forced || (unsafe_request && (!is_cors_safelisted_method(&self.request.method) || unsafe_names)) {
            self.took_preflight_branch = true;
            if self.lenient(Leniency::ClearAfterRedirect) {
                let key = (self.serialized_origin.clone(), self.current_url().clone());
                self.preflight_branch_keys.push(key);
            }
            self.describe_preflight_branch();
            return self.http_fetch_with_preflight(browser);
        }
        self.event(
            MAIN_FETCH,
            ANCHOR,
            |f| {
                let mut found = vec![Step::MainFetchCorsSimple];
                if !f.request.unsafe_request {
                    found.insert(0, Step::MainFetchNoFlagNoPreflight);
                }
                if f.request.url_list.len() > 1 {
                    found.push(Step::MainFetchPreflightReevaluatedOnRedirect);
                }
                if f.request.page.origin.same_origin_with_url(f.current_url()) {
                    found.push(Step::MainFetchTaintingSticky);
                }
                found.push(Step::MethodSafelist);
                found
            },
            |f| {
                format!(
                    "response tainting cors for {}, no preflight needed",
                    shown(f.current_url())
                )
            },
        );
        self.describe_safelisted_headers();
        self.state = State::NetworkOrCache;
    }

    /// [Scheme fetch](https://fetch.spec.whatwg.org/#concept-scheme-fetch).
    fn scheme_fetch(&mut self, browser: &mut Browser) {
        match self.current_url().scheme() {
            "http" | "https" => self.state = State::NetworkOrCache,
            "about" if self.current_url().path() == "blank" => {
                self.local_response("text/html;charset=utf-8", Vec::new())
            }
            "data" => self.data_url_response(browser),
            _ => self.network_error(
                browser,
                "scheme fetch",
                "#concept-scheme-fetch",
                |f| match f.current_url().scheme() {
                    "about" => vec![Step::LocalAboutBlank],
                    // No entry is ever in the blob URL store.
                    "blob" if f.request.headers.contains(b"range") => {
                        vec![Step::LocalBlobGetOnly, Step::LocalBlobRange]
                    }
                    "blob" => vec![Step::LocalBlobGetOnly],
                    "file" => vec![Step::LocalFileUnspecified],
                    _ => vec![],
                },
                |f| format!("`{}` is not fetched", shown(f.current_url())),
            ),
        }
    }

    /// A network error on the preflight branch [clears](https://fetch.spec.whatwg.org/#concept-cache-clear) the
    /// CORS-preflight cache for the request as it stands now.
    pub(crate) fn clear_preflight_cache(&mut self, browser: &mut Browser) {
        if !self.took_preflight_branch {
            return;
        }
        let lookup = self.cache_lookup(browser.now());
        browser.preflight_cache.clear(lookup);
        for (origin, url) in &self.preflight_branch_keys {
            browser.preflight_cache.clear(Lookup { origin, url, ..lookup });
        }
        self.event(
            MAIN_FETCH,
            "#concept-cache-clear",
            |f| {
                let mut found = vec![Step::MainFetchClearCacheOnFailure, Step::PreflightCacheClear];
                if f.request.url_list.len() > 1 {
                    found.push(Step::MainFetchClearUsesMutatedRequest);
                }
                found
            },
            |f| {
                format!(
                    "CORS-preflight cache cleared for {} and {}",
                    f.serialized_origin,
                    shown(f.current_url())
                )
            },
        );
    }

    /// The key under which this request looks into the CORS-preflight cache.
    pub(crate) fn cache_lookup(&self, now: u64) -> Lookup<'_> {
        Lookup {
            partition: &self.request.page.top_level,
            origin: &self.serialized_origin,
            url: self.current_url(),
            include: self.include(),
            now,
            ignore_fragment: self.lenient(Leniency::FragmentInCacheKey),
            wildcard_needs_no_credentials: self.lenient(Leniency::StoredWildcardInclude),
        }
    }

    /// [Blocks mixed content](https://w3c.github.io/webappsec-mixed-content/#should-block-fetch): a trustworthy page asks for
    /// a URL that is not. A top-level navigation is exempt. Schemes that are not fetched at all are left to the conditions
    /// that follow, which name the reason better; the result is the same.
    fn is_mixed_content(&self) -> bool {
        self.request.page.restricts_mixed_content()
            && self.request.mode != Mode::Navigate
            && !is_potentially_trustworthy(self.current_url())
            && is_http(self.current_url())
    }

    /// [Upgrades](https://w3c.github.io/webappsec-mixed-content/#upgrade-algorithm) an image of a trustworthy page to https.
    fn upgrade_a_mixed_content_request(&mut self) {
        let is_ip = matches!(self.current_url().host(), Some(Host::Ipv4(_) | Host::Ipv6(_)));
        let upgrades =
            self.request.via == Via::Img && self.current_url().scheme() == "http" && !is_ip && self.is_mixed_content();
        if upgrades && let Some(url) = self.request.url_list.last_mut() {
            let _ = url.set_scheme("https");
        }
    }
}

impl crate::origin::Page {
    fn restricts_mixed_content(&self) -> bool {
        self.origin != Origin::Opaque && is_potentially_trustworthy(&self.url)
    }
}

/// An [HTTP(S) scheme](https://fetch.spec.whatwg.org/#http-scheme).
pub(crate) fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// A URL for people, cut to a bounded length.
pub(crate) fn shown(url: &Url) -> String {
    escape(url.as_str().as_bytes())
}

/// [Bad ports](https://fetch.spec.whatwg.org/#port-blocking).
const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

fn is_blocked_by_port(url: &Url) -> bool {
    is_http(url) && url.port().is_some_and(|port| BAD_PORTS.contains(&port))
}
