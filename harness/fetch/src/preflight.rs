//! [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0).

use crate::algorithm::Algorithm;
use crate::branch;
use crate::browser::Browser;
use crate::cors_check::{Checked, Source, cors_check};
use crate::fetch::{Fetch, State};
use crate::header_list::{Extracted, HeaderList, extract_header_list_values, extract_max_age};
use crate::keywords::Leniency;
use crate::method::is_cors_safelisted_method;
use crate::preflight_cache::Stored;
use crate::reason::{Grant, List, NetworkReason, PreflightReason};
use crate::safelist::is_cors_non_wildcard_request_header_name;
use crate::steps::Step;
use crate::trace::{Finding, Tracer};
use crate::wire::{Answer, WireRequest, WireResponse, is_ok_status};
use std::borrow::Cow;

/// The lifetime in seconds if Access-Control-Max-Age is absent or does not parse.
const DEFAULT_MAX_AGE: u64 = 5;
/// The limit of the leniency `max-age-cap`, in seconds.
const LENIENT_CAP: u64 = 600;
/// The number of empty list elements that the leniency `max-empty-list-items` still accepts.
const LENIENT_EMPTY_ITEMS: usize = 16;

pub(crate) const ACAM: &[u8] = b"access-control-allow-methods";
pub(crate) const ACAH: &[u8] = b"access-control-allow-headers";

/// Why a preflight response is refused after its CORS check and status.
pub(crate) enum Refusal {
    /// A list does not parse.
    Parse(List),
    /// The method is not granted.
    Method,
    /// Authorization is not listed.
    NonWildcardName,
    /// A name is not granted.
    Name(Vec<u8>),
}

/// The lists of a preflight response that passes, and how they grant the request.
struct Passed<'r> {
    methods: Vec<&'r [u8]>,
    names: Vec<&'r [u8]>,
    grant: Grant,
    wildcard: bool,
}

impl<T: Tracer> Fetch<T> {
    /// [HTTP fetch](https://fetch.spec.whatwg.org/#concept-http-fetch), step 4.1: the preflight is left out only if the cache covers
    /// the method and every unsafe name.
    pub(crate) fn http_fetch_with_preflight(&mut self, browser: &Browser) {
        let lookup = self.cache_lookup(browser.now());
        let cached = !self.lenient(Leniency::NoPreflightCache);
        let cache = &browser.preflight_cache;
        let method = &self.request.method;
        let method_covered = (cached && cache.has_method(lookup, method))
            || (is_cors_safelisted_method(method) && !self.request.use_cors_preflight);
        let uncovered = self
            .unsafe_names
            .iter()
            .filter(|name| !(cached && cache.has_header_name(lookup, name)))
            .count();
        let always = branch!("misread: every cross-origin request is preflighted", false);
        if method_covered && uncovered == 0 && !always {
            self.event(|f| {
                Finding::new(Algorithm::HttpFetch, PreflightReason::Covered)
                    .on(Step::HttpFetchPreflightSkipConditions)
                    .on_all(cache.hit_steps(f.cache_lookup(browser.now()), &f.request.method, &f.unsafe_names))
            });
            self.state = State::NetworkOrCache;
            return;
        }
        let covered = self.unsafe_names.len() - uncovered;
        self.state = State::Preflight;
        self.event(|f| {
            let missed = cache.near_misses(f.cache_lookup(browser.now()), &f.request.method, &f.unsafe_names);
            let steps = missed.iter().map(|miss| miss.step()).collect::<Vec<_>>();
            let url = f.url_text();
            Finding::new(Algorithm::HttpFetch, PreflightReason::Made { url, covered, missed })
                .on(Step::HttpFetchPreflightBeforeActual)
                .on_if(
                    covered > 0 || (method_covered && !is_cors_safelisted_method(&f.request.method)),
                    Step::PreflightCachePartialHitFullPreflight,
                )
                .on_all(steps)
        });
        if T::ON {
            self.note_preflight_request(browser);
        }
    }

