//! The events that explain without deciding: what the request looked like, what went onto the wire, what became readable.
//! Only a traced fetch builds them.

use crate::cors_check::CorsCheck;
use crate::fetch::{Fetch, Tainting};
use crate::header_list::{Extracted, HeaderList, extract_header_list_values};
use crate::main_fetch::shown;
use crate::method::is_cors_safelisted_method;
use crate::origin::Origin;
use crate::preflight::bad_list_steps;
use crate::request::Note;
use crate::rests_on::{method_step, note_steps, safelist_steps};
use crate::safelist::{is_cors_safelisted_request_header, is_forbidden_response_header_name};
use crate::steps::Step;
use crate::trace::{Tracer, escape};
use crate::wire::WireResponse;
use crate::words::{CredentialsMode, Mode};

impl<T: Tracer> Fetch<T> {
    /// What the API made of its arguments.
    pub(crate) fn describe_request(&mut self) {
        self.event(
            "new Request()",
            "#dom-request",
            |f| {
                let mut found = vec![method_step(&f.request.method)];
                if f.request.mode == Mode::Cors && f.request.credentials == CredentialsMode::SameOrigin {
                    found.push(Step::ApiDefaultModes);
                }
                if f.request.body.is_some() {
                    found.push(Step::ApiBodyContentType);
                }
                found.push(Step::OriginFromClient);
                found
            },
            |f| {
                format!(
                    "{} {} in mode {}, credentials mode {}, from origin {}",
                    escape(&f.request.method),
                    shown(f.current_url()),
                    f.request.mode,
                    f.request.credentials,
                    f.serialized_origin
                )
            },
        );
        for note in self.request.notes.clone() {
            self.event(
                "Headers append",
                "#concept-headers-append",
                |_| note_steps(&note),
                |_| match &note {
                    Note::Forbidden(name) => format!("`{}` is a forbidden request-header and is dropped", escape(name)),
                    Note::NoCors(name) => format!("`{}` is not settable in mode no-cors and is dropped", escape(name)),
                    Note::Appended(name) => format!("`{}` is appended as a separate header", escape(name)),
                    Note::Trimmed(name) => format!("the value of `{}` is normalized", escape(name)),
                    Note::NormalizedMethod => "the method is normalized".to_owned(),
                },
            );
        }
    }

    /// Why the request goes through the preflight branch.
    pub(crate) fn describe_preflight_branch(&mut self) {
        self.event(
            "main fetch",
            "#concept-main-fetch",
            |f| {
                let mut found = Vec::new();
                if f.request.use_cors_preflight {
                    found.push(Step::MainFetchPreflightForcedFlag);
                }
                if !is_cors_safelisted_method(&f.request.method) {
                    found.push(Step::MainFetchPreflightOnMethod);
                    found.push(Step::MethodSafelist);
                }
                if !f.unsafe_names.is_empty() {
                    found.push(Step::MainFetchPreflightOnHeaders);
                }
                if f.request.url_list.len() > 1 {
                    found.push(Step::MainFetchPreflightReevaluatedOnRedirect);
                }
                found
            },
            |f| {
                format!(
                    "response tainting cors for {}, a preflight is needed",
                    shown(f.current_url())
                )
            },
        );
        self.describe_safelisted_headers();
    }

    /// How each header of the request fared against the safelist.
    pub(crate) fn describe_safelisted_headers(&mut self) {
        if !T::ON {
            return;
        }
        let headers = self.request.headers.clone();
        for header in &headers {
            let safe = is_cors_safelisted_request_header(&header.name, &header.value);
            self.event(
                "CORS-safelisted request-header",
                "#cors-safelisted-request-header",
                |_| safelist_steps(&header.name, &header.value),
                |_| {
                    format!(
                        "`{}: {}` is {}",
                        escape(&header.name),
                        escape(&header.value),
                        if safe { "safelisted" } else { "not safelisted" }
                    )
                },
            );
        }
        let (mut total, mut any_unsafe) = (0, false);
        for header in &headers {
            if is_cors_safelisted_request_header(&header.name, &header.value) {
                total += header.value.len();
            } else {
                any_unsafe = true;
            }
        }
        self.event(
            "CORS-unsafe request-header names",
            "#cors-unsafe-request-header-names",
            |_| {
                let mut found = vec![Step::UnsafeNamesTotal1024, Step::UnsafeNamesPerEntry];
                found.push(if any_unsafe {
                    Step::UnsafeNamesTotalExcludesUnsafe
                } else {
                    Step::UnsafeNamesTotalIncludesUaHeaders
                });
                found.push(Step::UnsafeNamesNetworkLayerHeadersExcluded);
                found
            },
            |_| format!("the safelisted values have {total} bytes together"),
        );
        if !self.unsafe_names.is_empty() {
            self.event(
                "CORS-unsafe request-header names",
                "#convert-header-names-to-a-sorted-lowercase-set",
                |_| {
                    vec![
                        Step::UnsafeNamesOutputOrder,
                        Step::HeaderListSortedLowercaseSet,
                        Step::SyntaxWildcardIsToken,
                    ]
                },
                |f| escape(&f.unsafe_names.join(&b',')),
            );
        }
    }

