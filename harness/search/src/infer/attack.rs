//! Allowed origins that an attacker can have.

use super::explanation::Explanation;
use super::matcher::{Dots, Hosts, Leading, Schemes, Trailing};
use super::queries::CHOSEN;
use crosscheck_fetch::Origin;
use std::borrow::Cow;

/// Top-level domains for examples and tests. Here they stand for those in which domains can be registered.
const RESERVED: [&str; 2] = [".example", ".test"];

/// What an attacker needs to send requests from an origin; the easiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttackerNeeds {
    /// A sandboxed frame on any page: it has the opaque origin.
    SandboxedFrame,
    /// A domain that anybody can register.
    RegisteredDomain,
    /// A subdomain of the registered domain of the known origin, such as an abandoned one.
    Subdomain,
    /// A position on the network of the user: pages over http can be replaced.
    NetworkPosition,
}

/// An allowed origin that an attacker can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attack {
    /// The origin.
    pub origin: Origin,
    /// What the attacker needs.
    pub needs: AttackerNeeds,
}

/// Returns the attack with the shortest host for each need, the easiest first, among origins that the server allowed.
#[must_use]
pub fn attacks<'o>(allowed: impl Iterator<Item = &'o Origin>, known: &Origin) -> Vec<Attack> {
    let own_domain = match known {
        Origin::Tuple { host, .. } => registered_domain(host),
        Origin::Opaque => None,
    };
    let mut attacks: Vec<Attack> = Vec::new();
    for origin in allowed {
        let Some(needs) = needs(origin, known, own_domain.as_deref()) else {
            continue;
        };
        let attack = Attack {
            origin: origin.clone(),
            needs,
        };
        match attacks.iter_mut().find(|known| known.needs == needs) {
            // Of two schemes, https comes first.
            Some(known) if host_length(&known.origin) <= host_length(origin) => {}
            Some(known) => *known = attack,
            None => attacks.push(attack),
        }
    }
    attacks.sort_by_key(|attack| attack.needs);
    attacks
}

fn host_length(origin: &Origin) -> usize {
    match origin {
        Origin::Tuple { host, .. } => host.len(),
        Origin::Opaque => 0,
    }
}

/// What an attacker needs for an origin; `None` if it is the known origin, or of its owner by any means that is known here.
fn needs(origin: &Origin, known: &Origin, own_domain: Option<&str>) -> Option<AttackerNeeds> {
    let Origin::Tuple { scheme, host, .. } = origin else {
        return Some(AttackerNeeds::SandboxedFrame);
    };
    if host == "localhost" || host.ends_with(".localhost") {
        return None;
    }
    let (known_scheme, known_host) = match known {
        Origin::Tuple { scheme, host, .. } => (&**scheme, host.as_str()),
        Origin::Opaque => ("", ""),
    };
    if let Some(domain) = registered_domain(host) {
        if Some(domain.as_str()) != own_domain {
            return Some(AttackerNeeds::RegisteredDomain);
        }
        if domain != *host && host != known_host {
            return Some(AttackerNeeds::Subdomain);
        }
    }
    (scheme == "http" && known_scheme != "http").then_some(AttackerNeeds::NetworkPosition)
}

/// The registered domain of a host by the Public Suffix List; `None` for an address, a public suffix, and a host below a top-level domain
/// that does not exist.
fn registered_domain(host: &str) -> Option<String> {
    if host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok() {
        return None;
    }
    let suffix = psl::suffix(host.as_bytes())?;
    let exists = suffix.is_known() || RESERVED.iter().any(|top| host.ends_with(top));
    exists.then(|| psl::domain_str(host).map(str::to_owned)).flatten()
}

/// Returns further origins that an explanation allows and an attacker can have, to be verified with a query each.
#[must_use]
pub fn attack_candidates(explanation: &Explanation, known: &Origin) -> Vec<Origin> {
    let Origin::Tuple { host, port, .. } = known else {
        return Vec::new();
    };
    let matcher = &explanation.matcher;
    let mut hosts = vec![host.clone()];
    if let Hosts::Of {
        leading,
        domain,
        dots,
        trailing,
    } = &matcher.hosts
    {
        if matches!(leading, Leading::Any | Leading::Labels { .. }) {
            // The dot before the domain may match any character.
            hosts.extend([
                format!("{CHOSEN}{domain}"),
                format!("zqx{domain}"),
                format!("zqx.{domain}"),
            ]);
        }
        if *trailing == Trailing::Any {
            hosts.push(format!("{host}{CHOSEN}.test"));
        }
        if *dots == Dots::AnyCharacter {
            for (place, _) in host.match_indices('.') {
                let mut other = host.clone();
                other.replace_range(place..=place, "x");
                hosts.push(other);
            }
        }
    }
    let schemes = match &matcher.schemes {
        Schemes::None => Vec::new(),
        Schemes::One(scheme) => vec![scheme.clone()],
        Schemes::Web => vec!["https".to_owned(), "http".to_owned()],
    };
    let mut origins = Vec::new();
    for host in hosts {
        for scheme in &schemes {
            let origin = Origin::Tuple {
                scheme: Cow::Owned(scheme.clone()),
                host: host.clone(),
                port: *port,
            };
            // A browser must be able to send the origin.
            let is_sent = Origin::parse_serialized(&origin.serialize()).as_ref() == Ok(&origin);
            if is_sent && explanation.allows(&origin) {
                origins.push(origin);
            }
        }
    }
    let candidates = attacks(origins.iter(), known);
    candidates.into_iter().map(|attack| attack.origin).collect()
}