    /// The [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request): steps 1 to 5 of CORS-preflight fetch, and
    /// the headers of steps 8.11 and 8.12 of HTTP-network-or-cache fetch.
    pub(crate) fn preflight_request(&self) -> WireRequest {
        let mut headers = HeaderList::with_capacity(6);
        headers.push(&b"Accept"[..], &b"*/*"[..]);
        headers.push(&b"Access-Control-Request-Method"[..], self.request.method.clone());
        if !self.unsafe_names.is_empty() {
            let names = self.unsafe_names.join(&b','); // no space: the value is built from the names, not from a list grammar
            headers.push(&b"Access-Control-Request-Headers"[..], names);
        }
        if self.lenient(Leniency::AcceptLanguageOnPreflight) {
            headers.push(&b"Accept-Language"[..], &b"en"[..]);
        }
        if let Some(referrer) = self.referrer() {
            headers.push(&b"Referer"[..], referrer.into_bytes());
        }
        headers.push(&b"Origin"[..], self.serialized_origin_bytes());
        WireRequest {
            method: Cow::Borrowed(b"OPTIONS"),
            url: self.current_url().clone(),
            headers,
            body: Vec::new(),
            preflight: true,
        }
    }

    /// Takes the answer to the preflight: steps 6 to 8 of CORS-preflight fetch. 421 is step 17 of HTTP-network-or-cache fetch.
    pub(crate) fn cors_preflight_response(&mut self, browser: &mut Browser, answer: Answer) {
        let response = match answer {
            Answer::Response(response) if response.headers.iter().all(|h| !h.value.contains(&0)) => Some(response),
            Answer::Response(_) | Answer::Failure => None,
        };
        let Some(response) = response else {
            return self.network_error(browser, |_| {
                Finding::new(Algorithm::PreflightFetch, PreflightReason::NoResponse)
                    .on(Step::HttpFetchPreflightBeforeActual)
            });
        };
        if response.status == 421 && !self.is_new_connection_fetch {
            self.is_new_connection_fetch = true;
            self.event(|_| {
                Finding::new(Algorithm::HttpNetworkOrCacheFetch, NetworkReason::SentAgain)
                    .on(Step::PreflightRequest421Retry)
            });
            return;
        }
        self.is_new_connection_fetch = false;
        self.remark(|f| f.acao_read(&response));
        let check = cors_check(&self.serialized_origin, self.request.credentials, &response.headers);
        let passes = branch!("preflight response: CORS check passes", check.is_success());
        let ok = branch!("preflight response: ok status", is_ok_status(response.status));
        let checked = |f: &Self| {
            Checked::of(
                check,
                f.serialized_origin.clone(),
                f.request.credentials,
                &response.headers,
                Source::Network,
            )
        };
        if !passes || !ok {
            return self.network_error(browser, |f| {
                let reason = PreflightReason::Refused {
                    status: (!ok).then_some(response.status),
                    check: (!passes).then(|| checked(f)),
                };
                Finding::new(Algorithm::PreflightFetch, reason).on_all(f.refused_steps(check, passes, &response))
            });
        }
        self.event(|f| {
            Finding::new(Algorithm::PreflightFetch, PreflightReason::CorsCheck(checked(f)))
                .on_all(f.check_steps(check, &response))
                .on(Step::PreflightResponseCorsCheck)
        });
        self.event(|_| {
            let status = response.status;
            Finding::new(Algorithm::PreflightFetch, PreflightReason::OkStatus { status })
                .on(Step::PreflightResponseOkStatus)
        });
        match self.judge_lists(&response) {
            Ok(passed) => {
                let (grant, wildcard) = (passed.grant, passed.wildcard);
                let listed = (passed.methods.len(), passed.names.len());
                let stored = self.cache_preflight(browser, &response, &passed.methods, &passed.names);
                if T::ON {
                    self.note_passed_preflight(&response, grant, wildcard, listed, stored);
                }
            }
            Err(refusal) => {
                if let Refusal::Parse(list) = &refusal {
                    self.event(|f| f.bad_item(*list, &response));
                }
                self.network_error(browser, |f| f.refused(&refusal, &response));
                return self.event(|_| {
                    Finding::new(Algorithm::PreflightFetch, PreflightReason::NothingCached)
                        .on(Step::PreflightResponseNoPartialCachingOnFailure)
                });
            }
        }
        self.state = State::NetworkOrCache;
    }

