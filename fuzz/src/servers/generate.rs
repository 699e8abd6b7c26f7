//! Generates policies, origins and requests that a browser can send.

use arbitrary::Arbitrary;
use crosscheck_corpus::expected::PolicyQuery;
use crosscheck_corpus::policy::{Globs, Names, Origins, Policy, Predicate};
use crosscheck_fetch::{
    ByteString, CredentialsMode, HeaderList, Init, Origin, Page, Request, cors_unsafe_request_header_names,
    normalize_method,
};
use std::borrow::Cow;

/// Origins that a policy lists or a page has, including look-alikes of the first one.
const ORIGINS: [&str; 14] = [
    "https://app.example",
    "https://other.example",
    "null",
    "http://app.example",
    "https://app.example:8443",
    "https://evilapp.example",
    "https://app.example.evil.test",
    "https://sub.app.example",
    "https://app.exampl",
    "https://appxexample.test",
    "http://app.example:443",
    "https://a.b.app.example",
    "https://xn--bcher-kva.example",
    "https://[::1]:8443",
];
const PREDICATES: [&str; 6] = [
    "host-ends-with:.app.example",
    "host-equals:app.example",
    "scheme-is:https",
    "origin-in:https://app.example,https://other.example",
    "never",
    "always",
];
const METHODS: [&str; 8] = ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "patch", "QUERY"];
const NAMES: [&str; 7] = [
    "x-one",
    "X-Two",
    "authorization",
    "content-type",
    "x-onex",
    "accept-language",
    "range",
];
const PATHS: [&str; 4] = ["/", "/status/404", "/status/500", "/vary"];

#[derive(Clone, Debug, Arbitrary)]
enum GeneratedOrigins {
    Any,
    List(Vec<u8>),
    Predicate(u8),
}

#[derive(Clone, Debug, Arbitrary)]
enum GeneratedNames {
    Any,
    List(u8),
}

/// A policy and a request under it.
#[derive(Clone, Debug, Arbitrary)]
pub(super) struct Input {
    origins: GeneratedOrigins,
    credentials: bool,
    methods: GeneratedNames,
    headers: GeneratedNames,
    expose: GeneratedNames,
    max_age: Option<u16>,
    origin: u8,
    method: u8,
    sends: u8,
    include: bool,
    path: u8,
}

/// A policy and a request to run on every library.
pub(super) struct Question {
    pub(super) policy: Policy,
    pub(super) request: Request,
    pub(super) query: PolicyQuery,
}

fn pick<T: Copy>(from: &[T], by: u8) -> T {
    from[usize::from(by) % from.len()]
}

fn chosen(from: &[&str], bits: u8) -> Vec<String> {
    from.iter()
        .enumerate()
        .filter(|(i, _)| bits >> (i % 8) & 1 == 1)
        .map(|(_, s)| (*s).to_owned())
        .collect()
}

fn names(generated: &GeneratedNames, from: &[&str]) -> Names {
    match generated {
        GeneratedNames::Any => Names::Any,
        GeneratedNames::List(bits) => Names::List(chosen(from, *bits)),
    }
}

impl Input {
    fn policy(&self) -> Option<Policy> {
        let origins = match &self.origins {
            GeneratedOrigins::Any => Origins::Any,
            GeneratedOrigins::List(picks) => {
                let mut list: Vec<String> = picks.iter().take(4).map(|p| pick(&ORIGINS, *p).to_owned()).collect();
                list.sort();
                list.dedup();
                if list.is_empty() {
                    return None;
                }
                Origins::List {
                    list,
                    under: Vec::new(),
                    glob: Globs::default(),
                    meant: None,
                }
            }
            GeneratedOrigins::Predicate(p) => Origins::Predicate(pick(&PREDICATES, *p).parse::<Predicate>().ok()?),
        };
        Some(
            Policy {
                credentials: self.credentials.into(),
                methods: names(&self.methods, &METHODS),
                headers: names(&self.headers, &NAMES),
                expose: names(&self.expose, &["x-two", "x-hit", "etag"]),
                max_age: self.max_age.map(u64::from),
                ..Policy::of(origins)
            }
            .complete(),
        )
    }

    /// Returns the question, unless the API would refuse the request.
    pub(super) fn question(&self) -> Option<Question> {
        let policy = self.policy()?;
        let origin = Origin::parse_serialized(pick(&ORIGINS, self.origin)).ok()?;
        let page = Page::new(origin);
        let https = !page.origin.serialize().starts_with("http:");
        let path = pick(&PATHS, self.path);
        let method = pick(&METHODS, self.method);
        let headers: Vec<(ByteString, ByteString)> = chosen(&NAMES, self.sends)
            .into_iter()
            .map(|n| (Cow::Owned(n.into_bytes()), Cow::Borrowed(&b"1"[..])))
            .collect();
        let list: HeaderList = headers.iter().cloned().collect();
        let init = Init {
            method: Some(Cow::Borrowed(method.as_bytes())),
            credentials: self.include.then_some(CredentialsMode::Include),
            headers,
            ..Init::new(format!("{}://api.example{path}", if https { "https" } else { "http" }))
        };
        let query = PolicyQuery {
            origin: page.origin.serialize().into_owned(),
            path: path.to_owned(),
            method: String::from_utf8_lossy(&normalize_method(Cow::Borrowed(method.as_bytes()))).into_owned(),
            unsafe_headers: cors_unsafe_request_header_names(&list)
                .iter()
                .map(|n| String::from_utf8_lossy(n).into_owned())
                .collect(),
            forced_preflight: false,
            credentials: self.include,
        };
        let request = Request::new(&page, init).ok()?;
        Some(Question { policy, request, query })
    }
}