    /// What the preflight carries and what it leaves out.
    pub(crate) fn describe_preflight_request(&mut self) {
        const ANCHOR: &str = "#cors-preflight-fetch-0";
        const NAME: &str = "CORS-preflight fetch";
        self.event(
            NAME,
            ANCHOR,
            |_| {
                vec![
                    Step::PreflightRequestAcrm,
                    Step::SyntaxAcrm,
                    Step::PreflightRequestDetectableShape,
                    Step::PreflightRequestAccept,
                ]
            },
            |f| format!("Access-Control-Request-Method: {}", escape(&f.request.method)),
        );
        self.event(
            NAME,
            ANCHOR,
            |f| {
                if f.unsafe_names.is_empty() {
                    vec![Step::PreflightRequestAcrhOmittedWhenEmpty]
                } else {
                    vec![
                        Step::PreflightRequestAcrhContent,
                        Step::PreflightRequestAcrhSeparator,
                        Step::PreflightRequestAcrhSingleHeader,
                        Step::SyntaxAcrh,
                    ]
                }
            },
            |f| {
                if f.unsafe_names.is_empty() {
                    "no Access-Control-Request-Headers".to_owned()
                } else {
                    format!(
                        "Access-Control-Request-Headers: {}",
                        escape(&f.unsafe_names.join(&b','))
                    )
                }
            },
        );
        self.event(
            NAME,
            ANCHOR,
            |_| {
                vec![
                    Step::PreflightRequestNoCredentials,
                    Step::PreflightRequestNoAuthorHeaders,
                    Step::PreflightRequestNoBody,
                    Step::PreflightRequestNoAcceptLanguage,
                ]
            },
            |_| "without credentials, author headers and body".to_owned(),
        );
        self.event(
            NAME,
            ANCHOR,
            |_| {
                vec![
                    Step::PreflightRequestOrigin,
                    Step::PreflightRequestReferer,
                    Step::PreflightRequestOtherUaHeaders,
                    Step::OriginHeaderRecomputedEachHop,
                ]
            },
            |f| format!("Origin: {}", f.serialized_origin),
        );
    }

