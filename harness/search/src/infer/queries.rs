//! The queries: origins that differ from the known one by one named operator each. A browser can send all of them.

use crosscheck_fetch::Origin;

/// A label that an attacker chooses.
pub(super) const CHOSEN: &str = "zq7";
/// A port that no server lists by chance, and one that some servers list.
const UNUSUAL_PORT: u16 = 50917;
const USUAL_PORT: u16 = 8443;
/// The operators whose origins servers often list beside others.
const OFTEN_LISTED: [&str; 6] = ["scheme", "usual-port", "default-port", "www", "parent", "localhost"];

/// Labels before the known host.
const BEFORE_HOST: [(&str, &str); 6] = [
    ("sub-letter", "q."),
    ("sub-digit", "1."),
    ("sub-hyphen", "a-b."),
    ("sub-underscore", "a_b."),
    ("sub-deep", "a.zq7."),
    ("www", "www."),
];
/// Labels before the parent of the known host.
const BEFORE_PARENT: [(&str, &str); 8] = [
    ("sibling-letter", "q."),
    ("sibling-letters", "zqxzqx."),
    ("sibling-digit", "1."),
    ("sibling-hyphen", "a-b."),
    ("sibling-underscore", "a_b."),
    ("sibling-deep", "a.zq7."),
    ("sibling-prefix", "zq7"),
    ("parent", ""),
];
/// Labels before the parent of the parent.
const BEFORE_GRANDPARENT: [(&str, &str); 2] = [("cousin", "zqxzqx."), ("grandparent", "")];
/// Origins that are not derived from the known one.
const UNRELATED: [(&str, &str); 4] = [
    ("unlisted", "https://zq7.test"),
    ("unlisted-http", "http://zq7.test"),
    ("null", "null"),
    ("localhost", "http://localhost:3000"),
];

/// A query: a request with an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The name of the operator that makes the origin from the known one.
    pub operator: &'static str,
    /// The origin.
    pub origin: Origin,
    /// Whether servers often list the origin beside others.
    pub is_often_listed: bool,
}

impl Query {
    /// A query with an origin that servers do not usually list.
    #[must_use]
    pub const fn new(operator: &'static str, origin: Origin) -> Self {
        Self {
            operator,
            origin,
            is_often_listed: false,
        }
    }
}

/// The host and its parents with two labels or more; at most three. An address has no parent.
pub(super) fn domains(host: &str) -> Vec<String> {
    let mut domains = vec![host.to_owned()];
    while let Some((_, parent)) = domains.last().and_then(|host| host.split_once('.')) {
        if is_address(host) || !parent.contains('.') || domains.len() == 3 {
            break;
        }
        domains.push(parent.to_owned());
    }
    domains
}

fn is_address(host: &str) -> bool {
    let is_number = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit());
    host.starts_with('[') || host.rsplit('.').next().is_some_and(is_number)
}

/// The queries for a known origin, each once; that origin first.
#[must_use]
pub fn queries(known: &Origin) -> Vec<Query> {
    let mut texts = Vec::new();
    if let Origin::Tuple { scheme, host, port } = known {
        texts = derived(scheme, host, *port);
    }
    let is_tuple = !texts.is_empty();
    let unrelated = UNRELATED.iter().map(|(operator, text)| (*operator, (*text).to_owned()));
    // Whether the scheme matters is found out with the known host.
    texts.extend(unrelated.filter(|(operator, _)| !is_tuple || *operator != "unlisted-http"));
    let mut queries: Vec<Query> = Vec::new();
    for (operator, text) in texts {
        let Ok(origin) = Origin::parse_serialized(&text) else {
            // A browser does not send such an origin.
            continue;
        };
        if queries.iter().all(|query| query.origin != origin) {
            queries.push(Query {
                is_often_listed: OFTEN_LISTED.contains(&operator),
                ..Query::new(operator, origin)
            });
        }
    }
    queries
}

