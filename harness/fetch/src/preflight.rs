//! [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0).

use crate::branch;
use crate::browser::Browser;
use crate::cors_check::{cors_check, cors_check_steps};
use crate::fetch::{Fetch, State};
use crate::header_list::{Extracted, HeaderList, extract_header_list_values, extract_max_age};
use crate::main_fetch::shown;
use crate::method::is_cors_safelisted_method;
use crate::safelist::is_cors_non_wildcard_request_header_name;
use crate::steps::Step;
use crate::trace::{Tracer, escape};
use crate::wire::{Answer, WireRequest, WireResponse, is_ok_status, is_redirect_status};
use crate::words::Leniency;
use std::borrow::Cow;

const PREFLIGHT: &str = "CORS-preflight fetch";
const ANCHOR: &str = "#cors-preflight-fetch-0";
/// The lifetime in seconds where Access-Control-Max-Age is absent or does not parse.
const DEFAULT_MAX_AGE: u64 = 5;
/// The cap that the leniency `max-age-cap` stands for, in seconds.
const LENIENT_CAP: u64 = 600;
/// The number of empty list elements that the leniency `max-empty-list-items` still takes.
const LENIENT_EMPTY_ITEMS: usize = 16;

const ACAM: &[u8] = b"access-control-allow-methods";
const ACAH: &[u8] = b"access-control-allow-headers";

/// Why a preflight response is refused after its CORS check and status.
enum Refusal {
    AcamParse,
    AcahParse,
    Method,
    NonWildcardName,
    Name(Vec<u8>),
}

