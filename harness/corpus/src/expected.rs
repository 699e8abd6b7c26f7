//! What a policy promises for one request, in facets that a right answer may fill in more than one way.

use crate::case::FetchSpec;
pub use crate::facet::Facet;
use crate::policy::{Names, Policy, SAFELISTED_HEADERS, SAFELISTED_METHODS, SAFELISTED_RESPONSE_HEADERS, has_header};
use crosscheck_fetch::{
    CredentialsMode, HeaderList, Mode, Origin, Via, cors_unsafe_request_header_names, is_forbidden_request_header,
    normalize, normalize_method,
};
use std::borrow::Cow;
use std::collections::BTreeSet;
use url::Url;

/// Which response headers a page reads, of those that the answer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readable {
    /// Names that it must read; `Names::Any` is all but Set-Cookie and Set-Cookie2.
    pub must: Names,
    /// Names that it may read; `Names::Any` is all.
    pub may: Names,
}

impl Readable {
    /// Whether the page must read a header of that name. `any` promises what the application sends: a library that writes
    /// the names out instead of `*` need not name the CORS headers and the `Vary` that it adds itself.
    #[must_use]
    pub fn must_read(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let own = self.must.is_any() && (lower == "vary" || lower.starts_with("access-control-"));
        !is_cookie(name) && !own && has(&self.must, name)
    }

    /// Whether the page may read a header of that name.
    #[must_use]
    pub fn may_read(&self, name: &str) -> bool {
        !is_cookie(name) && has(&self.may, name)
    }
}

fn is_cookie(name: &str) -> bool {
    name.eq_ignore_ascii_case("set-cookie") || name.eq_ignore_ascii_case("set-cookie2")
}

fn has(names: &Names, name: &str) -> bool {
    match names {
        Names::Any => true,
        Names::List(list) => list.iter().any(|n| n.eq_ignore_ascii_case(name)),
    }
}

/// A request, as far as a policy looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyQuery {
    /// The serialized origin.
    pub origin: String,
    /// The path of the URL.
    pub path: String,
    /// The method, normalised.
    pub method: String,
    /// The CORS-unsafe request-header names, lower-case and sorted.
    pub unsafe_headers: Vec<String>,
    /// Whether a preflight precedes it whatever method and headers are.
    pub forced_preflight: bool,
    /// Whether the credentials mode is include.
    pub credentials: bool,
}

impl PolicyQuery {
    /// The query of a fetch; `None` where CORS does not apply: another mode, the server's own origin, a URL that is not http.
    #[must_use]
    pub fn by(fetch: &FetchSpec) -> Option<Self> {
        let init = &fetch.request;
        let url = Url::parse(&init.url)
            .ok()
            .filter(|u| matches!(u.scheme(), "http" | "https"))?;
        let cors = match init.via {
            Via::Fetch | Via::Img | Via::Script => {
                init.mode.unwrap_or(if init.via == Via::Fetch {
                    Mode::Cors
                } else {
                    Mode::NoCors
                }) == Mode::Cors
            }
            Via::Xhr => true,
            Via::Form | Via::Navigate | Via::WebSocket => false,
        };
        if !cors || fetch.page.origin.same_origin(&Origin::of(&url)) {
            return None;
        }
        let method = init.method.clone().unwrap_or(Cow::Borrowed(b"GET"));
        let headers: HeaderList = init
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), normalize(value).to_vec()))
            .filter(|(name, value)| !is_forbidden_request_header(name, value))
            .collect();
        let names = cors_unsafe_request_header_names(&headers);
        Some(Self {
            origin: fetch.page.origin.serialize().into_owned(),
            path: url.path().to_owned(),
            method: String::from_utf8_lossy(&normalize_method(method)).into_owned(),
            unsafe_headers: names
                .iter()
                .map(|n| String::from_utf8_lossy(n).to_ascii_lowercase())
                .collect(),
            forced_preflight: init.upload_listener,
            credentials: init.credentials == Some(CredentialsMode::Include),
        })
    }

    /// Whether a preflight precedes the request.
    #[must_use]
    pub fn needs_preflight(&self) -> bool {
        self.forced_preflight || !self.unsafe_headers.is_empty() || !SAFELISTED_METHODS.contains(&self.method.as_str())
    }
}

/// What a policy promises for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Whether the preflight passes; free where there is none.
    pub preflight: Facet,
    /// Whether the page reads the answer.
    pub read: Facet,
    /// Which headers it reads if it does.
    pub names: Readable,
    /// The origin is not one that the policy lists, for a read of this kind.
    pub foreign: bool,
}

