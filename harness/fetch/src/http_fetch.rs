//! [HTTP fetch](https://fetch.spec.whatwg.org/#concept-http-fetch) after a response is there, and
//! [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch).

use crate::branch;
use crate::browser::Browser;
use crate::corp::{Corp, cross_origin_resource_policy_internal_check};
use crate::cors_check::{cors_check, cors_check_steps};
use crate::fetch::{Fetch, State, Tainting};
use crate::main_fetch::{is_http, shown};
use crate::origin::Origin;
use crate::referrer::{Referrer, parse_referrer_policy};
use crate::request::has_credentials;
use crate::steps::Step;
use crate::trace::{Tracer, escape};
use crate::wire::{WireResponse, is_redirect_status};
use crate::words::{Mode, RedirectMode};
use std::borrow::Cow;
use url::Url;

const REDIRECT_FETCH: &str = "HTTP-redirect fetch";
const REDIRECT_ANCHOR: &str = "#concept-http-redirect-fetch";
/// The most redirects that are followed.
const MOST_REDIRECTS: u32 = 20;

/// What holds of every response that undergoes the CORS check.
const CHECK_FILL: &[Step] = &[
    Step::HttpFetchCorsCheckApplied,
    Step::CorsCheckStatusAgnostic,
    Step::HeaderListGetNullVsEmpty,
];

/// What [`location_url`] found.
enum Location {
    Null,
    Failure(&'static str),
    Url(Url),
}

impl<T: Tracer> Fetch<T> {
    /// The rest of HTTP fetch: the CORS check, the cross-origin resource policy check, redirects.
    pub(crate) fn http_fetch_response(&mut self, browser: &mut Browser, response: WireResponse, from_cache: bool) {
        if self.tainting == Tainting::Cors {
            self.event(
                "HTTP fetch",
                "#concept-http-fetch",
                |_| {
                    vec![
                        Step::HttpFetchCorsCheckApplied,
                        Step::HttpFetchNoCorsCheckOnIntermediateStatuses,
                        Step::CorsCheckStatusAgnostic,
                    ]
                },
                |_| format!("the final response, {}, undergoes the CORS check", response.status),
            );
            let check = cors_check(&self.serialized_origin, self.request.credentials, &response.headers);
            let context = self.cors_check_context(&response, from_cache);
            if !check.is_success() {
                return self.network_error(
                    browser,
                    "CORS check",
                    "#concept-cors-check",
                    |f| {
                        cors_check_steps(
                            check,
                            &f.serialized_origin,
                            f.request.credentials,
                            &response.headers,
                            &context,
                            CHECK_FILL,
                        )
                    },
                    |f| f.describe_cors_check(check, &response.headers),
                );
            }
            self.decide(
                "CORS check",
                "#concept-cors-check",
                |f| {
                    cors_check_steps(
                        check,
                        &f.serialized_origin,
                        f.request.credentials,
                        &response.headers,
                        &context,
                        CHECK_FILL,
                    )
                },
                |f| f.describe_cors_check(check, &response.headers),
            );
        }
        if self.tainting == Tainting::Basic && is_redirect_status(response.status) {
            self.event(
                "HTTP fetch",
                "#concept-http-fetch",
                |_| vec![Step::HttpFetchCorsCheckOnRedirectHop],
                |_| "a redirect of the page's own origin undergoes no CORS check".to_owned(),
            );
        }
        if self.tainting != Tainting::Opaque && response.headers.contains(b"cross-origin-resource-policy") {
            self.event(
                "HTTP fetch",
                "#cross-origin-resource-policy-internal-check",
                |_| vec![Step::CorpOpaqueOnly],
                |_| "Cross-Origin-Resource-Policy is not looked at: the response is not opaque".to_owned(),
            );
        }
        if self.tainting == Tainting::Opaque && is_http(self.current_url()) {
            let check = cross_origin_resource_policy_internal_check(
                &self.request.page.origin,
                self.current_url(),
                &response.headers,
            );
            if check == Corp::Blocked {
                return self.network_error(
                    browser,
                    "cross-origin resource policy check",
                    "#cross-origin-resource-policy-internal-check",
                    |f| {
                        let mut found = vec![Step::CorpOpaqueOnly];
                        if response.headers.get(b"cross-origin-resource-policy").as_deref() == Some(b"same-site") {
                            found.insert(0, Step::CorpSameSiteScheme);
                        }
                        if is_redirect_status(response.status) || f.request.url_list.len() > 1 {
                            found.push(Step::CorpRedirectHops);
                        }
                        found.push(Step::CorpExactValues);
                        found
                    },
                    |_| "blocked by Cross-Origin-Resource-Policy".to_owned(),
                );
            }
            self.event(
                "cross-origin resource policy check",
                "#cross-origin-resource-policy-internal-check",
                |_| vec![Step::CorpExactValues, Step::CorpOpaqueOnly, Step::CorpSameSiteScheme],
                |_| "allowed".to_owned(),
            );
        }
        if is_redirect_status(response.status) {
            return self.redirect(browser, response);
        }
        if (300..400).contains(&response.status) {
            self.event(
                "HTTP fetch",
                "#redirect-status",
                |_| vec![Step::RedirectStatuses, Step::HttpFetchRedirectErrorMode],
                |_| format!("{} is not a redirect status", response.status),
            );
        }
        self.finish(response);
    }