impl<T: Tracer> Fetch<T> {
    /// The preflight branch of [HTTP fetch](https://fetch.spec.whatwg.org/#concept-http-fetch): the preflight is left out
    /// only if the cache covers the method and every unsafe name.
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
        if method_covered && uncovered == 0 {
            self.event(
                "HTTP fetch",
                "#concept-http-fetch",
                |f| {
                    let mut found = vec![Step::HttpFetchPreflightSkipConditions];
                    if f.unsafe_names.is_empty() {
                        found.push(Step::PreflightCacheMethodMatch);
                    } else {
                        found.push(Step::PreflightCacheHeaderMatch);
                    }
                    found.push(Step::PreflightCacheCredentialsAsymmetry);
                    found
                },
                |_| "the CORS-preflight cache covers the request, no preflight".to_owned(),
            );
            self.state = State::NetworkOrCache;
            return;
        }
        self.state = State::Preflight;
        self.event(
            "HTTP fetch",
            "#concept-http-fetch",
            |f| {
                let mut found = vec![
                    Step::HttpFetchPreflightBeforeActual,
                    Step::HttpFetchPreflightSkipConditions,
                    Step::PreflightRequestMethod,
                ];
                if uncovered < f.unsafe_names.len() {
                    found.push(Step::PreflightCachePartialHitFullPreflight);
                }
                found
            },
            |f| format!("preflight for {}", shown(f.current_url())),
        );
        self.describe_preflight_request();
    }

    /// The [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request).
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

    /// What happens to the answer.
    pub(crate) fn cors_preflight_response(&mut self, browser: &mut Browser, answer: Answer) {
        let response = match answer {
            Answer::Response(response) if response.headers.iter().all(|h| !h.value.contains(&0)) => Some(response),
            Answer::Response(_) | Answer::Failure => None,
        };
        let Some(response) = response else {
            return self.network_error(
                browser,
                PREFLIGHT,
                ANCHOR,
                |_| vec![Step::HttpFetchPreflightBeforeActual],
                |_| "the preflight got no response, or one that is not HTTP".to_owned(),
            );
        };
        if response.status == 421 && !self.is_new_connection_fetch {
            self.is_new_connection_fetch = true;
            self.event(
                PREFLIGHT,
                "#concept-http-network-or-cache-fetch",
                |_| vec![Step::PreflightRequest421Retry],
                |_| "421: once more on a new connection".to_owned(),
            );
            return;
        }
        self.is_new_connection_fetch = false;
        let check = cors_check(&self.serialized_origin, self.request.credentials, &response.headers);
        let passes = branch!("preflight response: CORS check passes", check.is_success());
        let ok = branch!("preflight response: ok status", is_ok_status(response.status));
        if !passes || !ok {
            return self.network_error(
                browser,
                PREFLIGHT,
                if passes { ANCHOR } else { "#concept-cors-check" },
                |f| {
                    let mut context = vec![Step::PreflightResponseCorsCheck];
                    if ok {
                        if f.request.url_list.len() > 1 {
                            context.push(Step::RedirectPreflightForNewUrl);
                            context.push(Step::CorsCheckUsesCurrentTaint);
                        }
                        return cors_check_steps(
                            check,
                            &f.serialized_origin,
                            f.request.credentials,
                            &response.headers,
                            &context,
                            &[Step::HttpFetchPreflightBeforeActual, Step::HeaderListGetNullVsEmpty],
                        );
                    }
                    context.clear();
                    context.push(Step::PreflightResponseOkStatus);
                    context.extend(status_step(response.status));
                    if !passes {
                        context.push(Step::PreflightResponseCorsCheck);
                        context.extend(cors_check_steps(
                            check,
                            &f.serialized_origin,
                            f.request.credentials,
                            &response.headers,
                            &[],
                            &[],
                        ));
                    }
                    context.push(Step::HttpFetchPreflightBeforeActual);
                    context
                },
                |f| {
                    let mut text = String::new();
                    if !ok {
                        text = format!("status {} is not an ok status", response.status);
                    }
                    if !passes {
                        text = [text, f.describe_cors_check(check, &response.headers)].join("; ");
                    }
                    text.trim_start_matches("; ").to_owned()
                },
            );
        }
        self.event(
            PREFLIGHT,
            "#concept-cors-check",
            |f| {
                cors_check_steps(
                    check,
                    &f.serialized_origin,
                    f.request.credentials,
                    &response.headers,
                    &[Step::PreflightResponseCorsCheck],
                    &[],
                )
            },
            |f| f.describe_cors_check(check, &response.headers),
        );
        match self.judge_lists(&response) {
            Ok((methods, names)) => self.cache_preflight(browser, &response, &methods, &names),
            Err(refusal) => {
                return self.network_error(
                    browser,
                    PREFLIGHT,
                    ANCHOR,
                    |f| f.refusal_steps(&refusal, &response),
                    |f| f.describe_refusal(&refusal, &response),
                );
            }
        }
        self.describe_passed_preflight(&response);
        self.state = State::NetworkOrCache;
    }

    /// The method and header tests of the algorithm, in its order.
    #[allow(clippy::type_complexity)]
    fn judge_lists<'a>(&'a self, response: &'a WireResponse) -> Result<(Vec<&'a [u8]>, Vec<&'a [u8]>), Refusal> {
        let include = self.include();
        let methods = self.extract(ACAM, response);
        let names = self.extract(ACAH, response);
        let failed = |list: &Extracted<Vec<&[u8]>>| {
            branch!(
                "preflight response: ACAM or ACAH fails to parse",
                *list == Extracted::Failure
            )
        };
        if failed(&methods) {
            return Err(Refusal::AcamParse);
        }
        if failed(&names) {
            return Err(Refusal::AcahParse);
        }
        let method: &[u8] = &self.request.method;
        let methods = match methods {
            Extracted::Values(methods) => methods,
            _ if branch!(
                "preflight response: ACAM absent and forced flag",
                self.request.use_cors_preflight && !self.lenient(Leniency::ForcedFlagNoAcam)
            ) =>
            {
                vec![method]
            }
            _ => Vec::new(),
        };
        let names = match names {
            Extracted::Values(names) => names,
            _ => Vec::new(),
        };
        if !branch!("preflight response: method listed", methods.contains(&method))
            && !branch!(
                "preflight response: method safelisted",
                is_cors_safelisted_method(method)
            )
            && !branch!(
                "preflight response: method wildcard without include",
                !include && methods.contains(&&b"*"[..])
            )
        {
            return Err(Refusal::Method);
        }
        let listed = |name: &[u8]| names.iter().any(|n| n.eq_ignore_ascii_case(name));
        if self.request.headers.iter().any(|h| {
            is_cors_non_wildcard_request_header_name(&h.name)
                && !branch!("preflight response: Authorization listed", listed(&h.name))
        }) {
            return Err(Refusal::NonWildcardName);
        }
        let wildcard = branch!(
            "preflight response: header wildcard without include",
            !include && names.contains(&&b"*"[..])
        );
        if let Some(name) = self
            .unsafe_names
            .iter()
            .find(|name| !branch!("preflight response: header listed", listed(name)) && !wildcard)
        {
            return Err(Refusal::Name(name.to_vec()));
        }
        Ok((methods, names))
    }

    /// Extracts the values of a list, with the leniency `max-empty-list-items` where it is on.
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

    fn cache_preflight(&self, browser: &mut Browser, response: &WireResponse, methods: &[&[u8]], names: &[&[u8]]) {
        let stated = extract_max_age(&response.headers);
        let invalid = stated == Extracted::Failure;
        if self.lenient(Leniency::NoPreflightCache) || (invalid && self.lenient(Leniency::MaxAgeInvalidNotCached)) {
            return;
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
        browser
            .preflight_cache
            .store(lookup, max_age, methods.iter().copied(), names.iter().copied());
    }

    fn refusal_steps(&self, refusal: &Refusal, response: &WireResponse) -> Vec<Step> {
        let star = |name: &'static [u8]| matches!(extract_header_list_values(name, &response.headers), Extracted::Values(v) if v.contains(&&b"*"[..]));
        match refusal {
            Refusal::AcamParse => {
                let mut found = vec![Step::PreflightResponseAcamParseFailure];
                found.extend(bad_list_steps(ACAM, &response.headers, Step::SyntaxAcam));
                found
            }
            Refusal::AcahParse => {
                let mut found = vec![Step::PreflightResponseAcahParseFailure];
                found.extend(bad_list_steps(ACAH, &response.headers, Step::SyntaxAcah));
                found
            }
            Refusal::Method if !response.headers.contains(ACAM) => {
                let mut found = vec![Step::PreflightResponseAcamMissing, Step::ExtractAbsentNull];
                if self.request.use_cors_preflight {
                    found.push(Step::PreflightResponseAcamMissingForcedFlag);
                }
                found.push(Step::PreflightResponseMethodMatchExact);
                found.push(Step::HttpFetchPreflightBeforeActual);
                found
            }
            Refusal::Method => {
                let mut found = vec![Step::PreflightResponseMethodMatchExact];
                if star(ACAM) {
                    found.insert(0, Step::PreflightResponseAcamWildcardCredentialed);
                }
                if response
                    .headers
                    .get(ACAM)
                    .is_some_and(|v| v.iter().all(|b| matches!(b, b',' | b' ' | b'\t')))
                {
                    found.push(Step::ExtractEmptyValueIsEmptyList);
                    if self.request.use_cors_preflight {
                        found.push(Step::PreflightResponseAcamMissingForcedFlag);
                        found.push(Step::ExtractAbsentNull);
                    }
                }
                // The server's list has the method in another case: the API keeps the caller's.
                let method = &self.request.method;
                if matches!(extract_header_list_values(ACAM, &response.headers), Extracted::Values(v) if v.iter().any(|m| m.eq_ignore_ascii_case(method)))
                {
                    found.push(Step::MethodNoNormalizePatch);
                }
                found.push(Step::HttpFetchPreflightBeforeActual);
                found
            }
            Refusal::NonWildcardName => {
                let mut found = vec![
                    Step::PreflightResponseAuthorizationExplicit,
                    Step::UnsafeNamesNonWildcardAuthorization,
                ];
                if star(ACAH) {
                    found.push(Step::PreflightResponseAcahWildcard);
                    if self.include() {
                        found.push(Step::PreflightResponseAcahWildcardCredentialed);
                    }
                } else if !response.headers.contains(ACAH) {
                    found.push(Step::PreflightResponseAcahMissing);
                } else {
                    found.push(Step::PreflightResponseAcahMatchCaseInsensitive);
                }
                found
            }
            Refusal::Name(_) => {
                let empty = response
                    .headers
                    .get(ACAH)
                    .is_none_or(|v| v.iter().all(|b| matches!(b, b',' | b' ' | b'\t')));
                let mut found = Vec::new();
                if empty {
                    found.push(Step::PreflightResponseAcahMissing);
                    if response.headers.contains(ACAH) {
                        found.push(Step::ExtractEmptyValueIsEmptyList);
                    }
                } else if star(ACAH) {
                    found.push(Step::PreflightResponseAcahWildcardCredentialed);
                }
                found.push(Step::PreflightResponseAcahMatchCaseInsensitive);
                found.push(Step::PreflightResponseAcahOnlyUnsafeNames);
                found
            }
        }
    }

    fn describe_refusal(&self, refusal: &Refusal, response: &WireResponse) -> String {
        let value = |name: &[u8]| {
            response
                .headers
                .get(name)
                .map_or("absent".to_owned(), |v| format!("`{}`", escape(&v)))
        };
        match refusal {
            Refusal::AcamParse => format!("Access-Control-Allow-Methods {} does not parse", value(ACAM)),
            Refusal::AcahParse => format!("Access-Control-Allow-Headers {} does not parse", value(ACAH)),
            Refusal::Method => format!(
                "method `{}` is not granted by Access-Control-Allow-Methods {}",
                escape(&self.request.method),
                value(ACAM)
            ),
            Refusal::NonWildcardName => format!(
                "`authorization` is not listed in Access-Control-Allow-Headers {}",
                value(ACAH)
            ),
            Refusal::Name(name) => format!(
                "header `{}` is not granted by Access-Control-Allow-Headers {}",
                escape(name),
                value(ACAH)
            ),
        }
    }
}

