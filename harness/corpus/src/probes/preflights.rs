//! Preflights in full: pairs of method, header, path and origin, of which a server could refuse or grant one alone.
//!
//! The whole product would be tens of thousands of cases. Each *pair* of values is in some case instead, and as many values as
//! possible rotate in one case. What a case requests apart from its slug follows from the policy alone, so that ids stay when a path is
//! added. Only the preflight is sent: whether the page reads the answer is the business of other generators.

use super::grants::value_of;
use super::paths::route_name;
use super::{ProbeRequest, Probes, slug};
use crate::expected::Facet;
use crate::policy::{Names, Origins, Policy, SAFELISTED_HEADERS, SAFELISTED_METHODS, has_header};

/// The paths at which the application fails, has no route, or may be cached.
const PATHS: [(&str, &str); 13] = [
    ("missing", "/missing"),
    ("throw", "/throw"),
    ("cached", "/cached"),
    ("status-401", "/status/401"),
    ("status-403", "/status/403"),
    ("status-404", "/status/404"),
    ("status-413", "/status/413"),
    ("status-422", "/status/422"),
    ("status-429", "/status/429"),
    ("status-500", "/status/500"),
    ("status-502", "/status/502"),
    ("status-503", "/status/503"),
    ("status-504", "/status/504"),
];

/// The most names of a list that are combined.
const MAX_NAMES: usize = 8;
/// The most allowed origins that are combined.
const MAX_ORIGINS: usize = 4;
/// The names of the allowed origins in a slug.
const ORDINALS: [&str; MAX_ORIGINS] = ["allowed", "second", "third", "fourth"];

pub(super) fn derive(probes: &mut Probes<'_>) {
    let policy = probes.policy;
    let Some(granted) = Granted::by(probes, policy) else {
        return;
    };
    combine_at_the_root(probes, &granted);
    if is_rich(policy) {
        for (at, (name, path)) in PATHS.into_iter().enumerate() {
            combine_at(probes, &granted, at, name, path);
        }
    } else if !is_plain_list(policy) && !policy.risky() {
        for (at, (name, path)) in PATHS.into_iter().enumerate() {
            let row = granted.row(at, at, at);
            probes.preflight("preflight-at", name, path, &row);
        }
    }
    for (at, route) in policy.routes.iter().enumerate() {
        let name = route_name(route);
        let own = route.policy.as_ref().and_then(|own| Granted::by(probes, own));
        match own {
            Some(own) => combine_at(probes, &own, at, &name, &route.path),
            // What the rest of the server grants is refused there.
            None => granted_rows(probes, &granted, at, &name, &route.path),
        }
    }
}

/// Whether the policy grants something of each kind, so that each path is combined with each value.
pub(super) fn is_rich(policy: &Policy) -> bool {
    let methods = policy.methods.is_any() || !policy.methods.listed().is_empty();
    let headers = policy.headers.is_any() || policy.headers.listed().len() > 1;
    let by_pattern = match &policy.origins {
        Origins::List { under, glob, .. } => !under.is_empty() || !glob.is_empty(),
        Origins::Any => false,
        Origins::Regex(_) | Origins::Predicate(_) => true,
    };
    methods && !policy.risky() && (headers || by_pattern || !policy.routes.is_empty())
}

/// Whether the origins are a list, without subdomains and without `null`.
fn is_plain_list(policy: &Policy) -> bool {
    match &policy.origins {
        Origins::List { list, under, glob, .. } => {
            under.is_empty() && glob.is_empty() && list.iter().all(|o| o != "null")
        }
        _ => false,
    }
}

/// The headers of a request: a name for the slug, and the header names.
type Headers = (String, Vec<String>);

/// What a policy grants, as lists of values that are combined.
struct Granted {
    methods: Vec<String>,
    headers: Vec<Headers>,
    /// The allowed origins, each with its name in a slug.
    origins: Vec<(&'static str, String)>,
    /// The origins that are not allowed, likewise.
    foreign: Vec<(&'static str, String)>,
    /// A method that the policy does not list, if there is one.
    other_method: Option<&'static str>,
    /// Headers that the policy does not list.
    other_headers: Vec<Headers>,
    /// Whether the requests are credentialed.
    include: bool,
}

/// One combination of values.
struct Row<'g> {
    method: &'g str,
    headers: &'g Headers,
    origin: &'g (&'static str, String),
    include: bool,
}

impl Granted {
    /// What the policy grants; `None` where it allows no origin that is known.
    fn by(probes: &Probes<'_>, policy: &Policy) -> Option<Self> {
        let known: Vec<String> = super::samples(&policy.origins)
            .into_iter()
            .filter(|o| *o != probes.server)
            .collect();
        let origins: Vec<_> = ORDINALS.into_iter().zip(known).collect();
        origins.first()?;
        let foreign = probes
            .requesters
            .iter()
            .map(|r| &r.origin)
            .find(|o| **o != "null" && policy.origins.facet(o) == Facet::MustNot);
        let foreign = foreign.map(|o| ("foreign", o.clone()));
        let null = (policy.origins.facet("null") == Facet::MustNot).then(|| ("null", "null".to_owned()));
        let others = ["DELETE", "PATCH", "PUT", "CHICKEN"];
        let unlisted = |m: &&str| !policy.methods.is_any() && !policy.methods.listed().iter().any(|l| l == m);
        Some(Self {
            methods: methods(policy),
            headers: headers(policy),
            origins,
            foreign: foreign.into_iter().chain(null).collect(),
            other_method: others.into_iter().find(unlisted),
            other_headers: other_headers(policy),
            // What a wildcard cannot grant with credentials is unspecified.
            include: policy.credentials.for_all()
                && policy.origins != Origins::Any
                && !policy.methods.is_any()
                && !policy.headers.is_any(),
        })
    }

