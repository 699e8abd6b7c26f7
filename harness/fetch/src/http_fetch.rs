//! [HTTP fetch](https://fetch.spec.whatwg.org/#concept-http-fetch) once there is a response, and
//! [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch).

use crate::algorithm::Algorithm;
use crate::branch;
use crate::browser::Browser;
use crate::corp::{Corp, cross_origin_resource_policy_internal_check};
use crate::cors_check::{Checked, Source, cors_check};
use crate::fetch::{Fetch, State, Tainting};
use crate::keywords::{Mode, RedirectMode};
use crate::origin::Origin;
use crate::reason::{HttpFetchReason, RedirectRefusal};
use crate::referrer::{Referrer, parse_referrer_policy};
use crate::steps::Step;
use crate::trace::{Finding, Tracer};
use crate::urls::{has_credentials, is_http};
use crate::wire::{WireResponse, is_redirect_status};
use std::borrow::Cow;
use url::Url;

/// The maximum number of redirects that are followed.
const MOST_REDIRECTS: u32 = 20;

/// The result of [`location_url`].
enum Location {
    Null,
    Failure { several: bool },
    Url(Url),
}

/// A finding of HTTP fetch itself.
fn http_fetch(reason: HttpFetchReason) -> Finding {
    Finding::new(Algorithm::HttpFetch, reason)
}

/// A finding of HTTP-redirect fetch itself.
fn redirect_fetch(reason: HttpFetchReason) -> Finding {
    Finding::new(Algorithm::HttpRedirectFetch, reason)
}

/// A finding of the cross-origin resource policy check.
fn corp(reason: HttpFetchReason) -> Finding {
    Finding::new(Algorithm::CorpCheck, reason)
}

impl<T: Tracer> Fetch<T> {
    /// The rest of [HTTP fetch](https://fetch.spec.whatwg.org/#concept-http-fetch): the CORS check (step 4.4), the cross-origin resource
    /// policy check (step 5), redirects (step 6).
    pub(crate) fn http_fetch_response(&mut self, browser: &mut Browser, response: WireResponse, from_cache: bool) {
        if self.tainting == Tainting::Cors {
            let source = self.source(from_cache);
            self.event(|f| f.check_applies(&response, source));
            self.remark(|f| f.acao_read(&response));
            let check = cors_check(&self.serialized_origin, self.request.credentials, &response.headers);
            let checked = |f: &Self| {
                let origin = f.serialized_origin.clone();
                let reason = Checked::of(check, origin, f.request.credentials, &response.headers, source);
                Finding::new(Algorithm::CorsCheck, HttpFetchReason::CorsCheck(reason))
                    .on_all(f.check_steps(check, &response))
                    .on_all(f.otherwise_granted(check, source))
            };
            let interim = branch!("misread: an interim response counts", false)
                && self
                    .informational
                    .iter()
                    .any(|headers| cors_check(&self.serialized_origin, self.request.credentials, headers).is_success());
            if !check.is_success() && !interim {
                return self.network_error(browser, checked);
            }
            self.decide(checked);
        }
        if self.tainting == Tainting::Basic && is_redirect_status(response.status) {
            self.event(|_| http_fetch(HttpFetchReason::OwnRedirect).on(Step::HttpFetchCorsCheckOnRedirectHop));
        }
        if self.tainting != Tainting::Opaque && response.headers.contains(b"cross-origin-resource-policy") {
            self.event(|_| corp(HttpFetchReason::CorpIgnored).on(Step::CorpOpaqueOnly));
        }
        if self.tainting == Tainting::Opaque && is_http(self.current_url()) {
            let check = cross_origin_resource_policy_internal_check(
                &self.request.page.origin,
                self.current_url(),
                &response.headers,
            );
            let policy = || {
                let policy = response.headers.get(b"cross-origin-resource-policy");
                policy.map(Cow::into_owned)
            };
            if branch!("cross-origin resource policy: blocked", check == Corp::Blocked) {
                return self.network_error(browser, |f| {
                    let policy = policy();
                    let same_site = policy.as_deref() == Some(b"same-site");
                    let hop = is_redirect_status(response.status) || f.request.url_list.len() > 1;
                    corp(HttpFetchReason::CorpBlocks { policy })
                        .on_if(same_site, Step::CorpSameSiteScheme)
                        .on(Step::CorpOpaqueOnly)
                        .on_if(hop, Step::CorpRedirectHops)
                });
            }
            self.event(|f| {
                let policy = policy();
                let same_site = policy.as_deref() == Some(b"same-site");
                // If the value were read less strictly, it would block.
                let inexact = policy.as_deref().is_some_and(|p| {
                    let strict = |item: &[u8]| {
                        let item = item.trim_ascii();
                        item.eq_ignore_ascii_case(b"same-origin") || item.eq_ignore_ascii_case(b"same-site")
                    };
                    !matches!(p, b"same-origin" | b"same-site") && p.split(|b| matches!(b, b',' | b';')).any(strict)
                });
                corp(HttpFetchReason::CorpAllows { policy })
                    .on_if(inexact, Step::CorpExactValues)
                    .on_if(
                        same_site && !f.request.page.origin.same_origin_with_url(f.current_url()),
                        Step::CorpSameSiteScheme,
                    )
            });
        }
        if is_redirect_status(response.status) {
            return self.redirect(browser, response);
        }
        if (300..400).contains(&response.status) {
            self.event(|_| {
                let status = response.status;
                http_fetch(HttpFetchReason::NotARedirect { status }).on(Step::RedirectStatuses)
            });
        }
        self.finish(response);
    }

