//! Origins that a matcher lets in, and that somebody else can have.

use super::asked::Asked;
use super::explanation::Explanation;
use super::matcher::{Dots, Hosts, Left, Matcher, Right, Schemes};
use super::queries::OTHER;

/// Top-level domains for examples and tests, which stand for those in which domains are registered.
const RESERVED: [&str; 2] = [".example", ".test"];

/// What an attacker needs to send a request from an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Means {
    /// Nothing: a sandboxed frame on any page has the opaque origin.
    Sandbox,
    /// A domain that anybody can register.
    Domain,
    /// A subdomain of the domain, such as one that is left unused.
    Subdomain,
    /// The network of the user: a page over http can be replaced.
    Network,
}

/// An origin that a matcher lets in, and what an attacker needs for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attack {
    /// The origin.
    pub origin: Asked,
    /// What is needed.
    pub means: Means,
}

/// The shortest origin for each means that an explanation leaves open, the easiest means first. The known origin, and those of the same
/// registrable domain, are no domains that an attacker can register.
#[must_use]
pub fn attacks(explanation: &Explanation, base: &Asked) -> Vec<Attack> {
    let own = match base {
        Asked::Tuple { host, .. } => registrable(host),
        Asked::Null => None,
    };
    let mut found: Vec<Attack> = Vec::new();
    let matcher = &explanation.matcher;
    for origin in origins(matcher, base)
        .into_iter()
        .chain(explanation.listed.iter().cloned())
    {
        if !explanation.allows(&origin) {
            continue;
        }
        let Some(means) = means(&origin, base, own.as_deref()) else {
            continue;
        };
        // Of two schemes, https comes first.
        let length = |attack: &Attack| match &attack.origin {
            Asked::Tuple { host, .. } => host.len(),
            Asked::Null => 0,
        };
        let attack = Attack { origin, means };
        match found.iter_mut().find(|known| known.means == means) {
            Some(known) if length(known) <= length(&attack) => {}
            Some(known) => *known = attack,
            None => found.push(attack),
        }
    }
    found.sort_by_key(|attack| attack.means);
    found
}

/// What an attacker needs for an origin; `None` if nobody else can have it, or not by any means that is known here.
fn means(origin: &Asked, base: &Asked, own: Option<&str>) -> Option<Means> {
    let Asked::Tuple { scheme, host, .. } = origin else {
        return Some(Means::Sandbox);
    };
    if host == "localhost" || host.ends_with(".localhost") {
        return None;
    }
    let registrable = registrable(host);
    match (&registrable, own) {
        (Some(domain), own) if Some(domain.as_str()) != own => return Some(Means::Domain),
        (Some(domain), _) if domain != host && !is_host_of(base, host) => return Some(Means::Subdomain),
        _ => {}
    }
    let is_of_http = matches!(base, Asked::Tuple { scheme, .. } if scheme == "http");
    (scheme == "http" && !is_of_http).then_some(Means::Network)
}

fn is_host_of(base: &Asked, host: &str) -> bool {
    matches!(base, Asked::Tuple { host: own, .. } if own == host)
}

/// The domain that is registered for a host, by the public suffix list; `None` for an address, for a host that is a suffix itself, and
/// for a name under a top-level domain that nobody can register in.
fn registrable(host: &str) -> Option<String> {
    if host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok() {
        return None;
    }
    let suffix = psl::suffix(host.as_bytes())?;
    let is_reserved = RESERVED.iter().any(|top| host.ends_with(top));
    (suffix.is_known() || is_reserved)
        .then(|| psl::domain_str(host).map(str::to_owned))
        .flatten()
}

/// Origins to try.
fn origins(matcher: &Matcher, base: &Asked) -> Vec<Asked> {
    let Asked::Tuple { host, port, .. } = base else {
        return [Asked::Null, of("https", &format!("{OTHER}.test"), None)].into();
    };
    let mut hosts = vec![host.clone(), format!("{OTHER}.test"), format!("{OTHER}.{host}")];
    if let Hosts::Of {
        left,
        domain,
        dots,
        right,
    } = &matcher.hosts
    {
        if matches!(left, Left::Open | Left::Sub { .. }) {
            // The dot before the domain may be any character as well.
            hosts.extend([
                format!("{OTHER}{domain}"),
                format!("{OTHER}.{domain}"),
                format!("zqx{domain}"),
                format!("zqx.{domain}"),
            ]);
        }
        if *right == Right::Open {
            hosts.extend([format!("{host}.{OTHER}.test"), format!("{host}{OTHER}.test")]);
        }
        if *dots == Dots::AnyCharacter {
            for (place, _) in host.match_indices('.') {
                let mut other = host.clone();
                other.replace_range(place..=place, "x");
                hosts.push(other);
            }
        }
    }
    let schemes: &[&str] = match &matcher.schemes {
        Schemes::One(one) => &[one.as_str()],
        Schemes::Web => &["https", "http"],
    };
    let mut origins = vec![Asked::Null];
    for host in &hosts {
        for scheme in schemes {
            origins.push(of(scheme, host, *port));
        }
    }
    // What a browser does not send is not tried.
    origins.retain(|origin| Asked::read(&origin.to_string()).as_ref() == Ok(origin));
    origins
}

fn of(scheme: &str, host: &str, port: Option<u16>) -> Asked {
    Asked::Tuple {
        scheme: scheme.to_owned(),
        host: host.to_owned(),
        port,
    }
}
