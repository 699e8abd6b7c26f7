//! [Main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch): which branch a request takes, and the end of a fetch.

use crate::algorithm::Algorithm;
use crate::branch;
use crate::browser::Browser;
use crate::fetch::{Fetch, State, Tainting};
use crate::keywords::{Leniency, Mode, RedirectMode, Via};
use crate::method::is_cors_safelisted_method;
use crate::origin::{Origin, is_potentially_trustworthy};
use crate::preflight_cache::Lookup;
use crate::reason::{Basic, MainFetchReason, RequestReason};
use crate::safelist::{SafelistedNames, cors_unsafe_request_header_names, safelisting};
use crate::steps::Step;
use crate::trace::{Finding, Tracer};
use crate::urls::{has_credentials, is_http};
use url::{Host, Url};

/// A finding of main fetch itself.
fn main_fetch(reason: MainFetchReason) -> Finding {
    Finding::new(Algorithm::MainFetch, reason)
}

impl<T: Tracer> Fetch<T> {
    /// Runs [main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch) for the current URL: upgrades (step 6) or blocks (step 7)
    /// the request, or chooses a branch and its response tainting (step 12).
    pub(crate) fn main_fetch(&mut self, browser: &mut Browser) {
        self.upgrade_a_mixed_content_request();
        if branch!("main fetch: bad port", is_blocked_by_port(self.current_url())) {
            return self.network_error(browser, |f| {
                let port = f.current_url().port().unwrap_or(0);
                Finding::new(Algorithm::BadPort, MainFetchReason::BadPort { port }).on(Step::MainFetchBadPort)
            });
        }
        if self.is_mixed_content() {
            return self.network_error(browser, |f| {
                let url = f.url_text();
                let origin = f.request.page.origin.serialize();
                Finding::new(Algorithm::MixedContent, MainFetchReason::MixedContent { url, origin })
                    .on(Step::FilterNetworkErrorTypeerror)
            });
        }
        self.fetch_by_branch(browser);
    }

    /// The ordered conditions of step 12 of main fetch; the first one that holds decides.
    #[expect(clippy::too_many_lines, reason = "follows main fetch step by step")]
    fn fetch_by_branch(&mut self, browser: &mut Browser) {
        let request = &self.request;
        let current = request.current_url();
        let same_origin = branch!(
            "tainting: same origin",
            request.page.origin.same_origin_with_url(current)
        );
        let basic = branch!("tainting: still basic", self.tainting == Tainting::Basic)
            || branch!("misread: tainting falls back to basic", false);
        let data = branch!("tainting: data URL", current.scheme() == "data");
        let exempt = branch!(
            "tainting: navigate or websocket",
            matches!(request.mode, Mode::Navigate | Mode::WebSocket)
        );
        if (same_origin && basic) || data || exempt {
            let by = match () {
                () if data => Basic::DataUrl,
                () if exempt => Basic::Exempt,
                () => Basic::SameOrigin,
            };
            self.tainting = Tainting::Basic;
            self.decide(|f| f.basic(by));
            return self.scheme_fetch(browser);
        }
        if branch!("tainting: same-origin mode", request.mode == Mode::SameOrigin) {
            return self.network_error(browser, |f| {
                let url = f.url_text();
                main_fetch(MainFetchReason::CrossOriginInSameOriginMode { url }).on(Step::MainFetchSameOriginMode)
            });
        }
        if branch!("tainting: no-cors mode", request.mode == Mode::NoCors) {
            if branch!(
                "tainting: no-cors with redirect mode not follow",
                request.redirect != RedirectMode::Follow
            ) {
                return self.network_error(browser, |f| {
                    let redirect = f.request.redirect;
                    main_fetch(MainFetchReason::RedirectModeInNoCors { redirect }).on(Step::NoCorsRedirectMode)
                });
            }
            self.tainting = Tainting::Opaque;
            self.decide(|f| {
                let url = f.url_text();
                // The URL is same-origin again; only the tainting of an earlier hop prevents basic.
                let stays = f.request.page.origin.same_origin_with_url(f.current_url());
                let about = f.current_url().scheme() == "about";
                main_fetch(MainFetchReason::TaintingOpaque { url })
                    .on_if(about, Step::LocalAboutBlank)
                    .on_if(stays, Step::NoCorsStaysOpaque)
                    .on(Step::NoCorsOpaqueResult)
                    .on_if(about, Step::MainFetchBranchOrder)
            });
            return self.scheme_fetch(browser);
        }
        if branch!("tainting: scheme is not HTTP(S)", !is_http(current)) {
            return self.network_error(browser, |f| {
                let scheme = f.current_url().scheme().to_owned();
                let local = match scheme.as_str() {
                    "about" => Some(Step::LocalAboutBlank),
                    "blob" => Some(Step::LocalBlobSameOrigin),
                    "file" => Some(Step::LocalFileUnspecified),
                    _ => None,
                };
                main_fetch(MainFetchReason::NotHttp { scheme })
                    .on(Step::MainFetchCorsNonHttpScheme)
                    .on_all(local)
            });
        }
        self.tainting = Tainting::Cors;
        self.unsafe_names = cors_unsafe_request_header_names(&self.request.headers);
        if self.lenient(Leniency::LastEventIdSafelisted) {
            self.unsafe_names.retain(|n| **n != *b"last-event-id");
        }
        let forced = branch!("tainting: forced preflight", self.request.use_cors_preflight);
        let unsafe_request = branch!("tainting: unsafe-request flag", self.request.unsafe_request);
        let unsafe_names = branch!("tainting: unsafe header names", !self.unsafe_names.is_empty());
        let unsafe_method = !is_cors_safelisted_method(&self.request.method);
        let again = self.request.url_list.len() > 1;
        let always = branch!("misread: every cross-origin request is preflighted", false);
        if forced || always || (unsafe_request && (unsafe_method || unsafe_names)) {
            self.took_preflight_branch = true;
            if self.lenient(Leniency::ClearAfterRedirect) {
                let key = (self.serialized_origin.clone(), self.current_url().clone());
                self.preflight_branch_keys.push(key);
            }
            self.event(|f| {
                let url = f.url_text();
                main_fetch(MainFetchReason::PreflightNeeded { url })
                    .on_if(forced, Step::MainFetchPreflightForcedFlag)
                    .on_if(unsafe_method, Step::MainFetchPreflightOnMethod)
                    .on_if(unsafe_method, Step::MethodSafelist)
                    .on_if(unsafe_names, Step::MainFetchPreflightOnHeaders)
                    .on_if(again, Step::MainFetchPreflightReevaluatedOnRedirect)
            });
            self.note_safelisting();
            return self.http_fetch_with_preflight(browser);
        }
        self.event(|f| {
            let url = f.url_text();
            let sticky = f.request.page.origin.same_origin_with_url(f.current_url());
            main_fetch(MainFetchReason::NoPreflightNeeded { url })
                .on_if(!unsafe_request, Step::MainFetchNoFlagNoPreflight)
                .on(Step::MainFetchCorsSimple)
                .on_if(again, Step::MainFetchPreflightReevaluatedOnRedirect)
                .on_if(sticky, Step::MainFetchTaintingSticky)
                .on_if(!unsafe_method, Step::MethodSafelist)
        });
        self.note_safelisting();
        self.state = State::NetworkOrCache;
    }