/// The origins that are derived from a tuple origin, each with its operator.
fn derived(scheme: &str, host: &str, port: Option<u16>) -> Vec<(&'static str, String)> {
    let port_text = port.map_or_else(String::new, |port| format!(":{port}"));
    let other_scheme = if scheme == "https" { "http" } else { "https" };
    let at = |host: String| format!("{scheme}://{host}{port_text}");
    let mut texts: Vec<(&'static str, String)> = vec![
        ("itself", at(host.to_owned())),
        ("scheme", format!("{other_scheme}://{host}{port_text}")),
        ("port", format!("{scheme}://{host}:{UNUSUAL_PORT}")),
        ("usual-port", format!("{scheme}://{host}:{USUAL_PORT}")),
        ("default-port", format!("{scheme}://{host}")),
        ("prefix", at(format!("{CHOSEN}{host}"))),
        ("sub", at(format!("{CHOSEN}.{host}"))),
        ("suffix", at(format!("{host}.{CHOSEN}.test"))),
    ];
    let domains = domains(host);
    for (domain, before) in domains
        .iter()
        .zip([&BEFORE_HOST[..], &BEFORE_PARENT, &BEFORE_GRANDPARENT])
    {
        texts.extend(
            before
                .iter()
                .map(|(operator, before)| (*operator, at(format!("{before}{domain}")))),
        );
    }
    texts.extend([
        ("suffix-joined", at(format!("{host}{CHOSEN}"))),
        ("inside", at(format!("{CHOSEN}{host}.{CHOSEN}.test"))),
        ("root-dot", at(format!("{host}."))),
        ("scheme-and-port", format!("{other_scheme}://{host}:{UNUSUAL_PORT}")),
        ("scheme-and-www", format!("{other_scheme}://www.{host}{port_text}")),
        ("scheme-and-sub", format!("{other_scheme}://{CHOSEN}.{host}{port_text}")),
    ]);
    for (place, _) in host.match_indices('.').take(2) {
        let mut other = host.to_owned();
        other.replace_range(place..=place, "x");
        texts.push(("dot-as-letter", at(other)));
    }
    texts.extend(parts_of_labels(host).map(|(operator, host)| (operator, at(host))));
    // A comparison that ignores the scheme mistakes this host for the opaque origin.
    if domains.len() < 3 {
        texts.push(("null-host", "https://null".to_owned()));
    }
    texts
}

/// Hosts that share only one label, or a part of a label, with a host of several labels. Patterns such as `app-*` and `*.example` allow
/// them, and no known matcher does.
fn parts_of_labels(host: &str) -> impl Iterator<Item = (&'static str, String)> {
    let parts = host.split_once('.').zip(host.rsplit_once('.'));
    let parts = parts.filter(|_| !is_address(host));
    parts.into_iter().flat_map(|((first, rest), (_, last))| {
        let digits: String = first.chars().map(other_digit).collect();
        let alike: String = first.chars().enumerate().map(other_letter).collect();
        [
            ("same-first-label", format!("{first}.{CHOSEN}.test")),
            ("same-first-letters", format!("{first}{CHOSEN}.test")),
            ("same-last-label", format!("{CHOSEN}.{last}")),
            ("label-suffix", format!("{first}-{CHOSEN}.{rest}")),
            ("label-digits", format!("{digits}.{rest}")),
            ("label-alike", format!("{alike}.{rest}")),
        ]
    })
}

/// Replaces a digit by another one.
fn other_digit(character: char) -> char {
    let digit = character
        .to_digit(10)
        .and_then(|digit| char::from_digit((digit + 5) % 10, 10));
    digit.unwrap_or(character)
}

/// Replaces a letter or a digit by another one.
fn other_letter((place, character): (usize, char)) -> char {
    match (character, place % 3) {
        ('a'..='z', 0) => 'z',
        ('a'..='z', 1) => 'q',
        ('a'..='z', _) => 'x',
        (other, _) => other_digit(other),
    }
}
