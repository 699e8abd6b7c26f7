//! Generates visits: the origin of the pages, and their requests.

use super::operator::{OPERATORS, Operator};
use super::random::Source;
use super::reduce::CANONICAL;
use crate::facet::Facet;
use crate::policy::{Credentials, Names, Origins, Policy, Predicate, example};

/// An origin, and how it came from an origin of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// The serialized origin.
    pub origin: String,
    /// The origin that the operators were applied to.
    pub base: String,
    /// Another origin of the policy, which some operators use; the base if there is none.
    pub other: String,
    /// The names of the operators, in the order of their application. None: the base itself.
    pub operators: Vec<&'static str>,
}

impl Requester {
    /// The origin that results if the operators are applied to the base; `None` if one of them does not apply.
    #[must_use]
    pub fn new(base: &str, other: &str, operators: &[&'static Operator]) -> Option<Self> {
        let mut origin = base.to_owned();
        for operator in operators {
            origin = operator.apply(&origin, other)?;
        }
        Some(Self {
            origin,
            base: base.to_owned(),
            other: other.to_owned(),
            operators: operators.iter().map(|operator| operator.name).collect(),
        })
    }
}

/// A request of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedRequest {
    /// The path of the URL.
    pub path: String,
    /// The method.
    pub method: String,
    /// The names of the headers. Each gets a value that is not safelisted.
    pub headers: Vec<String>,
    /// Whether the credentials mode is include.
    pub credentials: bool,
    /// How many seconds after the request before it.
    pub after: u64,
}

impl GeneratedRequest {
    /// A GET request of `/` without headers and without credentials.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            path: "/".to_owned(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            credentials: false,
            after: 0,
        }
    }
}

/// Requests by pages of one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The origin of the pages.
    pub requester: Requester,
    /// The requests, one after the other, in one browser. At least one.
    pub requests: Vec<GeneratedRequest>,
}

/// The most operators that are applied one after the other.
const MAX_OPERATORS: usize = 3;
/// How many operators are tried until one applies.
const ATTEMPTS: usize = 6;
const PATHS: [&str; 7] = [
    "/status/404",
    "/status/500",
    "/cached",
    "/vary",
    "/missing",
    "/throw",
    "/open",
];
const UNLISTED_METHODS: [&str; 7] = ["HEAD", "POST", "PUT", "DELETE", "PATCH", "patch", "QUERY"];
const UNLISTED_HEADERS: [&str; 6] = [
    "authorization",
    "content-type",
    "x-evil",
    "x-one",
    "x-header-7",
    "accept",
];

/// Generates visits to a server with a policy. Half of the operators are used.
#[must_use]
pub fn visits(source: &mut impl Source, policy: &Policy, count: usize) -> Vec<Visit> {
    let bases = bases(&policy.origins);
    let all: Vec<&Operator> = OPERATORS.iter().filter(|_| source.chance(1, 2)).collect();
    let applies = |operator: &&&Operator| operator.apply(CANONICAL, CANONICAL).is_some();
    let operators = Operators {
        special: all.iter().filter(|operator| !applies(operator)).copied().collect(),
        all,
    };
    (0..count)
        .filter_map(|number| visit(source, policy, &bases, &operators, number))
        .collect()
}

/// The operators of the visits to one policy.
struct Operators {
    all: Vec<&'static Operator>,
    /// Those that apply only to ports, addresses or two origins. Picked among all, they would seldom come together with these.
    special: Vec<&'static Operator>,
}

fn visit(
    source: &mut impl Source,
    policy: &Policy,
    bases: &[String],
    operators: &Operators,
    number: usize,
) -> Option<Visit> {
    // The first visits are those of the listed origins themselves.
    let base = bases.get(number).or_else(|| source.pick(bases))?.clone();
    let others: Vec<&String> = bases.iter().filter(|other| **other != base).collect();
    let other = source.pick(&others).map_or(&base, |other| *other).clone();
    let most = if number < bases.len() {
        0
    } else {
        1 + source.below(MAX_OPERATORS).saturating_sub(source.below(MAX_OPERATORS))
    };
    let mut requester = Requester::new(&base, &other, &[])?;
    for _ in 0..most {
        let from = if source.chance(1, 4) {
            &operators.special
        } else {
            &operators.all
        };
        for _ in 0..ATTEMPTS {
            let Some(operator) = source.pick(from) else { break };
            if let Some(changed) = operator.apply(&requester.origin, &other) {
                requester.origin = changed;
                requester.operators.push(operator.name);
                break;
            }
        }
    }
    let mut requests = vec![request(source, policy)];
    if source.chance(1, 8) {
        let mut again = if source.chance(1, 2) {
            requests.first()?.clone()
        } else {
            request(source, policy)
        };
        again.after = [0, 1, 4, 6, 601].get(source.below(5)).copied().unwrap_or_default();
        requests.push(again);
    }
    Some(Visit { requester, requests })
}