    /// The step that called for the CORS check of this response.
    fn cors_check_context(&self, response: &WireResponse, from_cache: bool) -> Vec<Step> {
        if !T::ON {
            return Vec::new();
        }
        let mut context = Vec::new();
        if from_cache {
            context.push(Step::CorsCheckHttpCacheResponse);
            context.push(if self.revalidated {
                Step::HttpFetchRevalidated304
            } else {
                Step::HttpCacheNoVaryReuse
            });
        }
        if self.saw_informational {
            context.push(Step::HttpFetchNoCorsCheckOnIntermediateStatuses);
        }
        if is_redirect_status(response.status) && response.headers.contains(b"location") {
            context.push(Step::HttpFetchCorsCheckOnRedirectHop);
            if self.request.redirect == RedirectMode::Manual {
                context.push(Step::HttpFetchCorsCheckBeforeManual);
            }
        }
        if self.request.url_list.len() > 1 {
            context.push(Step::CorsCheckUsesCurrentTaint);
        }
        if self.request.page.origin.same_origin_with_url(self.current_url()) {
            context.push(Step::MainFetchTaintingSticky);
            context.extend(self.taint_steps());
        } else {
            // Without the header a request is refused whatever its origin.
            if response.headers.contains(b"access-control-allow-origin") || self.request.page.origin == Origin::Opaque {
                context.extend(self.taint_steps());
            }
            if self.took_preflight_branch && self.exchanges > 1 {
                context.push(Step::PreflightResponseSuccessDoesNotExemptActual);
            }
        }
        if !response.headers.contains(b"access-control-allow-origin") && self.request.page.origin != Origin::Opaque {
            context.push(Step::HttpFetchCorsCheckApplied);
            if self.took_preflight_branch {
                context.push(Step::MainFetchClearCacheOnFailure);
            }
        }
        if self.include() && response.headers.contains(b"set-cookie") {
            context.push(Step::CredentialsSetCookieSurvivesCorsFailure);
        }
        match response.status {
            401 => context.insert(0, Step::CredentialsNo401Prompt),
            304 => context.insert(0, Step::HttpFetchScriptConditional304),
            _ => {}
        }
        context
    }

