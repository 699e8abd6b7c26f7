//! Who requests: the origins that a policy lists, those that look like them, and strangers.

use crate::policy::{Origins, Policy, Predicate, example};
use crosscheck_fetch::Origin;

/// An origin that a browser can send, and why it is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requester {
    /// The serialized origin.
    pub(super) origin: String,
    /// Its relation to the policy: `listed`, `stranger` for an unlisted origin, or a kind of look-alike. It is part of permanent ids.
    pub(super) kind: &'static str,
}

/// Hosts with the letters of the opaque origin, which a search for a listed `null` finds.
const NULL_HOSTS: [(&str, &str); 3] = [
    ("null-host", "https://null"),
    ("null-host", "https://null.test"),
    ("null-inside", "https://nullable.test"),
];

/// The most listed origins whose look-alikes are tried too.
const MAX_BASES: usize = 3;
/// The most listed origins that are tried.
const MAX_LISTED: usize = 12;

/// Origins that a policy has nothing to do with.
const UNLISTED: [&str; 10] = [
    "https://evil.test",
    "http://evil.test",
    "https://xn--rger-koa.test",
    "https://192.0.2.1",
    "https://[2001:db8::1]",
    "https://localhost",
    "https://localhost:8443",
    "http://localhost:3000",
    "http://127.0.0.1",
    "null",
];

/// Origins that cases use; an expression or a predicate may allow some of them.
const POOL: [&str; 14] = [
    "https://app.example",
    "http://app.example",
    "https://app.example:8443",
    "https://other.example",
    "https://a.site.example",
    "https://b.site.example",
    "http://a.site.example",
    "https://a.b.site.example",
    "https://site.example",
    "https://a.app.example",
    "https://xn--bcher-kva.example",
    "http://localhost:3000",
    "https://1.app.example",
    "https://a.test",
];

/// All requesters, each once: listed origins first.
pub(super) fn requesters(policy: &Policy, server: &str) -> Vec<Requester> {
    let samples = samples(&policy.origins);
    let listed = samples.iter().take(MAX_LISTED).map(|o| (o.clone(), "listed"));
    let alike = samples
        .iter()
        .filter(|o| *o != "null")
        .take(MAX_BASES)
        .flat_map(|o| look_alikes(o));
    let alike = alike.map(|(kind, origin)| (origin, kind));
    let of_null = null_hosts(&policy.origins)
        .iter()
        .map(|(kind, o)| ((*o).to_owned(), *kind));
    let joined = joined(&policy.origins).into_iter().map(|o| (o, "joined"));
    let apexes: Vec<_> = apexes(&policy.origins).into_iter().map(|o| (o, "apex")).collect();
    let own = own(server).into_iter().map(|o| (o, "own"));
    let credentialed = policy.credentials.listed().iter().map(|o| (o.clone(), "listed"));
    let alike_credentialed = policy
        .credentials
        .listed()
        .iter()
        .take(MAX_BASES)
        .flat_map(|o| look_alikes(o));
    let alike_credentialed = alike_credentialed.map(|(kind, origin)| (origin, kind));
    let unlisted = UNLISTED.iter().map(|o| ((*o).to_owned(), "stranger"));
    let mut out: Vec<Requester> = Vec::new();
    let all = listed
        .chain(credentialed)
        .chain(alike_credentialed)
        .chain(apexes)
        .chain(alike)
        .chain(joined)
        .chain(unlisted)
        .chain(own);
    for (origin, kind) in all.chain(of_null) {
        let known = origin == server || out.iter().any(|a| a.origin == origin);
        if !known && Origin::parse_serialized(&origin).is_ok() {
            out.push(Requester { origin, kind });
        }
    }
    out
}