fn status_step(status: u16) -> Option<Step> {
    match status {
        401 => Some(Step::PreflightRequestNoAuthPrompt),
        421 => Some(Step::PreflightRequest421Retry),
        _ if is_redirect_status(status) => Some(Step::PreflightRequestNoRedirectFollowing),
        _ => None,
    }
}

/// The steps of a list that does not parse, three at the most: what is wrong with the first bad item, that good ones beside it
/// do not save the list, the header's `syntax`.
pub(crate) fn bad_list_steps(name: &[u8], headers: &HeaderList, syntax: Step) -> Vec<Step> {
    let items = || {
        headers
            .get_all(name)
            .flat_map(|line| line.split(|&b| b == b','))
            .map(crate::header_list::trim_tab_space)
            .filter(|item| !item.is_empty())
    };
    let is_bad = |item: &&[u8]| !crate::header_list::is_token(item);
    let bad = items().find(is_bad).unwrap_or_default();
    let odd_blank = |b: &u8| matches!(b, 0x0B | 0x0C | 0x85 | 0xA0);
    let mut found = Vec::with_capacity(3);
    if bad.contains(&b'"') {
        found.push(Step::HeaderListGdsNotForCorsLists);
    } else if bad.first().is_some_and(odd_blank) || bad.last().is_some_and(odd_blank) {
        found.push(Step::ExtractOwsAroundItems);
    }
    let siblings = items().count() > 1;
    if siblings {
        found.push(Step::ExtractAnyFailureFailsAll);
    }
    found.push(Step::ExtractItemsMustBeTokens);
    found.push(syntax);
    if !siblings {
        found.push(Step::ExtractAnyFailureFailsAll);
    }
    found.truncate(3);
    found
}
