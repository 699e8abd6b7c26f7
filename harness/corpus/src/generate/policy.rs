//! Generates policies that a subject can express.

use super::random::Source;
use crate::policy::{Credentials, Globs, Names, Origins, Policy, Predicate, Route, Under};
use crate::words::Flag;
use std::collections::BTreeSet;

/// What distinguishes a policy from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// A list of origins.
    List,
    /// A list with `null`.
    Null,
    /// A list with origins of apps.
    Scheme,
    /// Every origin.
    Any,
    /// Every origin, with credentials.
    AnyCredentials,
    /// Subdomains.
    Under,
    /// Patterns.
    Glob,
    /// Subdomains or patterns, and a list.
    Mixed,
    /// Expressions.
    Regex,
    /// A function.
    Predicate,
    /// A list, with credentials for some of the origins.
    CredentialsPerOrigin,
    /// Paths under a policy of their own.
    Routes,
}

impl PolicyKind {
    const ALL: [Self; 12] = [
        Self::List,
        Self::Null,
        Self::Scheme,
        Self::Any,
        Self::AnyCredentials,
        Self::Under,
        Self::Glob,
        Self::Mixed,
        Self::Regex,
        Self::Predicate,
        Self::CredentialsPerOrigin,
        Self::Routes,
    ];

    /// The flags that such a policy needs.
    const fn flags(self) -> &'static [Flag] {
        match self {
            Self::List => &[Flag::OriginsList],
            Self::Null => &[Flag::OriginsList, Flag::OriginsNull],
            Self::Scheme => &[Flag::OriginsList, Flag::OriginsScheme],
            Self::Any => &[Flag::OriginsAny],
            Self::AnyCredentials => &[Flag::OriginsAny, Flag::AnyCredentials, Flag::Credentials],
            Self::Under => &[Flag::OriginsUnder],
            Self::Glob => &[Flag::OriginsGlob],
            Self::Mixed => &[Flag::OriginsMixed, Flag::OriginsList],
            Self::Regex => &[Flag::OriginsRegex],
            Self::Predicate => &[Flag::OriginsPredicate],
            Self::CredentialsPerOrigin => &[Flag::OriginsList, Flag::CredentialsPerOrigin],
            Self::Routes => &[Flag::OriginsList, Flag::Routes],
        }
    }
}

/// The kinds of policies that a subject with these flags can have.
#[must_use]
pub fn kinds(flags: &BTreeSet<Flag>) -> Vec<PolicyKind> {
    let all = PolicyKind::ALL.into_iter();
    all.filter(|kind| kind.flags().iter().all(|flag| flags.contains(flag)))
        .collect()
}

/// Hosts of listed origins. No host is that of the server, and none has a `*`, which some libraries take for a pattern.
const HOSTS: [&str; 22] = [
    "app.example",
    "other.example",
    "foo.example",
    "barfoo.example",
    "a.b.site.example",
    "www.site.example",
    "x.example",
    "a_b.site.example",
    "1.site.example",
    "a1.example",
    "a-b.site.example",
    "xn--bcher-kva.example",
    "localhost",
    "intranet",
    "192.0.2.7",
    "10.0.0.1",
    "[::1]",
    "[2001:db8::7]",
    "nullable.example",
    "com.example",
    "app.example.test",
    "very-long-label-of-a-host-that-is-not-shortened.site.example",
];
const APPS: [&str; 4] = [
    "capacitor://localhost",
    "chrome-extension://abcdefghijklmnop",
    "app://app.example",
    "tauri://localhost",
];
/// The methods that the application behind each server serves.
const METHODS: [&str; 3] = ["PUT", "DELETE", "PATCH"];
const HEADERS: [&str; 12] = [
    "authorization",
    "content-type",
    "if-none-match",
    "x-a",
    "x-b_c",
    "x-custom",
    "x-one",
    "x-onex",
    "x-requested-with",
    "x-two",
    "x-1",
    "X-Upper",
];
const EXPOSED: [&str; 4] = ["x-hit", "x-two", "X-HIT", "etag"];
const AGES: [u64; 7] = [1, 5, 60, 600, 86_400, 2_147_483_647, 4_294_967_296];