/// Origins that a policy lets in: those it lists, or examples.
#[must_use]
pub fn samples(origins: &Origins) -> Vec<String> {
    let pool = || POOL.iter().map(|o| (*o).to_owned());
    let candidates: Vec<String> = match origins {
        Origins::Any => vec![
            "https://app.example".to_owned(),
            "http://b.example:8080".to_owned(),
            "null".to_owned(),
        ],
        Origins::List { list, under, glob, .. } => {
            let subdomains = under.iter().flat_map(|u| {
                let port = u.port.map_or_else(String::new, |p| format!(":{p}"));
                ["a", "b", "a.b"].map(|label| format!("{}://{label}.{}{port}", u.scheme, u.host))
            });
            let matching = glob.patterns.iter().map(|pattern| example(pattern));
            list.iter().cloned().chain(subdomains).chain(matching).collect()
        }
        Origins::Regex(expressions) => expressions.iter().map(|e| naive_sample(e)).chain(pool()).collect(),
        Origins::Predicate(predicate) => match predicate {
            Predicate::HostEndsWith(suffix) => {
                let host = suffix.trim_start_matches(['.', '-']);
                let label = if host == suffix { "" } else { "a" };
                vec![
                    format!("https://{label}{suffix}"),
                    format!("http://{label}{suffix}:8080"),
                ]
            }
            Predicate::HostEquals(host) => vec![format!("https://{host}"), format!("http://{host}:8080")],
            Predicate::SchemeIs(scheme) => {
                vec![format!("{scheme}://app.example"), format!("{scheme}://b.example:8080")]
            }
            Predicate::OriginIn(list) => list.clone(),
            Predicate::Never | Predicate::Always => pool().collect(),
        },
    };
    let mut out: Vec<String> = Vec::new();
    for origin in candidates {
        if origins.allow(&origin) && Origin::parse_serialized(&origin).is_ok() && !out.contains(&origin) {
            out.push(origin);
        }
    }
    out
}

/// A text that an ordinary expression over origins matches. A guess: callers check whether it matches.
fn naive_sample(expression: &str) -> String {
    let mut text = expression.trim_start_matches('^').trim_end_matches('$').to_owned();
    while let (Some(open), Some(close)) = (
        text.rfind('('),
        text.rfind('(').and_then(|o| text[o..].find(')').map(|c| o + c)),
    ) {
        let inner = text[open + 1..close].trim_start_matches("?:");
        let first = inner.split('|').next().unwrap_or_default().to_owned();
        text.replace_range(open..=close, &first);
    }
    while let Some(open) = text.find('[') {
        let Some(close) = text[open..].find(']').map(|c| open + c) else {
            break;
        };
        let sample = if text[open..close].contains("a-z") { "a" } else { "1" };
        text.replace_range(open..=close, sample);
    }
    let text = text
        .replace(r"\d", "1")
        .replace(r"\w", "a")
        .replace(r"\.", "\u{0}")
        .replace(".*", "a")
        .replace(".+", "a");
    text.replace(['+', '*', '?', '\\'], "").replace('\u{0}', ".")
}

/// The hosts whose subdomains are allowed, themselves.
fn apexes(origins: &Origins) -> Vec<String> {
    match origins {
        Origins::List { under, glob, .. } => {
            let of_subdomains = under.iter().map(|u| {
                let port = u.port.map_or_else(String::new, |p| format!(":{p}"));
                format!("{}://{}{port}", u.scheme, u.host)
            });
            let of_patterns = glob.patterns.iter().filter(|p| p.contains("://*."));
            let of_patterns = of_patterns.map(|pattern| example(&pattern.replacen("*.", "", 1)));
            of_subdomains.chain(of_patterns).collect()
        }
        Origins::Predicate(Predicate::HostEndsWith(suffix)) => {
            vec![format!("https://{}", suffix.trim_start_matches('.'))]
        }
        _ => Vec::new(),
    }
}