    /// Why response tainting is basic.
    fn basic(&self, by: Basic) -> Finding {
        let url = self.url_text();
        let redirected = self.request.url_list.len() > 1;
        let userinfo = self.request.url_list.iter().any(has_credentials);
        let found = main_fetch(MainFetchReason::TaintingBasic { url, by });
        match by {
            Basic::DataUrl => found
                .on(Step::MainFetchDataUrlBasic)
                // The conditions for mode same-origin and no-cors come later, and would hold.
                .on_if(self.request.mode != Mode::Cors, Step::MainFetchBranchOrder),
            Basic::Exempt => found.on(Step::MainFetchNavigateWebsocketExempt),
            Basic::SameOrigin => found
                .on(Step::MainFetchSameOriginBasic)
                .on_if(redirected, Step::RedirectTaintOwnOriginHop)
                .on_if(redirected && userinfo, Step::RedirectUserinfoSameOriginAllowed),
        }
    }

    /// Records for each header of the request whether it is safelisted, and the total length of the values.
    fn note_safelisting(&mut self) {
        if !T::ON {
            return;
        }
        let headers = &self.request.headers;
        let mut names = SafelistedNames::new();
        let mut findings = Vec::with_capacity(headers.len() + 1);
        for (index, header) in headers.iter().enumerate() {
            let by = safelisting(&header.name, &header.value);
            names.add(headers, index, header, by);
            let (name, value) = (header.name.clone(), header.value.clone());
            let found = Finding::new(
                Algorithm::SafelistedRequestHeader,
                RequestReason::Safelisting { name, value, by },
            );
            findings.push(found.on_all(by.steps(&header.name, &header.value)));
        }
        let total = names.total;
        let sum = Finding::new(
            Algorithm::UnsafeRequestHeaderNames,
            RequestReason::SafelistedBytes { total },
        );
        findings.push(sum.on_all(names.steps()));
        for finding in findings {
            self.event(|_| finding);
        }
        if !self.unsafe_names.is_empty() {
            self.event(|f| {
                let names = f.unsafe_names.clone();
                let star = names.iter().any(|n| **n == *b"*");
                let several = names.len() > 1;
                // If the names were copied as listed, the set would be different.
                let is_unsafe = |name: &[u8]| names.iter().any(|n| n.eq_ignore_ascii_case(name));
                let unsafe_headers = || f.request.headers.iter().filter(|h| is_unsafe(&h.name));
                let differs = !unsafe_headers().map(|h| &h.name).eq(names.iter());
                Finding::new(Algorithm::SortedLowercaseSet, RequestReason::UnsafeNames { names })
                    .on_if(several, Step::UnsafeNamesOutputOrder)
                    .on_if(differs, Step::HeaderListSortedLowercaseSet)
                    .on_if(star, Step::SyntaxWildcardIsToken)
            });
        }
    }

