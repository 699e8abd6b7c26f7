//! Comparisons of origins as people write them by mistake. Each allows origins that the policy does not list, or refuses one that it lists.

use crosscheck_corpus::policy::Origins;

/// What is wrong about the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatchFlaw {
    /// `origin.ends_with(host)`.
    EndsWithTheHost,
    /// `origin.starts_with(listed)`.
    StartsWithTheListed,
    /// `origin.contains(host)`.
    ContainsTheHost,
    /// An expression whose dots match any character.
    DotsMatchAnyCharacter,
    IgnoresTheScheme,
    IgnoresThePort,
    /// The port of the request may have more digits.
    PortIsAPrefix,
    AllowsSubdomains,
    AllowsOneSubdomain,
    AllowsTheParent,
    AllowsSiblings,
    AllowsLocalhost,
    AllowsAddresses,
    AllowsATrailingDot,
    AllowsWww,
    /// `host.split('.').next()` is compared.
    ComparesTheFirstLabel,
    /// The listed text is a class of characters if it has brackets.
    TakesBracketsForAClass,
    /// Any scheme of an app.
    AllowsExtensions,
    /// The longest common end is compared, of at least twelve characters.
    ComparesTheEnd,
    /// An underscore is no host.
    RefusesUnderscores,
    /// A label that begins with a digit is no host.
    RefusesDigits,
    RefusesAddresses,
    RefusesPorts,
    RefusesHttp,
}

impl MatchFlaw {
    /// Whether an origin is allowed by mistake.
    pub(super) fn allows(self, origins: &Origins, origin: &str) -> bool {
        let Origins::List { list, .. } = origins else {
            return false;
        };
        let mut listed = list.iter().filter(|listed| *listed != "null");
        listed.any(|listed| self.takes_for(listed, origin))
    }

    /// Whether a listed origin is refused by mistake.
    pub(super) fn refuses(self, origin: &str) -> bool {
        let host = host(origin);
        match self {
            Self::RefusesUnderscores => host.contains('_'),
            Self::RefusesDigits => {
                !is_address(host) && host.split('.').any(|l| l.starts_with(|c: char| c.is_ascii_digit()))
            }
            Self::RefusesAddresses => is_address(host),
            Self::RefusesPorts => port(origin).is_some(),
            Self::RefusesHttp => origin.starts_with("http://"),
            _ => false,
        }
    }

    fn takes_for(self, listed: &str, origin: &str) -> bool {
        let (own, other) = (host(listed), host(origin));
        let same_scheme = scheme(listed) == scheme(origin);
        let same_port = port(listed) == port(origin);
        let same = |hosts: bool| same_scheme && same_port && hosts;
        let below = |host: &str| {
            other
                .strip_suffix(host)
                .and_then(|head| head.strip_suffix('.'))
                .map(str::to_owned)
        };
        match self {
            Self::EndsWithTheHost => origin.ends_with(own),
            Self::StartsWithTheListed => origin.starts_with(listed),
            Self::ContainsTheHost => origin.contains(own),
            Self::DotsMatchAnyCharacter => {
                let matches = |(a, b): (u8, u8)| a == b || a == b'.';
                listed.len() == origin.len() && listed.bytes().zip(origin.bytes()).all(matches)
            }
            Self::IgnoresTheScheme => same_port && own == other,
            Self::IgnoresThePort => same_scheme && own == other,
            Self::PortIsAPrefix => port(listed).is_some() && origin.starts_with(listed),
            Self::AllowsSubdomains => same(below(own).is_some()),
            Self::AllowsOneSubdomain => same(below(own).is_some_and(|head| !head.contains('.'))),
            Self::AllowsTheParent => same(own.split_once('.').is_some_and(|(_, parent)| parent == other)),
            Self::AllowsSiblings => same(own.split_once('.').is_some_and(|(_, parent)| below(parent).is_some())),
            Self::AllowsLocalhost => other == "localhost",
            Self::AllowsAddresses => is_address(other),
            Self::AllowsATrailingDot => same(other.strip_suffix('.') == Some(own)),
            Self::AllowsWww => same(other.strip_prefix("www.") == Some(own)),
            Self::ComparesTheFirstLabel => same(own.split('.').next() == other.split('.').next()),
            Self::TakesBracketsForAClass => {
                let class = own.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
                class
                    .zip(other.chars().next())
                    .is_some_and(|(class, first)| class.contains(first))
            }
            Self::AllowsExtensions => origin.starts_with("chrome-extension://"),
            Self::ComparesTheEnd => listed.len() > 12 && origin.ends_with(&listed[listed.len() - 12..]),
            _ => false,
        }
    }
}

fn scheme(origin: &str) -> &str {
    origin.split("://").next().unwrap_or_default()
}

fn authority(origin: &str) -> &str {
    origin.split_once("://").map_or("", |(_, rest)| rest)
}

fn host(origin: &str) -> &str {
    let rest = authority(origin);
    match rest.find(']') {
        Some(end) => &rest[..=end],
        None => rest.split(':').next().unwrap_or_default(),
    }
}

fn port(origin: &str) -> Option<&str> {
    authority(origin)
        .strip_prefix(host(origin))
        .and_then(|rest| rest.strip_prefix(':'))
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}
