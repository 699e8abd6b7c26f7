//! The findings of [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0) for the trace: the steps that
//! its branches rest on. Only a traced fetch uses this module.

use crate::algorithm::Algorithm;
use crate::browser::Browser;
use crate::cache_headers::STORING;
use crate::cors_check::CorsCheck;
use crate::fetch::Fetch;
use crate::header_list::{ByteString, Extracted, HeaderList, extract_header_list_values, is_token, trim_tab_space};
use crate::keywords::Leniency;
use crate::method::is_cors_safelisted_method;
use crate::preflight::{ACAH, ACAM, Refusal};
use crate::preflight_cache::Stored;
use crate::reason::{Grant, List, PreflightReason};
use crate::steps::Step;
use crate::trace::{Finding, Tracer};
use crate::wire::{WireResponse, is_ok_status, is_redirect_status};

/// A finding of CORS-preflight fetch itself.
fn preflight(reason: PreflightReason) -> Finding {
    Finding::new(Algorithm::PreflightFetch, reason)
}

/// A header that a preflight carries.
fn preflight_header(name: &'static [u8], value: ByteString) -> Finding {
    let name = name.into();
    preflight(PreflightReason::Header { name, value })
}

impl<T: Tracer> Fetch<T> {
    /// Records what the preflight has and what it leaves out.
    pub(crate) fn note_preflight_request(&mut self, browser: &Browser) {
        self.event(|f| {
            let value = f.request.method.clone();
            preflight_header(b"Access-Control-Request-Method", value)
                .on(Step::PreflightRequestAcrm)
                .on(Step::PreflightRequestMethod)
                .on(Step::SyntaxAcrm)
        });
        self.event(|f| {
            let names = &f.unsafe_names;
            if names.is_empty() {
                return preflight(PreflightReason::NoRequestHeadersNamed)
                    .on(Step::PreflightRequestAcrhOmittedWhenEmpty);
            }
            let several = names.len() > 1;
            preflight_header(b"Access-Control-Request-Headers", names.join(&b',').into())
                .on(Step::PreflightRequestAcrhContent)
                .on_if(several, Step::PreflightRequestAcrhSeparator)
                .on_if(several, Step::PreflightRequestAcrhSingleHeader)
                .on(Step::SyntaxAcrh)
        });
        self.event(|f| {
            preflight_header(b"Origin", f.serialized_origin_bytes())
                .on(Step::PreflightRequestOrigin)
                .on(Step::PreflightRequestDetectableShape)
        });
        self.event(|f| {
            let cookies = f.include() && !browser.cookies.is_empty();
            let author = |name: &[u8]| !name.eq_ignore_ascii_case(b"accept");
            let headers = &f.request.headers;
            preflight(PreflightReason::LeavesOut)
                .on(Step::PreflightRequestAccept)
                .on_if(f.referrer().is_some(), Step::PreflightRequestReferer)
                .on_if(
                    cookies || headers.contains(b"authorization"),
                    Step::PreflightRequestNoCredentials,
                )
                .on_if(
                    headers.iter().any(|h| author(&h.name)),
                    Step::PreflightRequestNoAuthorHeaders,
                )
                .on_if(f.request.body.is_some(), Step::PreflightRequestNoBody)
                .on_if(
                    !f.lenient(Leniency::AcceptLanguageOnPreflight),
                    Step::PreflightRequestNoAcceptLanguage,
                )
                .on(Step::PreflightRequestOtherUaHeaders)
        });
    }

    /// The steps of a preflight response that fails the CORS check, has no ok status, or both.
    pub(crate) fn refused_steps(&self, check: CorsCheck, passes: bool, response: &WireResponse) -> Vec<Step> {
        let mut found = Vec::new();
        if !is_ok_status(response.status) || passes {
            found.push(Step::PreflightResponseOkStatus);
            found.extend(match response.status {
                401 => Some(Step::PreflightRequestNoAuthPrompt),
                421 => Some(Step::PreflightRequest421Retry),
                status if is_redirect_status(status) => Some(Step::PreflightRequestNoRedirectFollowing),
                _ => None,
            });
        }
        if !passes {
            found.extend(self.check_steps(check, response));
            found.push(Step::PreflightResponseCorsCheck);
            if self.request.url_list.len() > 1 {
                found.push(Step::RedirectPreflightForNewUrl);
            }
        }
        found
    }