/// Origins that the policy allows, to start from.
fn bases(origins: &Origins) -> Vec<String> {
    let some = || vec!["https://app.example".to_owned(), "http://other.example:8080".to_owned()];
    let mut bases = match origins {
        Origins::Any => some(),
        Origins::List { list, under, glob, .. } => {
            let subdomains = under.iter().map(|under| {
                let port = under.port.map_or_else(String::new, |port| format!(":{port}"));
                format!("{}://sub.{}{port}", under.scheme, under.host)
            });
            let listed = list.iter().filter(|origin| *origin != "null").take(8).cloned();
            let examples = glob.patterns.iter().map(|pattern| example(pattern));
            listed.chain(subdomains).chain(examples).collect()
        }
        Origins::Predicate(Predicate::HostEquals(host)) => vec![format!("https://{host}")],
        Origins::Predicate(Predicate::HostEndsWith(end)) => vec![format!("https://sub{end}")],
        Origins::Predicate(Predicate::OriginIn(list)) => list.clone(),
        Origins::Predicate(_) => some(),
        Origins::Regex(list) => list.iter().flat_map(|expression| of_expression(expression)).collect(),
    };
    bases.retain(|base| origins.facet(base) != Facet::MustNot);
    if bases.is_empty() {
        bases = some();
    }
    bases
}

/// Origins that an expression of [`super::policy`] matches.
fn of_expression(expression: &str) -> Vec<String> {
    const DOMAINS: [&str; 7] = [
        "app.example",
        "site.example",
        "b.site.example",
        "a-b.example",
        "b_c.example",
        "1.example",
        "xn--bcher-kva.example",
    ];
    let text = expression.replace('\\', "");
    // The longest, since `site.example` is part of `b.site.example`.
    let found = DOMAINS.iter().filter(|domain| text.contains(*domain));
    let Some(domain) = found.max_by_key(|domain| domain.len()) else {
        return Vec::new();
    };
    vec![format!("https://{domain}"), format!("https://sub.{domain}")]
}

fn request(source: &mut impl Source, policy: &Policy) -> GeneratedRequest {
    let path = match (policy.routes.first(), source.pick(&PATHS)) {
        (Some(route), _) if source.chance(1, 2) => &route.path,
        (_, Some(path)) if source.chance(1, 4) => *path,
        _ => "/",
    };
    let policy = policy.at(path, "GET").unwrap_or(policy);
    let listed = |names: &Names| names.listed().to_vec();
    let method = match source.below(5) {
        // Where every method is allowed, one that no parser of HTTP knows would show nothing about CORS.
        0 if policy.methods.is_any() => source.pick(&UNLISTED_METHODS[..5]).map(|method| (*method).to_owned()),
        0 => source.pick(&UNLISTED_METHODS).map(|method| (*method).to_owned()),
        1 | 2 => source.pick(&listed(&policy.methods)).cloned(),
        _ => None,
    };
    let mut headers: Vec<String> = match source.below(5) {
        0 => source
            .pick(&UNLISTED_HEADERS)
            .map(|name| (*name).to_owned())
            .into_iter()
            .collect(),
        1 => source.some(&listed(&policy.headers), 40),
        2 => source.pick(&listed(&policy.headers)).cloned().into_iter().collect(),
        _ => Vec::new(),
    };
    if source.chance(1, 12) {
        headers.extend(source.pick(&UNLISTED_HEADERS).map(|name| (*name).to_owned()));
    }
    headers.sort_by_key(|name| name.to_ascii_lowercase());
    headers.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    let often = if policy.credentials == Credentials::None { 4 } else { 2 };
    GeneratedRequest {
        path: path.to_owned(),
        method: method.unwrap_or_else(|| "GET".to_owned()),
        headers,
        credentials: source.chance(1, often),
        after: 0,
    }
}