    /// Why the request's origin serializes to `null`, if it does: the requester, or the first hop that tainted it.
    fn taint_steps(&self) -> Vec<Step> {
        let requester = &self.request.page.origin;
        if *requester == Origin::Opaque {
            return vec![Step::RedirectTaintOpaqueRequester];
        }
        let tainting = self.request.url_list.windows(2).find_map(|pair| {
            let [left, new] = pair else { return None };
            let (left, new) = (Origin::of(left), Origin::of(new));
            (!left.same_origin(&new) && !requester.same_origin(&left)).then_some((left, new))
        });
        let Some((left, new)) = tainting else {
            return Vec::new();
        };
        if requester.same_origin(&new) {
            vec![Step::RedirectTaintBackToSelf]
        } else if left.same_site(&new) {
            vec![
                Step::RedirectTaintSchemePortHostCount,
                Step::RedirectTaintSameSiteIsStillNull,
            ]
        } else if left.schemelessly_same_site(&new) {
            vec![Step::RedirectTaintSchemePortHostCount, Step::RedirectTaintCrossToCross]
        } else {
            vec![Step::RedirectTaintCrossToCross]
        }
    }

    /// A redirect status, by redirect mode.
    fn redirect(&mut self, browser: &mut Browser, response: WireResponse) {
        match self.request.redirect {
            RedirectMode::Error => self.network_error(
                browser,
                "HTTP fetch",
                "#concept-http-fetch",
                |_| vec![Step::HttpFetchRedirectErrorMode, Step::RedirectStatuses],
                |_| format!("status {} with redirect mode error", response.status),
            ),
            RedirectMode::Manual => {
                self.decide(
                    "HTTP fetch",
                    "#concept-http-fetch",
                    |f| {
                        let mut found = vec![Step::HttpFetchRedirectManualMode, Step::FilterOpaqueRedirect];
                        if f.request.mode == Mode::NoCors {
                            found.push(Step::NoCorsRedirectMode);
                        }
                        found
                    },
                    |_| {
                        format!(
                            "status {} with redirect mode manual: opaque-redirect filtered response",
                            response.status
                        )
                    },
                );
                self.finish_opaque_redirect();
            }
            RedirectMode::Follow => self.http_redirect_fetch(browser, response),
        }
    }

    /// [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch).
    fn http_redirect_fetch(&mut self, browser: &mut Browser, response: WireResponse) {
        let location = match location_url(&response, self.current_url()) {
            Location::Null => {
                self.event(
                    REDIRECT_FETCH,
                    REDIRECT_ANCHOR,
                    |_| vec![Step::RedirectNoLocation],
                    |_| format!("{} without Location is an ordinary response", response.status),
                );
                return self.finish(response);
            }
            Location::Failure(why) => {
                return self.network_error(
                    browser,
                    REDIRECT_FETCH,
                    REDIRECT_ANCHOR,
                    |_| {
                        let mut found = vec![Step::RedirectBadLocation];
                        if response.headers.get_all(b"location").count() > 1 {
                            found.push(Step::ExtractSingleValuedDuplicatesFail);
                        }
                        found
                    },
                    |_| why.to_owned(),
                );
            }
            Location::Url(url) => url,
        };
        if let Some((found, why)) = self.redirect_refusal(&location, response.status) {
            return self.network_error(
                browser,
                REDIRECT_FETCH,
                REDIRECT_ANCHOR,
                |_| found.to_vec(),
                |_| format!("Location {}: {why}", shown(&location)),
            );
        }
        self.event(
            REDIRECT_FETCH,
            REDIRECT_ANCHOR,
            |f| {
                let stream = f.request.body.as_ref().is_some_and(crate::body::Body::is_stream);
                let mut found = vec![
                    Step::RedirectBadLocation,
                    Step::RedirectLimit20,
                    Step::RedirectUserinfoCorsCrossOrigin,
                ];
                if stream {
                    found.push(Step::RedirectStreamBody);
                }
                found
            },
            |f| {
                let number = f.redirect_count + 1;
                format!("redirect {number}: {} may be followed", shown(&location))
            },
        );
        if has_credentials(&location) {
            self.event(
                REDIRECT_FETCH,
                REDIRECT_ANCHOR,
                |_| vec![Step::RedirectUserinfoSameOriginAllowed],
                |_| "a purely same-origin chain may lead to a URL with credentials".to_owned(),
            );
        }
        self.redirect_count += 1;
        self.rewrite_for_redirect(&location, response.status);
        self.follow(location, &response);
    }