    /// The combination of these values; each number counts round its list.
    fn row(&self, method: usize, headers: usize, origin: usize) -> Row<'_> {
        Row {
            method: &self.methods[method % self.methods.len()],
            headers: &self.headers[headers % self.headers.len()],
            origin: &self.origins[origin % self.origins.len()],
            include: self.include,
        }
    }
}

/// GET, HEAD and POST, and what the policy lists.
fn methods(policy: &Policy) -> Vec<String> {
    let listed = match &policy.methods {
        Names::Any => vec!["PUT".to_owned()],
        Names::List(list) => list.iter().take(MAX_NAMES).cloned().collect(),
    };
    let listed = listed.into_iter().filter(|m| !SAFELISTED_METHODS.contains(&m.as_str()));
    SAFELISTED_METHODS
        .into_iter()
        .map(str::to_owned)
        .chain(listed)
        .collect()
}

/// No header, each header that the policy lists, and all of them at once.
fn headers(policy: &Policy) -> Vec<Headers> {
    let listed: Vec<String> = match &policy.headers {
        Names::Any => vec!["x-one".to_owned(), "content-type".to_owned()],
        Names::List(_) => {
            let examples = policy.headers.examples().into_iter().take(MAX_NAMES);
            examples.map(|n| n.to_ascii_lowercase()).collect()
        }
    };
    let mut out: Vec<Headers> = vec![("none".to_owned(), Vec::new())];
    out.extend(listed.iter().map(|name| (name_of(name), vec![name.clone()])));
    if listed.len() > 1 {
        out.push(("all".to_owned(), listed));
    }
    out
}

/// Headers that a page often sends and the policy does not list. Safelisted names are left out: whether a value that is not
/// safelisted is granted for them without being listed is unspecified.
fn other_headers(policy: &Policy) -> Vec<Headers> {
    let Names::List(list) = &policy.headers else {
        return Vec::new();
    };
    let unlisted = |name: &&str| !SAFELISTED_HEADERS.contains(name) && !has_header(list, name);
    let names = ["authorization", "x-evil"].into_iter().filter(unlisted);
    names.map(|name| (slug(name), vec![name.to_owned()])).collect()
}

fn name_of(header: &str) -> String {
    if header == "content-type" {
        "json".to_owned()
    } else {
        slug(header)
    }
}

/// Every pair of method, header and origin at `/`.
fn combine_at_the_root(probes: &mut Probes<'_>, granted: &Granted) {
    let add = |probes: &mut Probes<'_>, row: &Row<'_>| {
        let slug = format!(
            "{}-{}-{}",
            slug(&row.method.to_ascii_lowercase()),
            row.headers.0,
            row.origin.0
        );
        probes.preflight("preflight-of", &slug, "/", row);
    };
    let widest = granted.headers.len().max(granted.origins.len());
    for method in 0..granted.methods.len() {
        for other in 0..widest {
            add(probes, &granted.row(method, other, other + method));
        }
    }
    let widest = granted.methods.len().max(granted.headers.len());
    for at in 0..widest {
        for foreign in &granted.foreign {
            add(
                probes,
                &Row {
                    origin: foreign,
                    ..granted.row(at, at, 0)
                },
            );
        }
    }
    if let Some(method) = granted.other_method {
        for at in 0..granted.headers.len() {
            add(
                probes,
                &Row {
                    method,
                    ..granted.row(0, at, at)
                },
            );
        }
    }
    for (at, headers) in granted.other_headers.iter().enumerate() {
        for method in 1..granted.methods.len() {
            add(
                probes,
                &Row {
                    headers,
                    ..granted.row(method, 0, method + at)
                },
            );
        }
    }
}

/// Every pair of the path and a method, a header or an origin.
fn combine_at(probes: &mut Probes<'_>, granted: &Granted, at: usize, name: &str, path: &str) {
    granted_rows(probes, granted, at, name, path);
    for foreign in &granted.foreign {
        let row = Row {
            origin: foreign,
            ..granted.row(at, at, 0)
        };
        probes.preflight("preflight-at", &format!("{name}-{}", foreign.0), path, &row);
    }
    if let Some(headers) = granted.other_headers.first() {
        let row = Row {
            headers,
            ..granted.row(at, 0, at)
        };
        probes.preflight("preflight-at", &format!("{name}-other-header"), path, &row);
    }
}

/// Each value that is granted, once with the path; which of them come together differs from path to path.
fn granted_rows(probes: &mut Probes<'_>, granted: &Granted, at: usize, name: &str, path: &str) {
    let widest = granted
        .methods
        .len()
        .max(granted.headers.len())
        .max(granted.origins.len());
    for k in 0..widest {
        let row = granted.row(k, k + at, k + at / granted.headers.len());
        let method = slug(&row.method.to_ascii_lowercase());
        let again = match k / granted.methods.len() {
            0 => String::new(),
            round => format!("-{}", round + 1),
        };
        probes.preflight("preflight-at", &format!("{name}-{method}{again}"), path, &row);
    }
}

impl Probes<'_> {
    /// Adds the preflight of a combination, unless the policy says nothing about it.
    fn preflight(&mut self, generator: &str, slug: &str, path: &str, row: &Row<'_>) {
        let mut request = ProbeRequest::get(path)
            .method(row.method)
            .include(row.include)
            .preflight_only();
        for name in &row.headers.1 {
            request = request.header(name, value_of(name));
        }
        let with = match row.headers.1.as_slice() {
            [] => String::new(),
            names => format!(" with {}", names.join(", ")),
        };
        let origin = &row.origin.1;
        let title = format!("the preflight of {origin} for {} {path}{with}", row.method);
        self.page(generator, slug, title, origin, &request);
    }
}