    const fn source(&self, from_cache: bool) -> Source {
        match (from_cache, self.revalidated) {
            (false, _) => Source::Network,
            (true, false) => Source::Cache,
            (true, true) => Source::Revalidated,
        }
    }

    /// Handles a redirect status, by redirect mode: step 6.2 of HTTP fetch.
    fn redirect(&mut self, browser: &mut Browser, response: WireResponse) {
        let status = response.status;
        match self.request.redirect {
            RedirectMode::Error if branch!("redirect: mode error", true) => self.network_error(browser, |_| {
                http_fetch(HttpFetchReason::RedirectModeError { status }).on(Step::HttpFetchRedirectErrorMode)
            }),
            RedirectMode::Manual => {
                self.decide(|f| {
                    let opaque = f.request.mode == Mode::NoCors;
                    http_fetch(HttpFetchReason::RedirectModeManual { status })
                        .on(Step::HttpFetchRedirectManualMode)
                        .on(Step::FilterOpaqueRedirect)
                        .on_if(opaque, Step::NoCorsRedirectMode)
                });
                self.finish_opaque_redirect();
            }
            RedirectMode::Follow | RedirectMode::Error => self.http_redirect_fetch(browser, response),
        }
    }

    /// [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch): steps 3 to 5 and, in the functions that it
    /// calls, 6 to 13, 18, 19 and 22.
    fn http_redirect_fetch(&mut self, browser: &mut Browser, response: WireResponse) {
        let location = match location_url(&response, self.current_url()) {
            Location::Null => {
                self.event(|_| {
                    let status = response.status;
                    redirect_fetch(HttpFetchReason::NoLocation { status }).on(Step::RedirectNoLocation)
                });
                return self.finish(response);
            }
            Location::Failure { .. } if !branch!("redirect: bad location", true) => return self.finish(response),
            Location::Failure { several } => {
                return self.network_error(browser, |_| {
                    redirect_fetch(HttpFetchReason::BadLocation { several })
                        .on(Step::RedirectBadLocation)
                        .on_if(several, Step::ExtractSingleValuedDuplicatesFail)
                });
            }
            Location::Url(url) => url,
        };
        if let Some(by) = self.redirect_refusal(&location, response.status) {
            return self.network_error(browser, |f| f.refused_redirect(&location, by));
        }
        self.event(|f| {
            let number = f.redirect_count + 1;
            let last = number == MOST_REDIRECTS;
            let stream = f.request.body.as_ref().is_some_and(crate::body::Body::is_stream);
            let location = location.as_str().into();
            redirect_fetch(HttpFetchReason::RedirectFollowed { number, location })
                .on_if(last, Step::RedirectLimit20)
                .on_if(stream, Step::RedirectStreamBody)
                .on(Step::RedirectAtomic)
        });
        if has_credentials(&location) {
            self.event(|_| {
                redirect_fetch(HttpFetchReason::CredentialsInLocation).on(Step::RedirectUserinfoSameOriginAllowed)
            });
        }
        // Step 8.
        self.redirect_count += 1;
        self.rewrite_for_redirect(&location, response.status);
        self.follow(location, &response);
    }

    /// The conditions that keep a redirect from being followed, in their order: steps 6, 7 and 9 to 11 of HTTP-redirect fetch.
    fn redirect_refusal(&self, location: &Url, status: u16) -> Option<RedirectRefusal> {
        let request = &self.request;
        if branch!("redirect: URL is not HTTP(S)", !is_http(location)) {
            return Some(RedirectRefusal::NotHttp);
        }
        if branch!("redirect: limit", self.redirect_count == MOST_REDIRECTS) {
            return Some(RedirectRefusal::Limit);
        }
        let userinfo = has_credentials(location);
        if branch!(
            "redirect: credentials in a cross-origin URL",
            request.mode == Mode::Cors && userinfo && !request.page.origin.same_origin_with_url(location)
        ) {
            return Some(RedirectRefusal::CredentialsCrossOrigin);
        }
        if branch!(
            "redirect: credentials in a URL of a tainted chain",
            self.tainting == Tainting::Cors && userinfo
        ) {
            return Some(RedirectRefusal::CredentialsTainted);
        }
        if branch!(
            "redirect: stream body",
            status != 303 && request.body.as_ref().is_some_and(crate::body::Body::is_stream)
        ) {
            return Some(RedirectRefusal::StreamBody);
        }
        None
    }