    fn redirect_refusal(&self, location: &Url, status: u16) -> Option<(&'static [Step], &'static str)> {
        let request = &self.request;
        if !is_http(location) {
            return Some((
                &[Step::RedirectNonHttp, Step::LocalRedirectToLocal],
                "a redirect may only lead to an HTTP(S) URL",
            ));
        }
        if self.redirect_count == MOST_REDIRECTS {
            return Some((&[Step::RedirectLimit20], "this would be the twenty-first redirect"));
        }
        let userinfo = has_credentials(location);
        if request.mode == Mode::Cors && userinfo && !request.page.origin.same_origin_with_url(location) {
            return Some((
                if self.tainting == Tainting::Cors {
                    &[Step::RedirectUserinfoCorsCrossOrigin, Step::RedirectUserinfoCorsTainted]
                } else {
                    &[Step::RedirectUserinfoCorsCrossOrigin]
                },
                "mode cors, cross-origin, and the URL holds credentials",
            ));
        }
        if self.tainting == Tainting::Cors && userinfo {
            return Some((
                &[Step::RedirectUserinfoCorsTainted],
                "response tainting is cors and the URL holds credentials",
            ));
        }
        if status != 303 && request.body.as_ref().is_some_and(crate::body::Body::is_stream) {
            return Some((&[Step::RedirectStreamBody], "a stream body cannot be sent again"));
        }
        None
    }

    fn rewrite_for_redirect(&mut self, location: &Url, status: u16) {
        let method: &[u8] = &self.request.method;
        let rewrite = match status {
            301 | 302 => method == b"POST",
            303 => !matches!(method, b"GET" | b"HEAD"),
            _ => false,
        };
        if rewrite {
            self.request.method = Cow::Borrowed(b"GET");
            self.request.body = None;
            for name in [
                &b"content-encoding"[..],
                b"content-language",
                b"content-location",
                b"content-type",
            ] {
                self.request.headers.delete(name);
            }
        }
        self.event(
            REDIRECT_FETCH,
            REDIRECT_ANCHOR,
            |f| {
                let mut found = vec![match status {
                    301 | 302 => Step::RedirectMethod301302Post,
                    303 => Step::RedirectMethod303,
                    _ => Step::RedirectMethod307308,
                }];
                if rewrite {
                    found.push(Step::RedirectDropBodyHeaders);
                }
                if f.request.use_cors_preflight {
                    found.push(Step::RedirectForcedFlagPersists);
                }
                found.push(Step::RedirectStatuses);
                found
            },
            |f| format!("{status}: followed with method {}", escape(&f.request.method)),
        );
        let foreign = !Origin::of(self.current_url()).same_origin_with_url(location);
        if foreign {
            self.request.headers.delete(b"authorization");
            self.event(
                REDIRECT_FETCH,
                REDIRECT_ANCHOR,
                |_| vec![Step::RedirectDropAuthorization, Step::RedirectOtherHeadersKept],
                |_| "the origin changes: a script-set Authorization is removed".to_owned(),
            );
        } else if self.request.headers.contains(b"authorization") {
            self.event(
                REDIRECT_FETCH,
                REDIRECT_ANCHOR,
                |_| vec![Step::RedirectDropAuthorization],
                |_| "the origin stays: a script-set Authorization is kept".to_owned(),
            );
        }
    }