    /// Why the lists of a preflight response refuse the request.
    pub(crate) fn refused(&self, refusal: &Refusal, response: &WireResponse) -> Finding {
        let value = |name: &[u8]| response.headers.get(name).map(std::borrow::Cow::into_owned);
        let has_star = |name: &'static [u8]| matches!(extract_header_list_values(name, &response.headers), Extracted::Values(v) if v.contains(&&b"*"[..]));
        match refusal {
            Refusal::Parse(list) => {
                let (name, step) = match list {
                    List::AllowMethods => (ACAM, Step::PreflightResponseAcamParseFailure),
                    _ => (ACAH, Step::PreflightResponseAcahParseFailure),
                };
                let reason = PreflightReason::ListNotParsed {
                    list: *list,
                    value: value(name),
                };
                preflight(reason).on(step)
            }
            Refusal::Method => {
                let method = self.request.method.clone();
                let listed = value(ACAM);
                let present = listed.is_some();
                let empty = listed.as_deref().is_some_and(is_empty_list);
                let star = has_star(ACAM);
                let other_case = matches!(extract_header_list_values(ACAM, &response.headers), Extracted::Values(v) if v.iter().any(|m| m.eq_ignore_ascii_case(&method)));
                let forced = self.request.use_cors_preflight;
                preflight(PreflightReason::MethodNotGranted { method, listed })
                    .on_if(!present, Step::PreflightResponseAcamMissing)
                    .on_if(star, Step::PreflightResponseAcamWildcardCredentialed)
                    .on_if(present && !star, Step::PreflightResponseMethodMatchExact)
                    .on_if(other_case, Step::MethodNoNormalizePatch)
                    // If an empty list were null, the forced flag would replace it.
                    .on_if(forced && empty, Step::ExtractEmptyValueIsEmptyList)
                    .on_if(forced && empty, Step::ExtractAbsentNull)
                    .on_if(forced && empty, Step::PreflightResponseAcamMissingForcedFlag)
            }
            Refusal::NonWildcardName => {
                let star = has_star(ACAH);
                preflight(PreflightReason::AuthorizationNotListed { listed: value(ACAH) })
                    .on(Step::PreflightResponseAuthorizationExplicit)
                    .on_if(star, Step::UnsafeNamesNonWildcardAuthorization)
            }
            Refusal::Name(name) => {
                let listed = value(ACAH);
                let empty = listed.as_deref().is_none_or(is_empty_list);
                let star = has_star(ACAH);
                let name = name.clone().into();
                preflight(PreflightReason::NameNotGranted { name, listed })
                    .on_if(empty, Step::PreflightResponseAcahMissing)
                    .on_if(star, Step::PreflightResponseAcahWildcardCredentialed)
                    .on_if(!empty && !star, Step::PreflightResponseAcahMatchCaseInsensitive)
            }
        }
    }

    /// The reason why a list does not parse, and whether its good items would have granted the request.
    pub(crate) fn bad_item(&self, list: List, response: &WireResponse) -> Finding {
        let name = if list == List::AllowMethods { ACAM } else { ACAH };
        let items: Vec<&[u8]> = items(name, &response.headers).collect();
        let grants = match list {
            List::AllowMethods => {
                is_cors_safelisted_method(&self.request.method) || items.contains(&&*self.request.method)
            }
            _ => self
                .unsafe_names
                .iter()
                .all(|name| items.iter().any(|item| item.eq_ignore_ascii_case(name))),
        };
        let bad = items.iter().find(|item| !is_token(item)).copied().unwrap_or_default();
        let odd_blank = |b: &u8| matches!(b, 0x0B | 0x0C | 0x85 | 0xA0);
        let quoted = bad.contains(&b'"');
        let padded = !quoted && (bad.first().is_some_and(odd_blank) || bad.last().is_some_and(odd_blank));
        let item = bad.to_vec();
        Finding::new(
            Algorithm::ExtractHeaderListValues,
            PreflightReason::BadItem { list, item },
        )
        .on_if(quoted, Step::HeaderListGdsNotForCorsLists)
        .on_if(padded, Step::ExtractOwsAroundItems)
        .on(Step::ExtractItemsMustBeTokens)
        .on_if(items.len() > 1 && grants, Step::ExtractAnyFailureFailsAll)
    }