    fn refused_redirect(&self, location: &Url, by: RedirectRefusal) -> Finding {
        let local = matches!(location.scheme(), "about" | "blob" | "data" | "file");
        let step = match by {
            RedirectRefusal::NotHttp => Step::RedirectNonHttp,
            RedirectRefusal::Limit => Step::RedirectLimit20,
            RedirectRefusal::CredentialsCrossOrigin => Step::RedirectUserinfoCorsCrossOrigin,
            RedirectRefusal::CredentialsTainted => Step::RedirectUserinfoCorsTainted,
            RedirectRefusal::StreamBody => Step::RedirectStreamBody,
        };
        let location = location.as_str().into();
        redirect_fetch(HttpFetchReason::RedirectRefused { location, by })
            .on(step)
            .on_if(by == RedirectRefusal::NotHttp && local, Step::LocalRedirectToLocal)
    }

    /// Changes method, body and headers for a redirect: steps 12 and 13 of HTTP-redirect fetch.
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
        self.event(|f| {
            let method = f.request.method.clone();
            redirect_fetch(HttpFetchReason::MethodAfterRedirect { status, method })
                .on(match status {
                    301 | 302 => Step::RedirectMethod301302Post,
                    303 => Step::RedirectMethod303,
                    _ => Step::RedirectMethod307308,
                })
                .on_if(rewrite, Step::RedirectDropBodyHeaders)
                .on_if(f.request.use_cors_preflight, Step::RedirectForcedFlagPersists)
                .on_if(!f.unsafe_names.is_empty(), Step::RedirectOtherHeadersKept)
        });
        let foreign = !Origin::of(self.current_url()).same_origin_with_url(location);
        let authorized = self.request.headers.contains(b"authorization");
        if foreign {
            self.request.headers.delete(b"authorization");
        }
        if authorized {
            self.event(|_| {
                redirect_fetch(HttpFetchReason::AuthorizationAfterRedirect { removed: foreign })
                    .on(Step::RedirectDropAuthorization)
            });
        }
    }

    /// Follows a redirect: step 18 (URL list), step 19 (referrer policy) and step 22 (main fetch) of HTTP-redirect fetch.
    fn follow(&mut self, location: Url, response: &WireResponse) {
        // Main fetch of the hop being left set the request's referrer to what it sent; the next hop starts from that.
        self.request.referrer = match self.referrer().map(|sent| Url::parse(&sent)) {
            Some(Ok(sent)) => Referrer::Url(sent),
            Some(Err(_)) | None => Referrer::None,
        };
        self.request.url_list.push(location);
        let tainted =
            self.redirect_taint() != RedirectTaint::SameOrigin && !branch!("misread: a redirect never taints", false);
        if tainted {
            self.serialized_origin = Cow::Borrowed("null");
        }
        // Set request's referrer policy on redirect, steps 1 and 2.
        if let Some(policy) = parse_referrer_policy(&response.headers) {
            self.request.referrer_policy = policy;
            self.event(|_| {
                redirect_fetch(HttpFetchReason::ReferrerPolicyUpdated { policy }).on(Step::RedirectReferrerPolicyUpdate)
            });
        }
        self.unsafe_names.clear();
        self.event(|f| {
            let url = f.url_text();
            let origin = f.serialized_origin.clone();
            Finding::new(
                Algorithm::RedirectTaint,
                HttpFetchReason::OriginAfterRedirect { url, origin },
            )
            .on_all(f.redirect_taint_steps())
        });
        if self.took_preflight_branch {
            self.event(|_| {
                redirect_fetch(HttpFetchReason::PreflightDecidedAnew)
                    .on(Step::RedirectPreflightForNewUrl)
                    .on(Step::MainFetchPreflightReevaluatedOnRedirect)
            });
        }
        self.state = State::MainFetch;
    }

    /// A request's [redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin): steps 3 to 5, with steps 4.2 and
    /// 4.3 for each URL that follows another one.
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

/// A response's [location URL](https://fetch.spec.whatwg.org/#concept-response-location-url): steps 2 to 5. Step 1 is tested by the
/// caller.
fn location_url(response: &WireResponse, current: &Url) -> Location {
    let mut lines = response.headers.get_all(b"location");
    let Some(value) = lines.next() else {
        return Location::Null;
    };
    if lines.next().is_some() {
        return Location::Failure { several: true };
    }
    let text: String = value.iter().map(|&b| char::from(b)).collect();
    let Ok(mut url) = current.join(&text) else {
        return Location::Failure { several: false };
    };
    if url.fragment().is_none() {
        url.set_fragment(current.fragment());
    }
    Location::Url(url)
}
