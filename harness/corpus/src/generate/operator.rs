//! The table of operators: each turns an origin of a policy into one that a faulty comparison takes for it.

use super::parts::Parts;
use crosscheck_fetch::Origin;

/// The kind of page that sends an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alphabet {
    /// A page of a host that the Domain Name System can have, in every browser.
    Browser,
    /// A page of a host that the URL Standard permits, and that only a private resolver can have.
    OddHost,
    /// A page of an app or of an extension.
    OtherScheme,
}

impl Alphabet {
    /// All alphabets.
    pub const ALL: [Self; 3] = [Self::Browser, Self::OddHost, Self::OtherScheme];

    /// The kind of page that sends a serialized origin.
    #[must_use]
    pub fn of(origin: &str) -> Self {
        match Parts::of(origin) {
            Some(parts) if parts.is_of_an_app() => Self::OtherScheme,
            Some(parts) if !is_name_of_the_dns(&parts.host) => Self::OddHost,
            _ => Self::Browser,
        }
    }

    /// The word as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::OddHost => "odd-host",
            Self::OtherScheme => "other-scheme",
        }
    }
}

/// How an origin is changed. `other` is another origin of the policy, or the same if there is one only.
type Change = fn(Parts, &Parts) -> Option<String>;

/// A named change of an origin.
#[derive(Debug)]
pub struct Operator {
    /// Its name, which findings and baselines state. It never changes its meaning.
    pub name: &'static str,
    /// The kind of page that sends the changed origin.
    pub alphabet: Alphabet,
    change: Change,
}

impl Operator {
    /// Applies the operator to a serialized origin. `None` if it does not apply, changes nothing, or gives no serialized origin.
    #[must_use]
    pub fn apply(&self, origin: &str, other: &str) -> Option<String> {
        let parts = Parts::of(origin)?;
        let other = Parts::of(other).unwrap_or_else(|| parts.clone());
        let changed = (self.change)(parts, &other).filter(|changed| changed != origin)?;
        let parsed = Origin::parse_serialized(&changed).ok()?;
        let is_permitted = match (&parsed, self.alphabet) {
            (Origin::Opaque, _) | (Origin::Tuple { .. }, Alphabet::OddHost | Alphabet::OtherScheme) => true,
            (Origin::Tuple { host, .. }, Alphabet::Browser) => is_name_of_the_dns(host),
        };
        is_permitted.then_some(changed)
    }
}

/// Whether a serialized host is an IP address, or a name whose labels are of letters, digits, hyphens inside, and underscores.
fn is_name_of_the_dns(host: &str) -> bool {
    if host.starts_with('[') {
        return true;
    }
    let is_label = |label: &str| {
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let has_hyphen_at_an_end = label.starts_with('-') || label.ends_with('-');
        !label.is_empty() && label.len() <= 63 && label.bytes().all(is_allowed) && !has_hyphen_at_an_end
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    name.len() <= 253 && name.split('.').all(is_label)
}

/// The operator of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|operator| operator.name == name)
}

const fn browser(name: &'static str, change: Change) -> Operator {
    Operator {
        name,
        alphabet: Alphabet::Browser,
        change,
    }
}

const fn odd(name: &'static str, change: Change) -> Operator {
    Operator {
        name,
        alphabet: Alphabet::OddHost,
        change,
    }
}

const fn app(name: &'static str, change: Change) -> Operator {
    Operator {
        name,
        alphabet: Alphabet::OtherScheme,
        change,
    }
}

/// Changes the host of a domain.
fn host(parts: Parts, change: impl Fn(&str) -> String) -> Option<String> {
    if parts.is_address() {
        return None;
    }
    let host = change(&parts.host);
    Some(parts.with_host(host).text())
}

/// Changes the host of a domain that has two labels or more: the first label, the rest.
fn labels(parts: Parts, change: impl Fn(&str, &str) -> String) -> Option<String> {
    let (first, rest) = parts.host.split_once('.')?;
    let changed = change(first, rest);
    host(parts, |_| changed.clone())
}

fn port(parts: Parts, port: u16) -> Option<String> {
    let is_default = matches!((parts.scheme.as_str(), port), ("https", 443) | ("http", 80));
    (!is_default && !parts.is_of_an_app()).then(|| parts.with_port(Some(port)).text())
}

fn replace_last(text: &str, from: char, to: &str) -> String {
    text.rsplit_once(from)
        .map_or_else(|| text.to_owned(), |(before, after)| format!("{before}{to}{after}"))
}

/// What one host has before the part that another has as well: `foo` of `foo.example` for `bar.example`.
fn head<'a>(host: &'a str, other: &str) -> &'a str {
    let common = host.bytes().rev().zip(other.bytes().rev());
    let common = common.take_while(|(a, b)| a == b).count();
    host.get(..host.len() - common)
        .unwrap_or_default()
        .trim_end_matches('.')
}

