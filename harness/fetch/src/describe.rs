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
use crate::steps::{self, Step};
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
                    found.push(steps::API_DEFAULT_MODES);
                }
                if f.request.body.is_some() {
                    found.push(steps::API_BODY_CONTENT_TYPE);
                }
                found.push(steps::ORIGIN_FROM_CLIENT);
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
                    found.push(steps::MAIN_FETCH_PREFLIGHT_FORCED_FLAG);
                }
                if !is_cors_safelisted_method(&f.request.method) {
                    found.push(steps::MAIN_FETCH_PREFLIGHT_ON_METHOD);
                    found.push(steps::METHOD_SAFELIST);
                }
                if !f.unsafe_names.is_empty() {
                    found.push(steps::MAIN_FETCH_PREFLIGHT_ON_HEADERS);
                }
                if f.request.url_list.len() > 1 {
                    found.push(steps::MAIN_FETCH_PREFLIGHT_REEVALUATED_ON_REDIRECT);
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
                let mut found = vec![steps::UNSAFE_NAMES_TOTAL_1024, steps::UNSAFE_NAMES_PER_ENTRY];
                found.push(if any_unsafe {
                    steps::UNSAFE_NAMES_TOTAL_EXCLUDES_UNSAFE
                } else {
                    steps::UNSAFE_NAMES_TOTAL_INCLUDES_UA_HEADERS
                });
                found.push(steps::UNSAFE_NAMES_NETWORK_LAYER_HEADERS_EXCLUDED);
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
                        steps::UNSAFE_NAMES_OUTPUT_ORDER,
                        steps::HEADER_LIST_SORTED_LOWERCASE_SET,
                        steps::SYNTAX_WILDCARD_IS_TOKEN,
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
                    steps::PREFLIGHT_REQUEST_ACRM,
                    steps::SYNTAX_ACRM,
                    steps::PREFLIGHT_REQUEST_DETECTABLE_SHAPE,
                    steps::PREFLIGHT_REQUEST_ACCEPT,
                ]
            },
            |f| format!("Access-Control-Request-Method: {}", escape(&f.request.method)),
        );
        self.event(
            NAME,
            ANCHOR,
            |f| {
                if f.unsafe_names.is_empty() {
                    vec![steps::PREFLIGHT_REQUEST_ACRH_OMITTED_WHEN_EMPTY]
                } else {
                    vec![
                        steps::PREFLIGHT_REQUEST_ACRH_CONTENT,
                        steps::PREFLIGHT_REQUEST_ACRH_SEPARATOR,
                        steps::PREFLIGHT_REQUEST_ACRH_SINGLE_HEADER,
                        steps::SYNTAX_ACRH,
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
                    steps::PREFLIGHT_REQUEST_NO_CREDENTIALS,
                    steps::PREFLIGHT_REQUEST_NO_AUTHOR_HEADERS,
                    steps::PREFLIGHT_REQUEST_NO_BODY,
                    steps::PREFLIGHT_REQUEST_NO_ACCEPT_LANGUAGE,
                ]
            },
            |_| "without credentials, author headers and body".to_owned(),
        );
        self.event(
            NAME,
            ANCHOR,
            |_| {
                vec![
                    steps::PREFLIGHT_REQUEST_ORIGIN,
                    steps::PREFLIGHT_REQUEST_REFERER,
                    steps::PREFLIGHT_REQUEST_OTHER_UA_HEADERS,
                    steps::ORIGIN_HEADER_RECOMPUTED_EACH_HOP,
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
                    found.push(steps::PREFLIGHT_RESPONSE_SAFELISTED_METHOD_EXEMPT);
                } else if acam.is_some() {
                    found.push(if has(&acam, &f.request.method) {
                        steps::PREFLIGHT_RESPONSE_METHOD_MATCH_EXACT
                    } else {
                        steps::PREFLIGHT_RESPONSE_ACAM_WILDCARD
                    });
                    if has(&acam, b"*") && f.include() {
                        found.push(steps::PREFLIGHT_RESPONSE_ACAM_WILDCARD_CREDENTIALED);
                    }
                }
                if f.request.use_cors_preflight && acam.is_none() {
                    found.push(steps::PREFLIGHT_RESPONSE_ACAM_MISSING_FORCED_FLAG);
                    found.push(steps::EXTRACT_ABSENT_NULL);
                }
                found.push(steps::PREFLIGHT_RESPONSE_OK_STATUS);
                found.push(steps::SYNTAX_ACAM);
                found
            },
            |f| format!("method {} passes", escape(&f.request.method)),
        );
        self.event(
            NAME,
            ANCHOR,
            |f| {
                let mut found = vec![if has(&acah, b"*") && !f.include() {
                    steps::PREFLIGHT_RESPONSE_ACAH_WILDCARD
                } else {
                    steps::PREFLIGHT_RESPONSE_ACAH_MATCH_CASE_INSENSITIVE
                }];
                if f.request.headers.contains(b"authorization") {
                    found.push(steps::PREFLIGHT_RESPONSE_AUTHORIZATION_EXPLICIT);
                }
                if has(&acah, b"*") && f.include() {
                    found.push(steps::PREFLIGHT_RESPONSE_ACAH_WILDCARD_CREDENTIALED);
                }
                found.push(steps::PREFLIGHT_RESPONSE_ACAH_ONLY_UNSAFE_NAMES);
                if f.unsafe_names.is_empty() {
                    found.push(steps::PREFLIGHT_RESPONSE_ACAH_MISSING);
                }
                found.push(steps::SYNTAX_ACAH);
                found
            },
            |_| "the unsafe header names pass".to_owned(),
        );
        if !self.include() {
            self.event(
                NAME,
                ANCHOR,
                |_| vec![steps::PREFLIGHT_RESPONSE_ACAC_IGNORED_WHEN_NOT_INCLUDE],
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
                    return vec![
                        steps::EXTRACT_EMPTY_VALUE_IS_EMPTY_LIST,
                        steps::EXTRACT_EMPTY_ELEMENTS_IGNORED,
                    ];
                }
                vec![
                    steps::EXTRACT_PER_HEADER_PARSE,
                    steps::PREFLIGHT_RESPONSE_SPLIT_LINES,
                    steps::EXTRACT_EMPTY_ELEMENTS_IGNORED,
                    steps::EXTRACT_OWS_AROUND_ITEMS,
                ]
            },
            |_| "every line is parsed on its own; empty elements do not count".to_owned(),
        );
        self.event(
            NAME,
            ANCHOR,
            |_| {
                vec![
                    steps::PREFLIGHT_RESPONSE_OTHER_HEADERS_IGNORED,
                    steps::PREFLIGHT_REQUEST_SET_COOKIE_IGNORED,
                    steps::PREFLIGHT_REQUEST_NOT_HTTP_CACHED,
                    steps::PREFLIGHT_RESPONSE_NO_PARTIAL_CACHING_ON_FAILURE,
                ]
            },
            |_| "nothing else of the preflight response counts".to_owned(),
        );
        let max_age = value(b"access-control-max-age");
        self.event(
            NAME,
            "#http-access-control-max-age",
            |_| match max_age.as_deref() {
                None => vec![steps::MAX_AGE_DEFAULT_5],
                Some(v) if v.is_empty() || !v.iter().all(u8::is_ascii_digit) => {
                    vec![
                        steps::MAX_AGE_DEFAULT_5,
                        steps::MAX_AGE_DELTA_SECONDS,
                        steps::EXTRACT_SINGLE_VALUED_DUPLICATES_FAIL,
                        steps::SYNTAX_MAX_AGE,
                    ]
                }
                Some(v) if v.iter().all(|&b| b == b'0') => {
                    vec![steps::MAX_AGE_ZERO, steps::MAX_AGE_DELTA_SECONDS, steps::SYNTAX_MAX_AGE]
                }
                Some(_) => vec![
                    steps::MAX_AGE_DELTA_SECONDS,
                    steps::MAX_AGE_CAP,
                    steps::MAX_AGE_REFRESH_EXISTING,
                    steps::SYNTAX_MAX_AGE,
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
                    steps::PREFLIGHT_CACHE_STORES_ALL_LISTED,
                    steps::PREFLIGHT_CACHE_INDEPENDENT_ENTRIES,
                    steps::PREFLIGHT_CACHE_ONLY_LISTED_METHODS_STORED,
                    steps::PREFLIGHT_CACHE_OPTIONAL,
                ]
            },
            |_| "what the response lists is stored".to_owned(),
        );
        self.event(
            "CORS-preflight cache",
            "#cache-entry",
            |_| {
                vec![
                    steps::PREFLIGHT_CACHE_KEYED_BY_URL,
                    steps::PREFLIGHT_CACHE_KEYED_BY_ORIGIN,
                    steps::PREFLIGHT_CACHE_KEYED_BY_PARTITION,
                    steps::PREFLIGHT_CACHE_ENTRY_FIELDS,
                ]
            },
            |f| format!("under {} and {}", f.serialized_origin, shown(f.current_url())),
        );
        self.event(
            "CORS-preflight cache",
            "#concept-cache",
            |_| {
                vec![
                    steps::PREFLIGHT_CACHE_MUST_EXPIRE,
                    steps::PREFLIGHT_CACHE_NULL_ORIGINS_SHARE,
                    steps::PREFLIGHT_CACHE_FRAGMENT,
                    steps::PREFLIGHT_CACHE_WILDCARD_ENTRY_CREDENTIALED,
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
                Origin::Opaque => vec![steps::REDIRECT_TAINT_OPAQUE_REQUESTER, steps::ORIGIN_SERIALIZE],
                Origin::Tuple { .. } if f.request.url_list.len() == 1 => vec![
                    steps::ORIGIN_SERIALIZE,
                    steps::ORIGIN_GRAMMAR,
                    steps::REDIRECT_TAINT_INITIAL,
                    steps::ORIGIN_GRAMMAR_NARROWER_THAN_URL_HOSTS,
                ],
                Origin::Tuple { .. } => vec![steps::ORIGIN_SERIALIZE, steps::ORIGIN_HEADER_RECOMPUTED_EACH_HOP],
            },
            |f| f.serialized_origin.to_string(),
        );
        self.event(
            "HTTP-network-or-cache fetch",
            "#concept-http-network-or-cache-fetch",
            |f| {
                let mut found = vec![match f.request.credentials {
                    CredentialsMode::Include => steps::CREDENTIALS_INCLUDE,
                    CredentialsMode::SameOrigin => steps::CREDENTIALS_SAME_ORIGIN_BASIC_ONLY,
                    CredentialsMode::Omit => steps::CREDENTIALS_OMIT,
                }];
                if f.request.headers.contains(b"authorization") {
                    found.push(steps::CREDENTIALS_EXPLICIT_AUTHORIZATION_HEADER);
                }
                if f.request.headers.contains(b"range") {
                    found.push(steps::API_RANGE_ADDS_IDENTITY);
                }
                if f.request.url_list.len() > 1 {
                    found.push(steps::REDIRECT_ATOMIC);
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
            return vec![steps::ORIGIN_HEADER_WEBSOCKET];
        }
        if self.tainting == Tainting::Cors {
            return vec![steps::ORIGIN_HEADER_CORS_ALWAYS];
        }
        if matches!(&*request.method, b"GET" | b"HEAD") {
            return vec![steps::ORIGIN_HEADER_SAME_ORIGIN_GET_NONE];
        }
        let by_policy = match request.referrer_policy {
            _ if request.mode == Mode::Cors => steps::ORIGIN_HEADER_MODE_CORS_IGNORES_REFERRER_POLICY,
            Policy::NoReferrer => steps::ORIGIN_HEADER_NO_CORS_NO_REFERRER,
            Policy::NoReferrerWhenDowngrade | Policy::StrictOrigin | Policy::StrictOriginWhenCrossOrigin => {
                steps::ORIGIN_HEADER_NO_CORS_DOWNGRADE
            }
            Policy::SameOrigin => steps::ORIGIN_HEADER_NO_CORS_SAME_ORIGIN_POLICY,
            Policy::Origin | Policy::OriginWhenCrossOrigin | Policy::UnsafeUrl => {
                steps::ORIGIN_HEADER_NO_CORS_OTHER_POLICIES
            }
        };
        vec![steps::ORIGIN_HEADER_NON_GET_ALWAYS, by_policy]
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
                    let mut found = vec![steps::EXPOSE_PARSE_FAILURE];
                    found.extend(bad_list_steps(
                        b"access-control-expose-headers",
                        &response.headers,
                        steps::SYNTAX_ACEH,
                    ));
                    return found;
                }
                let mut found = vec![steps::EXPOSE_SAFELISTED_NAMES];
                if all {
                    found.push(steps::EXPOSE_WILDCARD);
                } else if listed_star && f.include() {
                    found.push(steps::EXPOSE_WILDCARD_CREDENTIALED);
                } else if aceh.is_some() {
                    found.push(steps::EXPOSE_LISTED_NAMES);
                }
                if aceh.is_some() {
                    found.push(steps::SYNTAX_ACEH);
                }
                found.push(steps::FILTER_CORS);
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
                        return vec![steps::EXPOSE_FAILURE_WORDING, steps::EXPOSE_MULTIPLE_LINES];
                    }
                    vec![
                        steps::EXPOSE_EMPTY_ITEMS,
                        steps::EXPOSE_MULTIPLE_LINES,
                        steps::EXTRACT_PER_HEADER_PARSE,
                        steps::HEADER_LIST_NAME_CASE_INSENSITIVE,
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
                |_| vec![steps::EXPOSE_FORBIDDEN_NEVER],
                |_| "Set-Cookie is never readable".to_owned(),
            );
        }
        let repeated = has_repeats(&response.headers);
        if repeated {
            self.event(
                "get",
                "#concept-header-list-get",
                |_| vec![steps::FILTER_DUPLICATE_VALUES_COMBINED, steps::HEADER_LIST_GET_COMBINES],
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