    /// What a preflight that passed granted, and for how long.
    pub(crate) fn describe_passed_preflight(&mut self, response: &WireResponse) {
        const ANCHOR: &str = "#cors-preflight-fetch-0";
        const NAME: &str = "CORS-preflight fetch";
        let value = |name: &[u8]| response.headers.get(name).map(std::borrow::Cow::into_owned);
        let acam = value(b"access-control-allow-methods");
        let acah = value(b"access-control-allow-headers");
        let has = |list: &Option<Vec<u8>>, star: &[u8]| {
            list.as_ref().is_some_and(|v| {
                v.split(|&b| b == b',')
                    .any(|i| crate::header_list::trim_tab_space(i) == star)
            })
        };
        self.event(
            NAME,
            ANCHOR,
            |f| {
                let mut found = Vec::new();
                if is_cors_safelisted_method(&f.request.method) {
                    found.push(Step::PreflightResponseSafelistedMethodExempt);
                } else if acam.is_some() {
                    found.push(if has(&acam, &f.request.method) {
                        Step::PreflightResponseMethodMatchExact
                    } else {
                        Step::PreflightResponseAcamWildcard
                    });
                    if has(&acam, b"*") && f.include() {
                        found.push(Step::PreflightResponseAcamWildcardCredentialed);
                    }
                }
                if f.request.use_cors_preflight && acam.is_none() {
                    found.push(Step::PreflightResponseAcamMissingForcedFlag);
                    found.push(Step::ExtractAbsentNull);
                }
                found.push(Step::PreflightResponseOkStatus);
                found.push(Step::SyntaxAcam);
                found
            },
            |f| format!("method {} passes", escape(&f.request.method)),
        );
        self.event(
            NAME,
            ANCHOR,
            |f| {
                let mut found = vec![if has(&acah, b"*") && !f.include() {
                    Step::PreflightResponseAcahWildcard
                } else {
                    Step::PreflightResponseAcahMatchCaseInsensitive
                }];
                if f.request.headers.contains(b"authorization") {
                    found.push(Step::PreflightResponseAuthorizationExplicit);
                }
                if has(&acah, b"*") && f.include() {
                    found.push(Step::PreflightResponseAcahWildcardCredentialed);
                }
                found.push(Step::PreflightResponseAcahOnlyUnsafeNames);
                if f.unsafe_names.is_empty() {
                    found.push(Step::PreflightResponseAcahMissing);
                }
                found.push(Step::SyntaxAcah);
                found
            },
            |_| "the unsafe header names pass".to_owned(),
        );
        if !self.include() {
            self.event(
                NAME,
                ANCHOR,
                |_| vec![Step::PreflightResponseAcacIgnoredWhenNotInclude],
                |_| "Access-Control-Allow-Credentials is not looked at".to_owned(),
            );
        }
        self.event(
            "extract header list values",
            "#extract-header-list-values",
            |_| {
                let is_empty = |list: &Option<Vec<u8>>| {
                    list.as_ref()
                        .is_some_and(|v| v.iter().all(|b| matches!(b, b',' | b' ' | b'\t')))
                };
                if is_empty(&acam) || is_empty(&acah) {
                    return vec![Step::ExtractEmptyValueIsEmptyList, Step::ExtractEmptyElementsIgnored];
                }
                vec![
                    Step::ExtractPerHeaderParse,
                    Step::PreflightResponseSplitLines,
                    Step::ExtractEmptyElementsIgnored,
                    Step::ExtractOwsAroundItems,
                ]
            },
            |_| "every line is parsed on its own; empty elements do not count".to_owned(),
        );
        self.event(
            NAME,
            ANCHOR,
            |_| {
                vec![
                    Step::PreflightResponseOtherHeadersIgnored,
                    Step::PreflightRequestSetCookieIgnored,
                    Step::PreflightRequestNotHttpCached,
                    Step::PreflightResponseNoPartialCachingOnFailure,
                ]
            },
            |_| "nothing else of the preflight response counts".to_owned(),
        );
        let max_age = value(b"access-control-max-age");
        self.event(
            NAME,
            "#http-access-control-max-age",
            |_| match max_age.as_deref() {
                None => vec![Step::MaxAgeDefault5],
                Some(v) if v.is_empty() || !v.iter().all(u8::is_ascii_digit) => {
                    vec![
                        Step::MaxAgeDefault5,
                        Step::MaxAgeDeltaSeconds,
                        Step::ExtractSingleValuedDuplicatesFail,
                        Step::SyntaxMaxAge,
                    ]
                }
                Some(v) if v.iter().all(|&b| b == b'0') => {
                    vec![Step::MaxAgeZero, Step::MaxAgeDeltaSeconds, Step::SyntaxMaxAge]
                }
                Some(_) => vec![
                    Step::MaxAgeDeltaSeconds,
                    Step::MaxAgeCap,
                    Step::MaxAgeRefreshExisting,
                    Step::SyntaxMaxAge,
                ],
            },
            |_| {
                max_age
                    .as_ref()
                    .map_or("Access-Control-Max-Age absent: 5 seconds".to_owned(), |v| {
                        format!("Access-Control-Max-Age: {}", escape(v))
                    })
            },
        );
        self.event(
            "CORS-preflight cache",
            "#cors-preflight-cache",
            |_| {
                vec![
                    Step::PreflightCacheStoresAllListed,
                    Step::PreflightCacheIndependentEntries,
                    Step::PreflightCacheOnlyListedMethodsStored,
                    Step::PreflightCacheOptional,
                ]
            },
            |_| "what the response lists is stored".to_owned(),
        );
        self.event(
            "CORS-preflight cache",
            "#cache-entry",
            |_| {
                vec![
                    Step::PreflightCacheKeyedByUrl,
                    Step::PreflightCacheKeyedByOrigin,
                    Step::PreflightCacheKeyedByPartition,
                    Step::PreflightCacheEntryFields,
                ]
            },
            |f| format!("under {} and {}", f.serialized_origin, shown(f.current_url())),
        );
        self.event(
            "CORS-preflight cache",
            "#concept-cache",
            |_| {
                vec![
                    Step::PreflightCacheMustExpire,
                    Step::PreflightCacheNullOriginsShare,
                    Step::PreflightCacheFragment,
                    Step::PreflightCacheWildcardEntryCredentialed,
                ]
            },
            |_| "until its lifetime is over".to_owned(),
        );
    }