/// All operators.
pub static OPERATORS: &[Operator] = &[
    // The scheme.
    browser("other-scheme", |p, _| {
        let scheme = match p.scheme.as_str() {
            "https" => "http",
            "http" => "https",
            _ => return None,
        };
        Some(format!("{scheme}{}", &p.text()[p.scheme.len()..]))
    }),
    browser("swap-scheme", |p, other| {
        Some(
            Parts {
                scheme: other.scheme.clone(),
                ..p
            }
            .text(),
        )
    }),
    // The port.
    browser("port-8443", |p, _| port(p, 8443)),
    browser("port-1", |p, _| port(p, 1)),
    browser("port-65535", |p, _| port(p, 65535)),
    browser("port-of-other-scheme", |p, _| {
        let of_other = if p.scheme == "https" { 80 } else { 443 };
        port(p, of_other)
    }),
    browser("no-port", |p, _| p.port.map(|_| p.with_port(None).text())),
    browser("longer-port", |p, _| {
        let longer = p.port?.checked_mul(10)?;
        port(p, longer)
    }),
    browser("shorter-port", |p, _| {
        let shorter = p.port? / 10;
        (shorter > 0).then(|| port(p, shorter)).flatten()
    }),
    browser("next-port", |p, _| {
        let next = p.port?.checked_add(1)?;
        port(p, next)
    }),
    browser("swap-port", |p, other| Some(p.with_port(other.port).text())),
    // Labels before the host.
    browser("subdomain", |p, _| host(p, |h| format!("sub.{h}"))),
    browser("www", |p, _| host(p, |h| format!("www.{h}"))),
    browser("deep-subdomain", |p, _| host(p, |h| format!("a.b.c.{h}"))),
    browser("letter-subdomain", |p, _| host(p, |h| format!("q.{h}"))),
    browser("digit-subdomain", |p, _| host(p, |h| format!("1.{h}"))),
    browser("digits-subdomain", |p, _| host(p, |h| format!("192-0-2-1.{h}"))),
    browser("letter-digit-subdomain", |p, _| host(p, |h| format!("a1.{h}"))),
    browser("underscore-subdomain", |p, _| host(p, |h| format!("a_b.{h}"))),
    browser("leading-underscore-subdomain", |p, _| host(p, |h| format!("_a.{h}"))),
    browser("hyphen-subdomain", |p, _| host(p, |h| format!("a-b.{h}"))),
    browser("double-hyphen-subdomain", |p, _| host(p, |h| format!("a--b.{h}"))),
    browser("idn-subdomain", |p, _| host(p, |h| format!("xn--bcher-kva.{h}"))),
    browser("long-subdomain", |p, _| host(p, |h| format!("{}.{h}", "a".repeat(63)))),
    browser("many-subdomains", |p, _| host(p, |h| format!("{}{h}", "a.".repeat(24)))),
    browser("null-subdomain", |p, _| host(p, |h| format!("null.{h}"))),
    browser("same-subdomain", |p, _| host(p, |h| format!("{h}.{h}"))),
    // Letters before the host.
    browser("letters-before", |p, _| host(p, |h| format!("evil{h}"))),
    browser("digit-before", |p, _| host(p, |h| format!("1{h}"))),
    browser("hyphen-before", |p, _| host(p, |h| format!("evil-{h}"))),
    browser("underscore-before", |p, _| host(p, |h| format!("evil_{h}"))),
    browser("first-letter-dropped", |p, _| {
        host(p, |h| {
            h.get(1..)
                .unwrap_or_default()
                .trim_start_matches(['.', '-', '_'])
                .to_owned()
        })
    }),
    browser("first-letter-replaced", |p, _| {
        host(p, |h| format!("z{}", h.get(1..).unwrap_or_default()))
    }),
    // Letters and labels after the host.
    browser("label-after", |p, _| host(p, |h| format!("{h}.evil.test"))),
    browser("hyphen-after", |p, _| host(p, |h| format!("{h}-evil.test"))),
    browser("letter-after", |p, _| host(p, |h| format!("{h}e"))),
    browser("letters-after", |p, _| host(p, |h| format!("{h}evil.test"))),
    browser("digit-after", |p, _| host(p, |h| format!("{h}1"))),
    browser("last-letter-dropped", |p, _| {
        host(p, |h| h.get(..h.len().saturating_sub(1)).unwrap_or_default().to_owned())
    }),
    browser("trailing-dot", |p, _| host(p, |h| format!("{h}."))),
    browser("other-top-level", |p, _| {
        let before = p.host.rsplit_once('.')?.0.to_owned();
        host(p, |_| format!("{before}.test"))
    }),
    browser("inside", |p, _| host(p, |h| format!("evil.{h}.evil.test"))),
    // Dots.
    browser("dot-as-letter", |p, _| host(p, |h| h.replacen('.', "x", 1))),
    browser("last-dot-as-letter", |p, _| host(p, |h| replace_last(h, '.', "x"))),
    browser("dots-as-letters", |p, _| {
        host(p, |h| format!("{}.test", h.replace('.', "x")))
    }),
    browser("dot-as-hyphen", |p, _| host(p, |h| h.replacen('.', "-", 1))),
    browser("dot-as-underscore", |p, _| host(p, |h| h.replacen('.', "_", 1))),
    browser("dot-dropped", |p, _| host(p, |h| h.replacen('.', "", 1))),
    // Labels of the host.
    browser("parent", |p, _| labels(p, |_, rest| rest.to_owned())),
    browser("sibling", |p, _| labels(p, |_, rest| format!("evil.{rest}"))),
    browser("cousin", |p, _| labels(p, |first, rest| format!("{first}.evil.{rest}"))),
    browser("first-label-only", |p, _| labels(p, |first, _| first.to_owned())),
    browser("first-label-elsewhere", |p, _| {
        labels(p, |first, _| format!("{first}.evil.test"))
    }),
    browser("letters-swapped", |p, _| {
        host(p, |h| {
            let mut letters: Vec<char> = h.chars().collect();
            if letters.len() > 1 {
                letters.swap(0, 1);
            }
            letters.into_iter().collect()
        })
    }),
    // Another origin of the policy.
    browser("swap-host", |p, other| Some(p.with_host(other.host.clone()).text())),
    browser("join-heads", |p, other| {
        let head = head(&other.host, &p.host).to_owned();
        (!head.is_empty()).then(|| host(p, |h| format!("{head}{h}"))).flatten()
    }),
    browser("other-before", |p, other| {
        let before = other.host.clone();
        host(p, |h| format!("{before}.{h}"))
    }),
    // Addresses.
    browser("ipv4", |p, _| Some(p.with_host("192.0.2.1").text())),
    browser("ipv4-loopback", |p, _| Some(p.with_host("127.0.0.1").text())),
    browser("ipv6", |p, _| Some(p.with_host("[2001:db8::1]").text())),
    browser("ipv6-loopback", |p, _| Some(p.with_host("[::1]").text())),
    browser("next-address", |p, _| {
        if !p.is_address() {
            return None;
        }
        let next = match p.host.strip_suffix(']') {
            Some(inner) => format!("{inner}1]"),
            None => format!("{}1", p.host),
        };
        Some(p.with_host(next).text())
    }),
    browser("character-of-address", |p, _| {
        let first = p.host.trim_start_matches(['[', ':']).chars().next()?;
        (p.is_address() && first.is_ascii_alphanumeric()).then(|| p.with_host(format!("{first}.evil.test")).text())
    }),
    browser("address-before", |p, _| {
        let is_ipv4 = p.is_address() && !p.host.starts_with('[');
        let longer = format!("{}.evil.test", p.host);
        is_ipv4.then(|| p.with_host(longer).text())
    }),
    // Other origins.
    browser("unrelated", |p, _| Some(p.with_host("evil.test").text())),
    browser("localhost", |p, _| Some(p.with_host("localhost").text())),
    browser("null", |_, _| Some("null".to_owned())),
    // Hosts that the URL Standard permits beyond the names of the Domain Name System.
    odd("empty-first-label", |p, _| host(p, |h| format!(".{h}"))),
    odd("empty-label", |p, _| host(p, |h| format!("a..{h}"))),
    odd("leading-hyphen-subdomain", |p, _| host(p, |h| format!("-a.{h}"))),
    odd("trailing-hyphen-subdomain", |p, _| host(p, |h| format!("a-.{h}"))),
    odd("exclamation-mark", |p, _| host(p, |h| format!("a!b.{h}"))),
    odd("dollar", |p, _| host(p, |h| format!("{h}$.evil.test"))),
    odd("ampersand", |p, _| host(p, |h| format!("a&b.{h}"))),
    odd("apostrophe", |p, _| host(p, |h| format!("a'b.{h}"))),
    odd("parentheses", |p, _| host(p, |h| format!("(a).{h}"))),
    odd("star", |p, _| host(p, |h| format!("*.{h}"))),
    odd("plus", |p, _| host(p, |h| format!("a+b.{h}"))),
    odd("comma", |p, _| host(p, |h| format!("{h},evil.test"))),
    odd("semicolon", |p, _| host(p, |h| format!("{h};.evil.test"))),
    odd("equals-sign", |p, _| host(p, |h| format!("a=b.{h}"))),
    odd("tilde", |p, _| host(p, |h| format!("~a.{h}"))),
    odd("braces", |p, _| host(p, |h| format!("{{a}}.{h}"))),
    odd("backtick", |p, _| host(p, |h| format!("{h}`.evil.test"))),
    odd("quotation-mark", |p, _| host(p, |h| format!("{h}\".evil.test"))),
    odd("very-long", |p, _| host(p, |h| format!("{}{h}", "a".repeat(300)))),
    // Pages of apps and extensions.
    app("extension", |p, _| {
        Some(format!("chrome-extension://{}", p.host)).filter(|_| !p.is_address())
    }),
    app("app", |p, _| {
        Some(format!("app://{}", p.host)).filter(|_| !p.is_address())
    }),
    app("capacitor", |_, _| Some("capacitor://localhost".to_owned())),
    app("tauri", |_, _| Some("tauri://localhost".to_owned())),
];