    /// The method and header tests of the algorithm, in its order: steps 7.1 to 7.7.
    fn judge_lists<'a>(&'a self, response: &'a WireResponse) -> Result<Passed<'a>, Refusal> {
        let include = self.include();
        let methods = self.extract(ACAM, response);
        let names = self.extract(ACAH, response);
        let failed = |list: &Extracted<Vec<&[u8]>>| {
            branch!(
                "preflight response: ACAM or ACAH fails to parse",
                *list == Extracted::Failure && !branch!("misread: a list that does not parse grants", false)
            )
        };
        // Step 7.3.
        if failed(&methods) {
            return Err(Refusal::Parse(List::AllowMethods));
        }
        if failed(&names) {
            return Err(Refusal::Parse(List::AllowHeaders));
        }
        let method: &[u8] = &self.request.method;
        let mut listed_by = Grant::Listed;
        // Step 7.4.
        let methods = match methods {
            Extracted::Values(methods) if !(branch!("misread: an empty list is null", false) && methods.is_empty()) => {
                methods
            }
            Extracted::Failure => vec![method],
            _ if branch!(
                "preflight response: ACAM absent and forced flag",
                self.request.use_cors_preflight && !self.lenient(Leniency::ForcedFlagNoAcam)
            ) =>
            {
                listed_by = Grant::Forced;
                vec![method]
            }
            _ => Vec::new(),
        };
        let names = match names {
            Extracted::Values(names) => names,
            Extracted::Failure => self.unsafe_names.iter().map(|name| &**name).collect(),
            Extracted::Null => Vec::new(),
        };
        // Step 7.5.
        let grant = match () {
            () if branch!("preflight response: method listed", methods.contains(&method))
                || (branch!("misread: methods compare without case", false)
                    && methods.iter().any(|m| m.eq_ignore_ascii_case(method))) =>
            {
                listed_by
            }
            () if branch!(
                "preflight response: method safelisted",
                is_cors_safelisted_method(method)
            ) =>
            {
                Grant::Safelisted
            }
            () if branch!(
                "preflight response: method wildcard without include",
                !include && methods.contains(&&b"*"[..])
            ) =>
            {
                Grant::Wildcard
            }
            () => return Err(Refusal::Method),
        };
        let listed = |name: &[u8]| names.iter().any(|n| n.eq_ignore_ascii_case(name));
        // Step 7.6.
        if self.request.headers.iter().any(|h| {
            is_cors_non_wildcard_request_header_name(&h.name)
                && !branch!("preflight response: Authorization listed", listed(&h.name))
                && !branch!("misread: Authorization needs no item", false)
        }) {
            return Err(Refusal::NonWildcardName);
        }
        let wildcard = branch!(
            "preflight response: header wildcard without include",
            !include && names.contains(&&b"*"[..])
        );
        let mut by_wildcard = false;
        // Step 7.7.
        for name in &self.unsafe_names {
            if branch!("preflight response: header listed", listed(name))
                || branch!("misread: names need no item", false)
            {
                continue;
            }
            if !wildcard {
                return Err(Refusal::Name(name.to_vec()));
            }
            by_wildcard = true;
        }
        Ok(Passed {
            methods,
            names,
            grant,
            wildcard: by_wildcard,
        })
    }

    /// Extracts the values of a list, with the leniency `max-empty-list-items` if it is on.
    pub(crate) fn extract<'a>(&self, name: &'static [u8], response: &'a WireResponse) -> Extracted<Vec<&'a [u8]>> {
        if self.lenient(Leniency::MaxEmptyListItems) {
            let empty = response
                .headers
                .get_all(name)
                .flat_map(|line| line.split(|&b| b == b','))
                .filter(|item| crate::header_list::trim_tab_space(item).is_empty())
                .count();
            if empty > LENIENT_EMPTY_ITEMS {
                return Extracted::Failure;
            }
        }
        extract_header_list_values(name, &response.headers)
    }

    /// Stores the lists of the response: steps 7.8 to 7.15. Returns the lifetime and the changes; `None` if nothing is stored.
    fn cache_preflight(
        &self,
        browser: &mut Browser,
        response: &WireResponse,
        methods: &[&[u8]],
        names: &[&[u8]],
    ) -> Option<Stored> {
        let stated = extract_max_age(&response.headers);
        let invalid = stated == Extracted::Failure;
        if self.lenient(Leniency::NoPreflightCache) || (invalid && self.lenient(Leniency::MaxAgeInvalidNotCached)) {
            return None;
        }
        let max_age = match stated {
            Extracted::Values(seconds) => seconds,
            Extracted::Null | Extracted::Failure => DEFAULT_MAX_AGE,
        };
        let max_age = if self.lenient(Leniency::MaxAgeCap) {
            max_age.min(LENIENT_CAP)
        } else {
            max_age
        };
        let lookup = self.cache_lookup(browser.now());
        let methods = methods.iter().copied();
        Some(
            browser
                .preflight_cache
                .store(lookup, max_age, methods, names.iter().copied()),
        )
    }
}