    fn follow(&mut self, location: Url, response: &WireResponse) {
        // Main fetch of the hop being left set the request's referrer to what it sent; the next hop starts from that.
        self.request.referrer = match self.referrer().map(|sent| Url::parse(&sent)) {
            Some(Ok(sent)) => Referrer::Url(sent),
            Some(Err(_)) | None => Referrer::None,
        };
        self.request.url_list.push(location);
        let tainted = self.redirect_taint() != RedirectTaint::SameOrigin;
        if tainted {
            self.serialized_origin = Cow::Borrowed("null");
        }
        if let Some(policy) = parse_referrer_policy(&response.headers) {
            self.request.referrer_policy = policy;
            self.event(
                REDIRECT_FETCH,
                REDIRECT_ANCHOR,
                |_| vec![Step::RedirectReferrerPolicyUpdate],
                |_| format!("referrer policy is now {policy}"),
            );
        }
        self.unsafe_names.clear();
        self.event(
            REDIRECT_FETCH,
            "#concept-request-tainted-origin",
            |f| f.redirect_taint_steps(),
            |f| format!("to {}, Origin would be {}", shown(f.current_url()), f.serialized_origin),
        );
        if self.took_preflight_branch {
            self.event(
                REDIRECT_FETCH,
                REDIRECT_ANCHOR,
                |_| {
                    vec![
                        Step::RedirectPreflightForNewUrl,
                        Step::MainFetchPreflightReevaluatedOnRedirect,
                    ]
                },
                |_| "whether a preflight is needed is decided anew".to_owned(),
            );
        }
        self.state = State::MainFetch;
    }

    /// A request's [redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin).
    pub(crate) fn redirect_taint(&self) -> RedirectTaint {
        let requester = &self.request.page.origin;
        let mut taint = RedirectTaint::SameOrigin;
        for pair in self.request.url_list.windows(2) {
            let [left, new] = pair else { continue };
            let left = Origin::of(left);
            let new_origin = Origin::of(new);
            if !new_origin.same_site(&left) && !requester.same_site(&left) {
                return RedirectTaint::CrossSite;
            }
            if branch!(
                "redirect-taint: new URL is foreign to the one left",
                !left.same_origin(&new_origin)
            ) && branch!(
                "redirect-taint: requester is foreign to the one left",
                !requester.same_origin(&left)
            ) {
                taint = RedirectTaint::SameSite;
            }
        }
        taint
    }

    fn redirect_taint_steps(&self) -> Vec<Step> {
        let requester = &self.request.page.origin;
        if *requester == Origin::Opaque {
            return vec![Step::RedirectTaintOpaqueRequester];
        }
        let [.., left, new] = self.request.url_list.as_slice() else {
            return vec![Step::RedirectTaintInitial];
        };
        let (left, new) = (Origin::of(left), Origin::of(new));
        match self.redirect_taint() {
            RedirectTaint::SameOrigin if left.same_origin(&new) => vec![Step::RedirectTaintSameTargetHop],
            RedirectTaint::SameOrigin => vec![Step::RedirectTaintOwnOriginHop],
            taint => {
                let mut found = vec![Step::RedirectTaintCrossToCross];
                if requester.same_origin(&new) {
                    found.insert(0, Step::RedirectTaintBackToSelf);
                }
                if left.schemelessly_same_site(&new) {
                    found.push(Step::RedirectTaintSchemePortHostCount);
                }
                found.push(if taint == RedirectTaint::SameSite {
                    Step::RedirectTaintSameSiteIsStillNull
                } else {
                    Step::RedirectTaintSiteValueForCookies
                });
                found
            }
        }
    }
}

/// The three values of [redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RedirectTaint {
    SameOrigin,
    SameSite,
    CrossSite,
}

/// A response's [location URL](https://fetch.spec.whatwg.org/#concept-response-location-url).
fn location_url(response: &WireResponse, current: &Url) -> Location {
    let mut lines = response.headers.get_all(b"location");
    let Some(value) = lines.next() else {
        return Location::Null;
    };
    if lines.next().is_some() {
        return Location::Failure("more than one Location header");
    }
    let text: String = value.iter().map(|&b| char::from(b)).collect();
    let Ok(mut url) = current.join(&text) else {
        return Location::Failure("Location does not parse as a URL");
    };
    if url.fragment().is_none() {
        url.set_fragment(current.fragment());
    }
    Location::Url(url)
}
