//! Checks that hosts are under reserved top-level domains, so that no case names a real machine.

use super::{at_text, place};
use crate::case::{Case, CaseResponse, PageOrigin, PolicyRef};
use crate::diagnostic::Diagnostic;
use crate::expect::ExpectedOutcome;
use crate::load::Corpus;
use crate::location::Location;
use crate::policy::{NamedPolicy, Origins, Policy, Predicate, example};
use crate::words::Need;
use crosscheck_fetch::{APP_SCHEMES, Origin};
use std::net::{Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

const RESERVED: [&str; 4] = ["example", "test", "invalid", "localhost"];
const HELP: &str = "use a host under .example, .test, .invalid or .localhost; others need `needs: [loopback-origin]`, and a public address is never allowed";

/// The objection to a host.
enum Objection {
    /// It needs `needs: loopback-origin`.
    Loopback,
    /// It is never allowed.
    Public,
}

fn objection(url: &Url) -> Option<Objection> {
    match url.host()? {
        Host::Domain(name) => {
            let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
            let reserved = name.is_empty() || RESERVED.iter().any(|r| r.eq_ignore_ascii_case(last));
            (!reserved).then_some(Objection::Loopback)
        }
        Host::Ipv4(ip) if ip.is_loopback() || is_documentation(ip) || ip.is_unspecified() => Some(Objection::Loopback),
        Host::Ipv6(ip) if ip.is_loopback() || is_documentation6(ip) || ip.is_unspecified() => Some(Objection::Loopback),
        Host::Ipv4(_) | Host::Ipv6(_) => Some(Objection::Public),
    }
}

const fn is_documentation(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _])
}

const fn is_documentation6(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..])
}

/// Checks every URL of a case.
pub(super) fn case(corpus: &Corpus, case: &Case, out: &mut Vec<Diagnostic>) {
    let loopback = case.needs.contains(&Need::LoopbackOrigin);
    let place = place(case);
    let mut check = |text: &str| url(corpus, &place, text, loopback, Some(case.id.as_str()), out);
    if let Some(send) = case.send() {
        check(send.url.as_str());
    }
    for cookie in case.cookies() {
        check(cookie.url.as_str());
    }
    for fetch in case.fetches() {
        if let PageOrigin::Tuple(origin @ Origin::Tuple { .. }) = &*fetch.origin {
            check(&origin.serialize());
        }
        check(&fetch.request.url);
        if let Some(referrer) = &fetch.request.referrer {
            check(referrer);
        }
        let also = fetch.also_allowed.iter();
        let exchanges = also.clone().filter_map(|a| a.exchange.as_ref()).flatten();
        for exchange in fetch.exchange.iter().chain(exchanges) {
            if let Some(url) = exchange.request.as_ref().and_then(|r| r.url.as_ref()) {
                check(url.as_str());
            }
            if let CaseResponse::Parts { headers, .. } = &exchange.response {
                for location in headers.get_all(b"location") {
                    check(&String::from_utf8_lossy(location));
                }
            }
        }
        for expect in also.filter_map(|a| a.expect.as_ref()).chain([&fetch.expect]) {
            if let ExpectedOutcome::Response(response) = &expect.outcome
                && let Some(url) = &response.url
            {
                check(url);
            }
        }
    }
    if let Some(PolicyRef::Inline(policy)) = case.policy() {
        for text in hosts_of(policy) {
            url(corpus, &place, &text, loopback, Some(case.id.as_str()), out);
        }
    }
}

/// Checks every host of a policy file.
pub(super) fn policy(corpus: &Corpus, named: &NamedPolicy, out: &mut Vec<Diagnostic>) {
    for text in hosts_of(&named.policy) {
        url(corpus, &named.at, &text, true, None, out);
    }
}

fn hosts_of(policy: &Policy) -> Vec<String> {
    let mut out: Vec<String> = match &policy.origins {
        Origins::List { meant: Some(meant), .. } => vec![meant.clone()],
        Origins::List { list, under, glob, .. } => {
            let under = under.iter().map(|u| format!("{}://{}", u.scheme, u.host));
            // A pattern that ends with `*` names no top-level domain.
            let matching = glob.patterns.iter().filter(|p| !p.ends_with('*')).map(|p| example(p));
            list.iter().cloned().chain(under).chain(matching).collect()
        }
        Origins::Predicate(Predicate::OriginIn(list)) => list.clone(),
        _ => Vec::new(),
    };
    for route in policy.routes.iter().filter_map(|r| r.policy.as_ref()) {
        out.extend(hosts_of(route));
    }
    out
}

fn url(corpus: &Corpus, place: &Location, text: &str, loopback: bool, case: Option<&str>, out: &mut Vec<Diagnostic>) {
    let Ok(url) = Url::parse(text) else { return };
    if APP_SCHEMES.contains(&url.scheme()) {
        // The host is the name of an app, and no machine.
        return;
    }
    let why = match objection(&url) {
        None => return,
        Some(Objection::Loopback) if loopback => return,
        Some(Objection::Loopback) => "is not under a reserved top-level domain",
        Some(Objection::Public) => "is an address outside loopback and the documentation ranges",
    };
    let host = url.host_str().unwrap_or_default();
    let message = format!("the host {host} {why}");
    out.push(at_text(corpus, place, host, message, HELP, case.map(str::to_owned)));
}
