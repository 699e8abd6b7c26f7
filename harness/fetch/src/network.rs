//! [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch) and the answer
//! of [HTTP-network fetch](https://fetch.spec.whatwg.org/#concept-http-network-fetch).

use crate::algorithm::Algorithm;
use crate::branch;
use crate::browser::Browser;
use crate::cookies::SameSiteMode;
use crate::cors_check::{cors_check, is_beyond_the_grammar};
use crate::fetch::{Fetch, State, Tainting};
use crate::header_list::{ByteString, HeaderList};
use crate::http_cache::validators;
use crate::http_fetch::RedirectTaint;
use crate::keywords::{CacheMode, CredentialsMode, Mode, ReferrerPolicy, Via};
use crate::origin::{Origin, Site};
use crate::reason::NetworkReason;
use crate::referrer::determine_referrer;
use crate::steps::Step;
use crate::trace::{Finding, Tracer};
use crate::wire::{Answer, WireRequest, WireResponse, is_null_body_status};
use std::borrow::Cow;

/// Conditional headers; if the script sets one, the HTTP cache is not used.
const CONDITIONAL: [&[u8]; 5] = [
    b"if-modified-since",
    b"if-none-match",
    b"if-unmodified-since",
    b"if-match",
    b"if-range",
];

/// A finding of HTTP-network-or-cache fetch itself.
fn network_or_cache(reason: NetworkReason) -> Finding {
    Finding::new(Algorithm::HttpNetworkOrCacheFetch, reason)
}

/// A finding of HTTP-network fetch itself.
fn network(reason: NetworkReason) -> Finding {
    Finding::new(Algorithm::HttpNetworkFetch, reason)
}

impl<T: Tracer> Fetch<T> {
    /// Answers from the HTTP cache, or sends the request: steps 8.26 and 11.1 of
    /// [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch). A stream body over HTTP/1.1 is
    /// step 8.3 of [HTTP-network fetch](https://fetch.spec.whatwg.org/#concept-http-network-fetch).
    pub(crate) fn http_network_or_cache_fetch(&mut self, browser: &mut Browser) {
        if branch!(
            "network: stream over HTTP/1",
            !self.over_http2 && self.has_stream_body()
        ) {
            return self.network_error(browser, |_| {
                network(NetworkReason::StreamOverHttp1).on(Step::PreflightRequestStreamingH1)
            });
        }
        self.revalidating = None;
        self.revalidated = false;
        self.informational.clear();
        self.state = State::Network;
        self.note_network_request();
        let mode = self.cache_mode();
        if matches!(mode, CacheMode::NoStore | CacheMode::Reload) {
            return;
        }
        let found = match *self.request.method {
            [b'G', b'E', b'T'] if !browser.http_cache.is_empty() => {
                let plain = self.network_request(browser);
                browser.http_cache.find(&self.partition(), &plain, browser.now())
            }
            _ => None,
        };
        let Some(found) = found else {
            if !browser.http_cache.is_empty() {
                self.event(|f| {
                    let wire = f.network_request(browser);
                    let varies = browser.http_cache.differs_by_vary(&f.partition(), &wire);
                    network_or_cache(NetworkReason::NothingStored).on_if(varies, Step::HttpCacheVaryRespected)
                });
            }
            if mode == CacheMode::OnlyIfCached {
                self.network_error(browser, |_| {
                    network_or_cache(NetworkReason::OnlyIfCached).on(Step::FilterNetworkErrorTypeerror)
                });
            }
            return;
        };
        let reuse = match mode {
            CacheMode::ForceCache | CacheMode::OnlyIfCached => true,
            CacheMode::NoCache => false,
            _ => found.fresh,
        };
        if reuse {
            if let Some(response) = browser.http_cache.take_copy(&found) {
                self.event(|_| {
                    let varies = response.headers.contains(b"vary");
                    network_or_cache(NetworkReason::FromHttpCache)
                        .on_if(!varies, Step::HttpCacheNoVaryReuse)
                        .on_if(varies, Step::HttpCacheVaryRespected)
                });
                self.state = State::Response {
                    response,
                    from_cache: true,
                };
            }
        } else if found.etag.is_some() || found.last_modified.is_some() {
            self.revalidating = Some(found);
        }
    }