    /// What the network layer adds to the actual request.
    pub(crate) fn describe_network_request(&mut self) {
        self.event(
            "append a request Origin header",
            "#append-a-request-origin-header",
            Self::origin_header_steps,
            |f| match f.request_origin_header() {
                Some(origin) => format!("Origin: {}", escape(&origin)),
                None => "no Origin".to_owned(),
            },
        );
        self.event(
            "serializing a request origin",
            "#serializing-a-request-origin",
            |f| match f.request.page.origin {
                Origin::Opaque => vec![Step::RedirectTaintOpaqueRequester, Step::OriginSerialize],
                Origin::Tuple { .. } if f.request.url_list.len() == 1 => vec![
                    Step::OriginSerialize,
                    Step::OriginGrammar,
                    Step::RedirectTaintInitial,
                    Step::OriginGrammarNarrowerThanUrlHosts,
                ],
                Origin::Tuple { .. } => vec![Step::OriginSerialize, Step::OriginHeaderRecomputedEachHop],
            },
            |f| f.serialized_origin.to_string(),
        );
        self.event(
            "HTTP-network-or-cache fetch",
            "#concept-http-network-or-cache-fetch",
            |f| {
                let mut found = vec![match f.request.credentials {
                    CredentialsMode::Include => Step::CredentialsInclude,
                    CredentialsMode::SameOrigin => Step::CredentialsSameOriginBasicOnly,
                    CredentialsMode::Omit => Step::CredentialsOmit,
                }];
                if f.request.headers.contains(b"authorization") {
                    found.push(Step::CredentialsExplicitAuthorizationHeader);
                }
                if f.request.headers.contains(b"range") {
                    found.push(Step::ApiRangeAddsIdentity);
                }
                if f.request.url_list.len() > 1 {
                    found.push(Step::RedirectAtomic);
                }
                found
            },
            |f| {
                if f.include_credentials() {
                    "credentials are included"
                } else {
                    "credentials are not included"
                }
                .to_owned()
            },
        );
    }

    fn origin_header_steps(&self) -> Vec<Step> {
        use crate::words::ReferrerPolicy as Policy;
        let request = &self.request;
        if request.mode == Mode::WebSocket {
            return vec![Step::OriginHeaderWebsocket];
        }
        if self.tainting == Tainting::Cors {
            return vec![Step::OriginHeaderCorsAlways];
        }
        if matches!(&*request.method, b"GET" | b"HEAD") {
            return vec![Step::OriginHeaderSameOriginGetNone];
        }
        let by_policy = match request.referrer_policy {
            _ if request.mode == Mode::Cors => Step::OriginHeaderModeCorsIgnoresReferrerPolicy,
            Policy::NoReferrer => Step::OriginHeaderNoCorsNoReferrer,
            Policy::NoReferrerWhenDowngrade | Policy::StrictOrigin | Policy::StrictOriginWhenCrossOrigin => {
                Step::OriginHeaderNoCorsDowngrade
            }
            Policy::SameOrigin => Step::OriginHeaderNoCorsSameOriginPolicy,
            Policy::Origin | Policy::OriginWhenCrossOrigin | Policy::UnsafeUrl => Step::OriginHeaderNoCorsOtherPolicies,
        };
        vec![Step::OriginHeaderNonGetAlways, by_policy]
    }