    /// [Scheme fetch](https://fetch.spec.whatwg.org/#concept-scheme-fetch): the switch of step 3.
    fn scheme_fetch(&mut self, browser: &mut Browser) {
        match self.current_url().scheme() {
            "http" | "https" => self.state = State::NetworkOrCache,
            "about"
                if self.current_url().path() == "blank" && !branch!("misread: about:blank is not fetched", false) =>
            {
                self.local_response("text/html;charset=utf-8", Vec::new())
            }
            "data" => self.data_url_response(browser),
            _ if branch!("scheme fetch: the scheme is not fetched", false) => {
                self.local_response("text/plain", Vec::new());
            }
            _ => self.network_error(browser, |f| {
                let url = f.url_text();
                let blob = f.current_url().scheme() == "blob";
                let range = f.request.headers.contains(b"range");
                let step = match f.current_url().scheme() {
                    "about" => Some(Step::LocalAboutBlank),
                    // No entry is ever in the blob URL store.
                    "blob" => Some(Step::LocalBlobGetOnly),
                    "file" => Some(Step::LocalFileUnspecified),
                    _ => None,
                };
                Finding::new(Algorithm::SchemeFetch, MainFetchReason::SchemeNotFetched { url })
                    .on_all(step)
                    .on_if(blob && range, Step::LocalBlobRange)
            }),
        }
    }

    /// A network error on the preflight branch of step 12 [clears](https://fetch.spec.whatwg.org/#concept-cache-clear) the
    /// CORS-preflight cache for the request in its present state (step 3 of that branch).
    pub(crate) fn clear_preflight_cache(&mut self, browser: &mut Browser) {
        if !self.took_preflight_branch {
            return;
        }
        let lookup = self.cache_lookup(browser.now());
        browser.preflight_cache.clear(lookup);
        for (origin, url) in &self.preflight_branch_keys {
            browser.preflight_cache.clear(Lookup { origin, url, ..lookup });
        }
        self.event(|f| {
            let origin = f.serialized_origin.clone();
            let url = f.url_text();
            let redirected = f.request.url_list.len() > 1;
            Finding::new(
                Algorithm::ClearPreflightCache,
                MainFetchReason::PreflightCacheCleared { origin, url },
            )
            .on(Step::MainFetchClearCacheOnFailure)
            .on(Step::PreflightCacheClear)
            .on_if(redirected, Step::MainFetchClearUsesMutatedRequest)
        });
    }

    /// The key of this request in the CORS-preflight cache.
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

    /// [Blocks mixed content](https://w3c.github.io/webappsec-mixed-content/#should-block-fetch): a trustworthy page (step 1.1)
    /// requests a URL that is not trustworthy (step 1.2). A top-level navigation is exempt (step 1.4). Schemes that are never fetched are left to the conditions
    /// that follow, which give a better reason; the result is the same.
    fn is_mixed_content(&self) -> bool {
        self.request.page.restricts_mixed_content()
            && self.request.mode != Mode::Navigate
            && !is_potentially_trustworthy(self.current_url())
            && is_http(self.current_url())
    }

    /// [Upgrades](https://w3c.github.io/webappsec-mixed-content/#upgrade-algorithm) an image of a trustworthy page to https: steps 1.1
    /// to 1.3, 1.5 and 2.
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
    /// [Restricts mixed content](https://w3c.github.io/webappsec-mixed-content/#categorize-settings-object): step 1.
    fn restricts_mixed_content(&self) -> bool {
        self.origin != Origin::Opaque && is_potentially_trustworthy(&self.url)
    }
}

/// [Bad ports](https://fetch.spec.whatwg.org/#port-blocking).
const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// [Should be blocked due to a bad port](https://fetch.spec.whatwg.org/#block-bad-port): step 2.
fn is_blocked_by_port(url: &Url) -> bool {
    is_http(url) && url.port().is_some_and(|port| BAD_PORTS.contains(&port))
}