/// Generates a policy of a kind, for a subject with these flags. The same choices give the same policy.
///
/// Few of the policies are [risky](Policy::risks): a library that refuses these is right, and then nothing is tested.
#[must_use]
pub fn policy(source: &mut impl Source, kind: PolicyKind, flags: &BTreeSet<Flag>) -> Policy {
    let mut policy = any_policy(source, kind, flags);
    for _ in 0..8 {
        if kind == PolicyKind::AnyCredentials || !policy.risky() || source.chance(1, 12) {
            break;
        }
        policy = any_policy(source, kind, flags);
    }
    policy
}

fn any_policy(source: &mut impl Source, kind: PolicyKind, flags: &BTreeSet<Flag>) -> Policy {
    let origins = origins(source, kind);
    let mut policy = with_grants(source, Policy::of(origins), flags);
    policy.credentials = credentials(source, kind, &policy, flags);
    if kind == PolicyKind::Routes {
        policy.routes = routes(source, flags);
    }
    policy
}

fn with_grants(source: &mut impl Source, mut policy: Policy, flags: &BTreeSet<Flag>) -> Policy {
    policy.methods = names(source, &METHODS, flags, [Flag::MethodsAny, Flag::MethodsList]);
    policy.headers = if flags.contains(&Flag::HeadersList) && source.chance(1, 20) {
        Names::List((0..40).map(|number| format!("x-header-{number}")).collect())
    } else {
        names(source, &HEADERS, flags, [Flag::HeadersAny, Flag::HeadersList])
    };
    policy.expose = names(source, &EXPOSED, flags, [Flag::ExposeAny, Flag::ExposeList]);
    policy.max_age = match source.below(4) {
        0 if flags.contains(&Flag::MaxAge) => source.pick(&AGES).copied(),
        1 if flags.contains(&Flag::MaxAgeZero) => Some(0),
        _ => None,
    };
    policy
}

/// No name, every name or some names.
fn names(source: &mut impl Source, from: &[&str], flags: &BTreeSet<Flag>, [any, list]: [Flag; 2]) -> Names {
    match source.below(6) {
        0 if flags.contains(&any) => Names::Any,
        1..=4 if flags.contains(&list) => {
            let some = source.some(from, 4);
            Names::List(some.into_iter().map(str::to_owned).collect())
        }
        _ => Names::default(),
    }
}

fn credentials(source: &mut impl Source, kind: PolicyKind, policy: &Policy, flags: &BTreeSet<Flag>) -> Credentials {
    match kind {
        PolicyKind::AnyCredentials => Credentials::All,
        PolicyKind::Any => Credentials::None,
        PolicyKind::CredentialsPerOrigin => match &policy.origins {
            Origins::List { list, .. } => Credentials::List(list.iter().take(1).cloned().collect()),
            _ => Credentials::None,
        },
        _ => (flags.contains(&Flag::Credentials) && source.chance(1, 2)).into(),
    }
}

fn origins(source: &mut impl Source, kind: PolicyKind) -> Origins {
    match kind {
        PolicyKind::Any | PolicyKind::AnyCredentials => Origins::Any,
        PolicyKind::List | PolicyKind::Routes => list(source, 3, &[]),
        PolicyKind::CredentialsPerOrigin => list_of(distinct(source, 2, 3)),
        PolicyKind::Null => list(source, 2, &["null"]),
        PolicyKind::Scheme => {
            let app = source.pick(&APPS).copied().unwrap_or(APPS[0]);
            list(source, 2, &[app])
        }
        PolicyKind::Under => mixed(Vec::new(), vec![under(source)], Vec::new()),
        PolicyKind::Glob => mixed(Vec::new(), Vec::new(), vec![glob(source)]),
        PolicyKind::Mixed => mixed(distinct(source, 1, 2), vec![under(source)], Vec::new()),
        PolicyKind::Regex => Origins::Regex(vec![regex(source)]),
        PolicyKind::Predicate => Origins::Predicate(predicate(source)),
    }
}