impl Expected {
    /// What the policy promises.
    #[must_use]
    pub fn of(policy: &Policy, query: &PolicyQuery) -> Self {
        let expected = Self::at(policy.at(&query.path, &query.method), query);
        if query.path != "/redirect" {
            return expected;
        }
        // The page reads the answer at `/`, and the redirect must be shared too.
        let target = Self::at(policy.at("/", &query.method), query);
        Self {
            read: expected.read.and(target.read),
            names: target.names,
            foreign: expected.foreign || target.foreign,
            ..expected
        }
    }

    fn at(policy: Option<&Policy>, query: &PolicyQuery) -> Self {
        let Some(policy) = policy else {
            return Self {
                preflight: if query.needs_preflight() {
                    Facet::MustNot
                } else {
                    Facet::Unspecified
                },
                read: Facet::MustNot,
                names: nothing(),
                foreign: true,
            };
        };
        // With `any` every origin is foreign for credentialed reads: a wildcard cannot grant them, reflection is the fault.
        // It can grant them to origins that it names.
        let any = policy.origins == crate::policy::Origins::Any && !policy.credentials.listed().contains(&query.origin);
        let origin = policy.origins.facet(&query.origin);
        let foreign = origin == Facet::MustNot || (any && query.credentials);
        let shared = if foreign || (query.credentials && !policy.credentials.allow(&query.origin)) {
            Facet::MustNot
        } else {
            origin
        };
        let read = shared;
        let preflight = if !query.needs_preflight() {
            Facet::Unspecified
        } else {
            shared
                .and(grants_method(policy, query))
                .and(grants_headers(policy, query))
        };
        let read = match (query.needs_preflight(), preflight) {
            (true, facet) => read.and(facet),
            (false, _) => read,
        };
        let own = query.path == "/acao";
        Self {
            preflight,
            read: if own { Facet::Unspecified } else { read },
            names: if own { anything() } else { names(policy, query) },
            foreign,
        }
    }
}

fn grants_method(policy: &Policy, query: &PolicyQuery) -> Facet {
    if SAFELISTED_METHODS.contains(&query.method.as_str()) {
        return Facet::Must;
    }
    match &policy.methods {
        // A wildcard does not cover a credentialed request, an echo does: both are right.
        Names::Any if query.credentials => Facet::Unspecified,
        Names::Any => Facet::Must,
        Names::List(list) if list.contains(&query.method) => Facet::Must,
        Names::List(_) => Facet::MustNot,
    }
}

fn grants_headers(policy: &Policy, query: &PolicyQuery) -> Facet {
    query.unsafe_headers.iter().fold(Facet::Must, |facet, name| {
        facet.and(match &policy.headers {
            Names::Any if query.credentials || name == "authorization" => Facet::Unspecified,
            Names::Any => Facet::Must,
            Names::List(list) if has_header(list, name) => Facet::Must,
            // Safelisted names with an unsafe value: some libraries gate them, some grant them unasked.
            Names::List(_) if SAFELISTED_HEADERS.contains(&name.as_str()) => Facet::Unspecified,
            Names::List(_) => Facet::MustNot,
        })
    })
}

fn nothing() -> Readable {
    Readable {
        must: Names::default(),
        may: safelisted(),
    }
}

fn anything() -> Readable {
    Readable {
        must: Names::default(),
        may: Names::Any,
    }
}

fn safelisted() -> Names {
    Names::List(SAFELISTED_RESPONSE_HEADERS.iter().map(|n| (*n).to_owned()).collect())
}

fn names(policy: &Policy, query: &PolicyQuery) -> Readable {
    match &policy.expose {
        // A wildcard exposes nothing of a credentialed answer, a full list does: both are right.
        Names::Any if query.credentials => anything(),
        Names::Any => Readable {
            must: Names::Any,
            may: Names::Any,
        },
        Names::List(list) => {
            let listed: BTreeSet<String> = list.iter().map(|n| n.to_ascii_lowercase()).collect();
            let may = listed
                .iter()
                .cloned()
                .chain(safelisted().listed().iter().cloned())
                .collect();
            let must = listed
                .into_iter()
                .chain(safelisted().listed().iter().cloned())
                .collect();
            Readable {
                must: Names::List(must),
                may: Names::List(may),
            }
        }
    }
}