    /// The actual request as it is sent, with the headers that HTTP-network-or-cache fetch adds in its step 8, and those of
    /// [establish a WebSocket connection](https://websockets.spec.whatwg.org/#concept-websocket-establish), steps 3 to 7.
    pub(crate) fn network_request(&self, browser: &Browser) -> WireRequest {
        let request = &self.request;
        let mut headers = HeaderList::with_capacity(request.headers.len() + 6);
        for header in &request.headers {
            headers.push(header.name.clone(), header.value.clone());
        }
        // Steps 8.5 to 8.9.
        let body = request.body.as_ref().map_or(&b""[..], |b| b.bytes());
        if self.has_stream_body() {
            // The length of a stream is not known when the head is sent.
        } else if request.body.is_some() {
            headers.push(&b"Content-Length"[..], body.len().to_string().into_bytes());
        } else if matches!(&*request.method, b"POST" | b"PUT") {
            headers.push(&b"Content-Length"[..], &b"0"[..]);
        }
        // Step 8.11.
        if let Some(referrer) = self.referrer() {
            headers.push(&b"Referer"[..], referrer.into_bytes());
        }
        // Step 8.12.
        if let Some(origin) = self.request_origin_header() {
            headers.push(&b"Origin"[..], origin);
        }
        if request.mode == Mode::WebSocket {
            // The key is a constant, because no case checks it.
            headers.push(&b"Upgrade"[..], &b"websocket"[..]);
            headers.push(&b"Connection"[..], &b"Upgrade"[..]);
            headers.push(&b"Sec-WebSocket-Key"[..], &b"Y3Jvc3NjaGVjay1rZXktMQ=="[..]);
            headers.push(&b"Sec-WebSocket-Version"[..], &b"13"[..]);
        }
        self.add_cache_headers(&mut headers);
        // Step 8.19.
        if headers.contains(b"range") {
            headers.push(&b"Accept-Encoding"[..], &b"identity"[..]);
        }
        // Step 8.21.1.
        if self.include_credentials()
            && !browser.cookies.is_empty()
            && let Some(cookies) = browser
                .cookies
                .header(self.current_url(), self.same_site_mode(), browser.now())
        {
            headers.push(&b"Cookie"[..], cookies);
        }
        WireRequest {
            method: request.method.clone(),
            url: self.current_url().clone(),
            headers,
            body: body.to_vec(),
            preflight: false,
        }
    }

    fn has_stream_body(&self) -> bool {
        self.request.body.as_ref().is_some_and(crate::body::Body::is_stream)
    }

    /// Adds the headers of a validation (step 8.26.2.2.2) and of the cache mode (steps 8.17 and 8.18).
    fn add_cache_headers(&self, headers: &mut HeaderList) {
        if let Some(found) = &self.revalidating {
            for (name, value) in validators(found) {
                headers.push(name, value);
            }
        }
        let mut add = |name: &'static [u8], value: &'static [u8]| {
            if !headers.contains(name) {
                headers.push(name, value);
            }
        };
        match self.cache_mode() {
            CacheMode::NoCache => add(b"Cache-Control", b"max-age=0"),
            CacheMode::NoStore | CacheMode::Reload => {
                add(b"Pragma", b"no-cache");
                add(b"Cache-Control", b"no-cache");
            }
            _ => {}
        }
    }

    /// The cache mode, which is no-store if script sets a conditional header: step 8.16.
    fn cache_mode(&self) -> CacheMode {
        if self.request.cache == CacheMode::Default
            && CONDITIONAL.iter().any(|name| self.request.headers.contains(name))
        {
            return CacheMode::NoStore;
        }
        self.request.cache
    }

    /// Takes the answer to the actual request: steps 8.1 and 17 of HTTP-network fetch, then steps 17 (421), 16 (407), 11.4 (304) and
    /// 11.5 (store) of HTTP-network-or-cache fetch. A null body is step 21 of main fetch.
    pub(crate) fn http_network_response(&mut self, browser: &mut Browser, answer: Answer) {
        let mut response = match answer {
            Answer::Response(response) if response.headers.iter().all(|h| !h.value.contains(&0)) => response,
            Answer::Response(_) => {
                return self.network_error(browser, |_| {
                    network(NetworkReason::NulInValue).on(Step::HeaderListValueShape)
                });
            }
            Answer::Failure if branch!("misread: a failed connection is a response", false) => WireResponse {
                status: 200,
                ..WireResponse::default()
            },
            Answer::Failure => {
                return self.network_error(browser, |_| {
                    network(NetworkReason::ConnectionFailed).on(Step::FilterNetworkErrorTypeerror)
                });
            }
        };
        if T::ON
            && response
                .headers
                .iter()
                .any(|h| crate::header_list::trim_tab_space(&h.value).len() < h.value.len())
        {
            self.event(|_| {
                Finding::new(Algorithm::HeaderValue, NetworkReason::ValueTrimmed).on(Step::HeaderListValueShape)
            });
        }
        if *self.request.method == *b"HEAD" || is_null_body_status(response.status) {
            response.body.clear();
        }
        self.store_cookies(browser, &response);
        if response.status == 421 && !self.is_new_connection_fetch {
            self.is_new_connection_fetch = true;
            self.event(|_| network_or_cache(NetworkReason::SentAgain).on(Step::PreflightRequest421Retry));
            return;
        }
        self.is_new_connection_fetch = false;
        if branch!(
            "network: 101 without upgrade",
            response.status == 101 && self.request.mode != Mode::WebSocket
        ) {
            return self.network_error(browser, |_| {
                network(NetworkReason::SwitchingProtocols).on(Step::FilterNetworkErrorTypeerror)
            });
        }
        if response.status == 407 {
            return self.network_error(browser, |_| {
                network_or_cache(NetworkReason::ProxyAuthentication).on(Step::FilterNetworkErrorTypeerror)
            });
        }
        if let Some(found) = self.revalidating.take() {
            let freshened = branch!("network: 304 revalidates", response.status == 304)
                .then(|| browser.http_cache.freshen(&found, &response, browser.now()))
                .flatten();
            if let Some(response) = freshened {
                self.event(|_| network_or_cache(NetworkReason::Revalidated).on(Step::HttpFetchRevalidated304));
                self.revalidated = true;
                self.state = State::Response {
                    response,
                    from_cache: true,
                };
                return;
            }
        }
        if self.cache_mode() != CacheMode::NoStore && browser.http_cache.concerns(&self.request.method, &response) {
            let wire = self.network_request(browser);
            browser
                .http_cache
                .store(&self.partition(), &wire, &response, browser.now());
        }
        self.state = State::Response {
            response,
            from_cache: false,
        };
    }