fn mixed(list: Vec<String>, under: Vec<Under>, patterns: Vec<String>) -> Origins {
    Origins::List {
        list,
        under,
        glob: Globs {
            patterns,
            globbing: None,
        },
        meant: None,
    }
}

fn list_of(list: Vec<String>) -> Origins {
    mixed(list, Vec::new(), Vec::new())
}

/// One origin up to `most`, and those of `more`. Sometimes forty.
fn list(source: &mut impl Source, most: usize, more: &[&str]) -> Origins {
    let mut list = if source.chance(1, 30) {
        (0..40)
            .map(|number| format!("https://host-{number}.site.example"))
            .collect()
    } else {
        distinct(source, 1, most)
    };
    list.extend(more.iter().map(|origin| (*origin).to_owned()));
    list_of(list)
}

/// Different origins, `least` to `most`.
fn distinct(source: &mut impl Source, least: usize, most: usize) -> Vec<String> {
    let count = least + source.below(most - least + 1);
    let mut list: Vec<String> = Vec::new();
    // Bounded, since a source may repeat itself for ever.
    for _ in 0..count * 8 {
        let origin = origin(source);
        if list.len() < count && !list.contains(&origin) {
            list.push(origin);
        }
    }
    list
}

fn origin(source: &mut impl Source) -> String {
    let host = source.pick(&HOSTS).copied().unwrap_or(HOSTS[0]);
    let scheme = if source.chance(1, 6) { "http" } else { "https" };
    let port = match source.below(8) {
        0 => ":8443",
        1 => ":3000",
        2 => ":444",
        _ => "",
    };
    format!("{scheme}://{host}{port}")
}

/// A domain of two labels or more.
fn domain(source: &mut impl Source) -> &'static str {
    const DOMAINS: [&str; 7] = [
        "app.example",
        "site.example",
        "b.site.example",
        "a-b.example",
        "b_c.example",
        "1.example",
        "xn--bcher-kva.example",
    ];
    source.pick(&DOMAINS).copied().unwrap_or(DOMAINS[0])
}

fn under(source: &mut impl Source) -> Under {
    let http = source.chance(1, 8);
    Under {
        scheme: if http { "http" } else { "https" }.to_owned(),
        host: domain(source).to_owned(),
        port: source.chance(1, 6).then_some(8443),
    }
}

fn glob(source: &mut impl Source) -> String {
    let domain = domain(source);
    match source.below(4) {
        0 => format!("https://{}*.{domain}", "app-"),
        1 => format!("https://*.{domain}:8443"),
        _ => format!("https://*.{domain}"),
    }
}

fn regex(source: &mut impl Source) -> String {
    let domain = domain(source).replace('.', r"\.");
    match source.below(6) {
        0 => format!("^https://{domain}$"),
        1 => format!(r"^https://([a-z0-9-]+\.)?{domain}$"),
        2 => format!(r"^https://[a-z0-9-]+\.{domain}$"),
        3 => format!(r"^https?://{domain}(:[0-9]+)?$"),
        4 => format!(r"^(https://{domain}|https://other\.example)$"),
        _ => format!(r"^https://.+\.{domain}$"),
    }
}

fn predicate(source: &mut impl Source) -> Predicate {
    match source.below(4) {
        0 => Predicate::HostEquals(domain(source).to_owned()),
        1 => Predicate::SchemeIs("https".to_owned()),
        2 => Predicate::OriginIn(distinct(source, 1, 2)),
        _ => Predicate::HostEndsWith(format!(".{}", domain(source))),
    }
}

/// A path without CORS, or with another policy.
fn routes(source: &mut impl Source, flags: &BTreeSet<Flag>) -> Vec<Route> {
    let own = source.chance(2, 3).then(|| {
        let origins = list_of(distinct(source, 1, 1));
        let mut own = with_grants(source, Policy::of(origins), flags);
        own.credentials = (flags.contains(&Flag::Credentials) && source.chance(1, 2)).into();
        own
    });
    vec![Route {
        path: "/open".to_owned(),
        methods: None,
        policy: own,
    }]
}