    /// Which headers became readable, and why.
    pub(crate) fn describe_exposure(&mut self, response: &WireResponse, all: bool, failed: bool) {
        let aceh = response
            .headers
            .get(b"access-control-expose-headers")
            .map(std::borrow::Cow::into_owned);
        let listed_star = matches!(extract_header_list_values(b"access-control-expose-headers", &response.headers), Extracted::Values(v) if v.contains(&&b"*"[..]));
        self.event(
            "CORS filtered response",
            "#concept-filtered-response-cors",
            |f| {
                if failed {
                    let mut found = vec![Step::ExposeParseFailure];
                    found.extend(bad_list_steps(
                        b"access-control-expose-headers",
                        &response.headers,
                        Step::SyntaxAceh,
                    ));
                    return found;
                }
                let mut found = vec![Step::ExposeSafelistedNames];
                if all {
                    found.push(Step::ExposeWildcard);
                } else if listed_star && f.include() {
                    found.push(Step::ExposeWildcardCredentialed);
                } else if aceh.is_some() {
                    found.push(Step::ExposeListedNames);
                }
                if aceh.is_some() {
                    found.push(Step::SyntaxAceh);
                }
                found.push(Step::FilterCors);
                found
            },
            |_| {
                aceh.as_ref()
                    .map_or("no Access-Control-Expose-Headers".to_owned(), |v| {
                        format!("Access-Control-Expose-Headers: {}", escape(v))
                    })
            },
        );
        if aceh.is_some() {
            self.event(
                "extract header list values",
                "#extract-header-list-values",
                |_| {
                    if failed {
                        return vec![Step::ExposeFailureWording, Step::ExposeMultipleLines];
                    }
                    vec![
                        Step::ExposeEmptyItems,
                        Step::ExposeMultipleLines,
                        Step::ExtractPerHeaderParse,
                        Step::HeaderListNameCaseInsensitive,
                    ]
                },
                |_| {
                    if failed {
                        "a failure is not a list: nothing is added to the safelisted names".to_owned()
                    } else {
                        "lines accumulate, empty items do not count".to_owned()
                    }
                },
            );
        }
        if response
            .headers
            .iter()
            .any(|h| is_forbidden_response_header_name(&h.name))
        {
            self.event(
                "CORS filtered response",
                "#forbidden-response-header-name",
                |_| vec![Step::ExposeForbiddenNever],
                |_| "Set-Cookie is never readable".to_owned(),
            );
        }
        let repeated = has_repeats(&response.headers);
        if repeated {
            self.event(
                "get",
                "#concept-header-list-get",
                |_| vec![Step::FilterDuplicateValuesCombined, Step::HeaderListGetCombines],
                |_| "repeated headers read as one value".to_owned(),
            );
        }
    }

    /// The CORS check in a sentence.
    pub(crate) fn describe_cors_check(&self, check: CorsCheck, headers: &HeaderList) -> String {
        let value = |name: &[u8]| {
            headers
                .get(name)
                .map_or("absent".to_owned(), |v| format!("`{}`", escape(&v)))
        };
        let acao = value(b"access-control-allow-origin");
        match check {
            CorsCheck::MissingAcao => "failure: Access-Control-Allow-Origin is absent".to_owned(),
            CorsCheck::Wildcard => format!(
                "success: Access-Control-Allow-Origin is {acao}, credentials mode {}",
                self.request.credentials
            ),
            CorsCheck::OriginMismatch => format!(
                "failure: Access-Control-Allow-Origin is {acao}, the request's origin is `{}`, credentials mode {}",
                self.serialized_origin, self.request.credentials
            ),
            CorsCheck::OriginMatch => format!("success: Access-Control-Allow-Origin is {acao}"),
            CorsCheck::CredentialsAllowed => {
                format!("success: Access-Control-Allow-Origin is {acao}, Access-Control-Allow-Credentials `true`")
            }
            CorsCheck::CredentialsNotAllowed => format!(
                "failure: credentials mode include, Access-Control-Allow-Credentials is {}",
                value(b"access-control-allow-credentials")
            ),
        }
    }
}

fn has_repeats(headers: &HeaderList) -> bool {
    headers
        .iter()
        .enumerate()
        .any(|(i, a)| headers.iter().take(i).any(|b| a.name.eq_ignore_ascii_case(&b.name)))
}