    /// Records what a preflight response that passed granted, and for how long.
    pub(crate) fn note_passed_preflight(
        &mut self,
        response: &WireResponse,
        grant: Grant,
        wildcard: bool,
        listed: (usize, usize),
        stored: Option<Stored>,
    ) {
        self.note_list(List::AllowMethods, ACAM, response, listed.0);
        self.note_list(List::AllowHeaders, ACAH, response, listed.1);
        self.event(|f| {
            let method = f.request.method.clone();
            let star = *method == *b"*";
            let include = f.include();
            preflight(PreflightReason::MethodGranted { method, by: grant })
                .on_all(grant_steps(grant).iter().copied())
                .on_if(star && include, Step::PreflightResponseAcamWildcardCredentialed)
                .on_if(star, Step::SyntaxWildcardIsToken)
        });
        self.event(|f| {
            let names = &f.unsafe_names;
            let authorization = f.request.headers.contains(b"authorization");
            let star = names.iter().any(|n| **n == *b"*");
            let safe = f.request.headers.len() > names.len();
            let listed_star = items(ACAH, &response.headers).any(|item| item == b"*");
            preflight(PreflightReason::NamesGranted { wildcard })
                .on_if(wildcard, Step::PreflightResponseAcahWildcard)
                .on_if(
                    !names.is_empty() && !wildcard,
                    Step::PreflightResponseAcahMatchCaseInsensitive,
                )
                .on_if(authorization, Step::PreflightResponseAuthorizationExplicit)
                .on_if(authorization && listed_star, Step::UnsafeNamesNonWildcardAuthorization)
                .on_if(star && f.include(), Step::PreflightResponseAcahWildcardCredentialed)
                .on_if(safe, Step::PreflightResponseAcahOnlyUnsafeNames)
        });
        if !self.include() && response.headers.contains(b"access-control-allow-credentials") {
            self.event(|_| {
                preflight(PreflightReason::AcacIgnored).on(Step::PreflightResponseAcacIgnoredWhenNotInclude)
            });
        }
        self.remark(|_| {
            let has = |name: &[u8]| response.headers.contains(name);
            let others = [&b"access-control-expose-headers"[..], b"allow", b"content-type"];
            preflight(PreflightReason::RestIgnored)
                .on_if(
                    !response.body.is_empty() || others.iter().any(|n| has(n)),
                    Step::PreflightResponseOtherHeadersIgnored,
                )
                .on_if(has(b"set-cookie"), Step::PreflightRequestSetCookieIgnored)
                .on_if(STORING.iter().any(|n| has(n)), Step::PreflightRequestNotHttpCached)
        });
        if let Some(stored) = stored {
            self.note_stored(response, grant, stored);
        }
    }