    /// HTTP-network fetch, step 17:
    /// [parse and store response Set-Cookie headers](https://fetch.spec.whatwg.org/#parse-and-store-response-set-cookie-headers),
    /// steps 5 and 6.
    fn store_cookies(&mut self, browser: &mut Browser, response: &WireResponse) {
        if !response.headers.contains(b"set-cookie") {
            return;
        }
        if !self.include_credentials() {
            self.event(|_| network(NetworkReason::SetCookieIgnored).on(Step::CredentialsSetCookieIgnored));
            return;
        }
        let first_party = self.request.mode == Mode::Navigate || self.same_site_mode() == SameSiteMode::Strict;
        let now = browser.now();
        for value in response.headers.get_all(b"set-cookie") {
            browser
                .cookies
                .store(self.request.current_url(), value, first_party, now);
        }
        self.event(|f| {
            let check = cors_check(&f.serialized_origin, f.request.credentials, &response.headers);
            let fails = f.tainting == Tainting::Cors && !check.is_success();
            Finding::new(Algorithm::SetCookie, NetworkReason::SetCookieStored)
                .on(Step::CredentialsSetCookieHonoured)
                .on_if(fails, Step::CredentialsSetCookieSurvivesCorsFailure)
        });
    }

    /// The [network partition key](https://fetch.spec.whatwg.org/#request-determine-the-network-partition-key), steps 1 and 2: the
    /// top-level site; for a top-level navigation the site of its target.
    fn partition(&self) -> Site {
        match self.request.mode {
            Mode::Navigate => Origin::of(self.current_url()).site(),
            _ => self.request.page.top_level.clone(),
        }
    }

    /// Whether [credentials are included](https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch) in this hop: step 8.3.
    pub(crate) fn include_credentials(&self) -> bool {
        match self.request.credentials {
            CredentialsMode::Include => true,
            CredentialsMode::SameOrigin => self.tainting == Tainting::Basic,
            CredentialsMode::Omit => false,
        }
    }

    /// [Determines the same-site mode](https://fetch.spec.whatwg.org/#determine-the-same-site-mode), steps 2 to 6, except that a
    /// cross-site navigation with GET is Lax (step 3) before step 2; every method except GET is treated as POST.
    pub(crate) fn same_site_mode(&self) -> SameSiteMode {
        let request = &self.request;
        let target = Origin::of(self.current_url());
        let navigation = matches!(request.via, Via::Form | Via::Navigate);
        let same_site = request.page.origin.same_site(&target)
            && (navigation || (request.page.top_level != Site::Opaque && request.page.top_level == target.site()))
            && self.redirect_taint() != RedirectTaint::CrossSite;
        if same_site {
            SameSiteMode::Strict
        } else if navigation && *request.method == *b"GET" {
            SameSiteMode::Lax
        } else {
            SameSiteMode::Unset
        }
    }

    /// The value of the Referer header: step 9 of main fetch, and step 8.11 of HTTP-network-or-cache fetch.
    pub(crate) fn referrer(&self) -> Option<String> {
        let request = &self.request;
        determine_referrer(
            &request.referrer,
            request.referrer_policy,
            &request.page.origin,
            &request.page.url,
            self.current_url(),
        )
    }