/// Origins that a sloppy comparison takes for `origin`, each with the kind of sloppiness. All can be sent by browsers.
#[must_use]
pub fn look_alikes(origin: &str) -> Vec<(&'static str, String)> {
    let Ok(Origin::Tuple { scheme, host, port }) = Origin::parse_serialized(origin) else {
        return Vec::new();
    };
    let port_text = port.map_or_else(String::new, |p| format!(":{p}"));
    let with_host = |host: String| format!("{scheme}://{host}{port_text}");
    let other_scheme = if scheme == "https" { "http" } else { "https" };
    let mut out = vec![("other-scheme", format!("{other_scheme}://{host}{port_text}"))];
    match port {
        None => {
            out.push(("other-port", format!("{scheme}://{host}:8443")));
            out.push((
                "port-of-other-scheme",
                format!("{scheme}://{host}:{}", if scheme == "https" { 80 } else { 443 }),
            ));
        }
        Some(port) => {
            out.push(("no-port", format!("{scheme}://{host}")));
            out.push((
                "other-port",
                format!("{scheme}://{host}:{}", if port == 8443 { 9443 } else { 8443 }),
            ));
            out.push(("shorter-port", format!("{scheme}://{host}:{}", port / 10)));
            if let Some(longer) = port.checked_mul(10) {
                out.push(("longer-port", format!("{scheme}://{host}:{longer}")));
            }
        }
    }
    if host.starts_with('[') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return out;
    }
    out.push(("www", with_host(format!("www.{host}"))));
    out.push(("subdomain", with_host(format!("evil.{host}"))));
    out.push(("suffix", with_host(format!("evil{host}"))));
    out.push(("suffix-dash", with_host(format!("evil-{host}"))));
    out.push(("prefix", with_host(format!("{host}.evil.test"))));
    out.push(("prefix-dash", with_host(format!("{host}-evil.test"))));
    out.push(("substring", with_host(format!("evil.{host}.evil.test"))));
    out.push(("longer-host", with_host(format!("{host}e"))));
    out.push(("trailing-dot", with_host(format!("{host}."))));
    if host.len() > 2 {
        out.push(("shorter-host", with_host(host[..host.len() - 1].to_owned())));
        out.push((
            "beheaded-host",
            with_host(host[1..].trim_start_matches(['.', '-']).to_owned()),
        ));
    }
    if let Some((_, parent)) = host.split_once('.') {
        out.push(("parent", with_host(parent.to_owned())));
        out.push(("sibling", with_host(format!("evil.{parent}"))));
        out.push(("dot-as-letter", with_host(host.replacen('.', "x", 1))));
        out.push(("last-dot-as-letter", with_host(replace_last(&host, '.', "x"))));
    }
    out
}

/// Origins that a comparison with the request's Host header takes for the server's own.
fn own(server: &str) -> Vec<String> {
    let alike = look_alikes(server).into_iter();
    let own = alike.filter(|(kind, _)| matches!(*kind, "other-scheme" | "other-port" | "no-port" | "subdomain"));
    own.map(|(_, origin)| origin).collect()
}

/// Whose host looks like the opaque origin, where that one is listed.
fn null_hosts(origins: &Origins) -> &'static [(&'static str, &'static str)] {
    match origins {
        Origins::List { list, .. } if list.iter().any(|o| o == "null") => &NULL_HOSTS,
        _ => &[],
    }
}

/// What a matcher that keeps the listed hosts in one tree takes for a member: the head of one host before the whole of another
/// with the same tail, `barfoo.example` for `foo.example` and `bar.example`.
fn joined(origins: &Origins) -> Vec<String> {
    let Origins::List { list, .. } = origins else {
        return Vec::new();
    };
    let listed = list.iter().filter(|o| *o != "null").take(MAX_BASES);
    let parsed: Vec<&str> = listed.map(String::as_str).collect();
    let host = |origin: &str| match Origin::parse_serialized(origin) {
        Ok(Origin::Tuple { host, .. }) => Some(host),
        _ => None,
    };
    let mut out = Vec::new();
    for one in &parsed {
        for other in parsed.iter().filter(|o| *o != one) {
            let (Some(tail), Some(other)) = (host(one), host(other)) else {
                continue;
            };
            let same = tail.bytes().rev().zip(other.bytes().rev());
            let same = same.take_while(|(a, b)| a == b).count();
            let head = other
                .get(..other.len() - same)
                .unwrap_or_default()
                .trim_end_matches('.');
            if !head.is_empty() {
                out.push(one.replacen("://", &format!("://{head}"), 1));
            }
        }
    }
    out
}

fn replace_last(text: &str, from: char, to: &str) -> String {
    match text.rfind(from) {
        Some(i) => format!("{}{to}{}", &text[..i], &text[i + from.len_utf8()..]),
        None => text.to_owned(),
    }
}