    fn note_stored(&mut self, response: &WireResponse, grant: Grant, stored: Stored) {
        let lines = response.headers.get_all(b"access-control-max-age").count();
        let stated = response
            .headers
            .get(b"access-control-max-age")
            .map(std::borrow::Cow::into_owned);
        let parses = crate::header_list::extract_max_age(&response.headers);
        self.event(|_| {
            let seconds = stored.max_age;
            let steps: &[Step] = match parses {
                Extracted::Null => &[Step::MaxAgeDefault5],
                Extracted::Failure if lines > 1 => &[Step::MaxAgeDefault5, Step::ExtractSingleValuedDuplicatesFail],
                Extracted::Failure => &[Step::MaxAgeDefault5, Step::SyntaxMaxAge],
                Extracted::Values(0) => &[Step::MaxAgeZero, Step::MaxAgeDeltaSeconds],
                Extracted::Values(n) if n > u64::from(u32::MAX) => &[Step::MaxAgeDeltaSeconds, Step::MaxAgeCap],
                Extracted::Values(_) => &[Step::MaxAgeDeltaSeconds],
            };
            preflight(PreflightReason::MaxAge { stated, seconds }).on_all(steps.iter().copied())
        });
        self.event(|f| {
            let own = 1 + f.unsafe_names.len();
            let Stored { created, refreshed, .. } = stored;
            Finding::new(
                Algorithm::CorsPreflightCache,
                PreflightReason::Cached { created, refreshed },
            )
            .on_if(created > 0, Step::PreflightCacheEntryFields)
            .on_if(created > own, Step::PreflightCacheStoresAllListed)
            .on_if(refreshed > 0, Step::MaxAgeRefreshExisting)
            .on_if(
                grant == Grant::Safelisted && response.headers.contains(ACAM),
                Step::PreflightCacheOnlyListedMethodsStored,
            )
        });
    }

    /// Records how a list that parses was read.
    pub(crate) fn note_list(&mut self, list: List, name: &'static [u8], response: &WireResponse, items: usize) {
        if !T::ON {
            return;
        }
        let lines = response.headers.get_all(name).count();
        let read = (lines > 0).then_some(items);
        let empty = read == Some(0);
        let raw = || {
            response
                .headers
                .get_all(name)
                .flat_map(|line| line.split(|b| *b == b','))
        };
        let blank = |item: &[u8]| trim_tab_space(item).is_empty();
        let gaps = raw().any(blank) && !empty;
        let padded = raw().any(|item| !blank(item) && trim_tab_space(item).len() < item.len());
        let exposes = list == List::ExposeHeaders;
        let syntax = match list {
            List::AllowMethods => Step::SyntaxAcam,
            List::AllowHeaders => Step::SyntaxAcah,
            List::ExposeHeaders => Step::SyntaxAceh,
        };
        let split = if exposes {
            Step::ExposeMultipleLines
        } else {
            Step::PreflightResponseSplitLines
        };
        self.remark(|f| {
            Finding::new(
                Algorithm::ExtractHeaderListValues,
                PreflightReason::ListRead { list, items: read },
            )
            .on_if(
                lines == 0 && list == List::AllowMethods && f.request.use_cors_preflight,
                Step::ExtractAbsentNull,
            )
            .on_if(lines > 1, Step::ExtractPerHeaderParse)
            .on_if(lines > 1, split)
            .on_if(empty, Step::ExtractEmptyValueIsEmptyList)
            .on_if(gaps, Step::ExtractEmptyElementsIgnored)
            .on_if(gaps && exposes, Step::ExposeEmptyItems)
            .on_if(padded, Step::ExtractOwsAroundItems)
            .on_if(lines > 0, syntax)
        });
    }
}

/// Whether a value has no items.
fn is_empty_list(value: &[u8]) -> bool {
    value.iter().all(|b| matches!(b, b',' | b' ' | b'\t'))
}

/// The items of a list, empty ones left out.
fn items<'r>(name: &[u8], headers: &'r HeaderList) -> impl Iterator<Item = &'r [u8]> {
    headers
        .get_all(name)
        .flat_map(|line| line.split(|&b| b == b','))
        .map(trim_tab_space)
        .filter(|item| !item.is_empty())
}

fn grant_steps(grant: Grant) -> &'static [Step] {
    match grant {
        Grant::Listed => &[Step::PreflightResponseMethodMatchExact],
        Grant::Forced => &[Step::PreflightResponseAcamMissingForcedFlag, Step::ExtractAbsentNull],
        Grant::Safelisted => &[Step::PreflightResponseSafelistedMethodExempt],
        Grant::Wildcard => &[Step::PreflightResponseAcamWildcard],
    }
}