    /// [Byte-serializes the request origin](https://fetch.spec.whatwg.org/#byte-serializing-a-request-origin).
    pub(crate) fn serialized_origin_bytes(&self) -> ByteString {
        match &self.serialized_origin {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.as_bytes().to_vec()),
        }
    }

    /// [Append a request Origin header](https://fetch.spec.whatwg.org/#append-a-request-origin-header): steps 2 to 4.
    pub(crate) fn request_origin_header(&self) -> Option<ByteString> {
        match self.origin_header().0 {
            OriginHeader::Absent => None,
            OriginHeader::Null => Some(Cow::Borrowed(b"null")),
            OriginHeader::Serialized => Some(self.serialized_origin_bytes()),
        }
    }

    /// The header that the algorithm appends, and the step of the catalogue that decides it: step 3, then 4 and, by referrer policy, 4.1.
    fn origin_header(&self) -> (OriginHeader, Step) {
        let request = &self.request;
        if request.mode == Mode::WebSocket {
            return (OriginHeader::Serialized, Step::OriginHeaderWebsocket);
        }
        if self.tainting == Tainting::Cors {
            return (OriginHeader::Serialized, Step::OriginHeaderCorsAlways);
        }
        if matches!(&*request.method, b"GET" | b"HEAD") {
            return (OriginHeader::Absent, Step::OriginHeaderSameOriginGetNone);
        }
        if request.mode == Mode::Cors {
            return (
                OriginHeader::Serialized,
                Step::OriginHeaderModeCorsIgnoresReferrerPolicy,
            );
        }
        let (hidden, step) = match request.referrer_policy {
            ReferrerPolicy::NoReferrer => (true, Step::OriginHeaderNoCorsNoReferrer),
            ReferrerPolicy::NoReferrerWhenDowngrade
            | ReferrerPolicy::StrictOrigin
            | ReferrerPolicy::StrictOriginWhenCrossOrigin => (
                request.page.origin.is_https() && self.current_url().scheme() != "https",
                Step::OriginHeaderNoCorsDowngrade,
            ),
            ReferrerPolicy::SameOrigin => (
                !request.page.origin.same_origin_with_url(self.current_url()),
                Step::OriginHeaderNoCorsSameOriginPolicy,
            ),
            ReferrerPolicy::Origin | ReferrerPolicy::OriginWhenCrossOrigin | ReferrerPolicy::UnsafeUrl => {
                (false, Step::OriginHeaderNoCorsOtherPolicies)
            }
        };
        if hidden {
            (OriginHeader::Null, step)
        } else {
            (OriginHeader::Serialized, step)
        }
    }

    /// Records what the network layer adds to the actual request.
    fn note_network_request(&mut self) {
        let redirected = self.request.url_list.len() > 1;
        self.event(|f| {
            let (header, step) = f.origin_header();
            let value = f.request_origin_header().map(Cow::into_owned);
            let get = matches!(&*f.request.method, b"GET" | b"HEAD");
            Finding::new(Algorithm::OriginHeader, NetworkReason::OriginHeader { value })
                .on_if(
                    !get && header != OriginHeader::Absent && f.tainting != Tainting::Cors,
                    Step::OriginHeaderNonGetAlways,
                )
                .on(step)
                .on_if(redirected, Step::OriginHeaderRecomputedEachHop)
        });
        self.event(|f| {
            let origin = f.serialized_origin.clone();
            let opaque = f.request.page.origin == Origin::Opaque;
            let first = !redirected && !opaque;
            let foreign = !f.request.page.origin.same_origin_with_url(f.current_url());
            let odd = is_beyond_the_grammar(&origin);
            Finding::new(Algorithm::SerializeOrigin, NetworkReason::OriginSerialized { origin })
                .on(Step::OriginSerialize)
                .on_if(opaque, Step::RedirectTaintOpaqueRequester)
                .on_if(first && foreign, Step::RedirectTaintInitial)
                .on_if(!opaque && !odd, Step::OriginGrammar)
                .on_if(odd, Step::OriginGrammarNarrowerThanUrlHosts)
        });
        self.event(|f| {
            let included = f.include_credentials();
            network_or_cache(NetworkReason::Credentials { included })
                .on(match f.request.credentials {
                    CredentialsMode::Include => Step::CredentialsInclude,
                    CredentialsMode::SameOrigin => Step::CredentialsSameOriginBasicOnly,
                    CredentialsMode::Omit => Step::CredentialsOmit,
                })
                .on_if(
                    f.request.headers.contains(b"authorization"),
                    Step::CredentialsExplicitAuthorizationHeader,
                )
        });
        if self.request.headers.contains(b"range") {
            self.event(|_| network_or_cache(NetworkReason::IdentityForRange).on(Step::ApiRangeAddsIdentity));
        }
    }
}

/// The value of an Origin header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OriginHeader {
    Absent,
    Null,
    Serialized,
}
