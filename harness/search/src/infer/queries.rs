//! The questions: origins that differ from the one that is let in by one named operator each. A browser sends all of them.

use super::asked::Asked;

/// A label that nobody has registered: it stands for what an attacker chooses.
pub(super) const OTHER: &str = "zq7";
/// A port that no list has by chance, and one that some have.
const PORT: u16 = 50917;
const USUAL_PORT: u16 = 8443;
/// The operators whose origins a server may well list by name.
const USUAL: [&str; 6] = ["scheme", "usual-port", "default-port", "www", "parent", "localhost"];

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What distinguishes the origin from the one that is let in.
    pub operator: &'static str,
    /// The origin.
    pub origin: Asked,
    /// Whether a server may well list the origin by name beside others.
    pub is_usual: bool,
}

/// Origins that have nothing to do with the server, by which a server that lets everybody in is known at once.
#[must_use]
pub fn strangers() -> Vec<Query> {
    let all = [
        ("stranger", "https://zq7.test"),
        ("stranger-http", "http://zq7.test"),
        ("null", "null"),
        ("localhost", "http://localhost:3000"),
    ];
    all.iter()
        .filter_map(|(operator, text)| query(operator, text))
        .collect()
}

/// The parents of a host that have two labels or more, the host itself first; at most three. An address has none but itself.
pub(super) fn domains(host: &str) -> Vec<String> {
    let is_address = is_address(host);
    let mut domains = vec![host.to_owned()];
    while let Some((_, parent)) = domains.last().and_then(|host| host.split_once('.')) {
        if is_address || !parent.contains('.') || domains.len() == 3 {
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

/// The questions about an origin, that origin first. Each is asked once.
#[must_use]
pub fn queries(base: &Asked) -> Vec<Query> {
    let Asked::Tuple { scheme, host, port } = base else {
        return strangers();
    };
    let port_text = port.map_or_else(String::new, |port| format!(":{port}"));
    let other_scheme = if scheme == "https" { "http" } else { "https" };
    let at = |host: String| format!("{scheme}://{host}{port_text}");
    let mut texts: Vec<(&'static str, String)> = vec![
        ("itself", base.to_string()),
        ("scheme", format!("{other_scheme}://{host}{port_text}")),
        ("port", format!("{scheme}://{host}:{PORT}")),
        ("usual-port", format!("{scheme}://{host}:{USUAL_PORT}")),
        ("default-port", format!("{scheme}://{host}")),
        ("prefix", at(format!("{OTHER}{host}"))),
        ("sub", at(format!("{OTHER}.{host}"))),
        ("suffix", at(format!("{host}.{OTHER}.test"))),
    ];
    for (place, domain) in domains(host).iter().enumerate() {
        // Labels before the host itself, and in place of its first labels.
        let operators = match place {
            0 => &OF_HOST[..],
            1 => &OF_PARENTS[..],
            _ => &OF_GRANDPARENTS[..],
        };
        for (operator, before) in operators {
            texts.push((operator, at(format!("{before}{domain}"))));
        }
    }
    texts.extend([
        ("suffix-joined", at(format!("{host}{OTHER}"))),
        ("inside", at(format!("{OTHER}{host}.{OTHER}.test"))),
        ("root-dot", at(format!("{host}."))),
        ("scheme-and-port", format!("{other_scheme}://{host}:{PORT}")),
        ("scheme-and-www", format!("{other_scheme}://www.{host}{port_text}")),
        ("scheme-and-sub", format!("{other_scheme}://{OTHER}.{host}{port_text}")),
    ]);
    for (place, _) in host.match_indices('.').take(2) {
        let mut other = host.clone();
        other.replace_range(place..=place, "x");
        texts.push(("dot-as-letter", at(other)));
    }
    texts.extend(of_labels(host).map(|(operator, host)| (operator, at(host))));
    let mut all: Vec<Query> = texts
        .iter()
        .filter_map(|(operator, text)| query(operator, text))
        .collect();
    // Whether the scheme matters is asked of the host itself.
    all.extend(
        strangers()
            .into_iter()
            .filter(|query| query.operator != "stranger-http"),
    );
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|query| seen.insert(query.origin.clone()));
    all
}

/// What stands before the host.
const OF_HOST: [(&str, &str); 6] = [
    ("sub-letter", "q."),
    ("sub-digit", "1."),
    ("sub-hyphen", "a-b."),
    ("sub-underscore", "a_b."),
    ("sub-deep", "a.zq7."),
    ("www", "www."),
];
/// What stands before the parent of the parent.
const OF_GRANDPARENTS: [(&str, &str); 2] = [("cousin", "zqxzqx."), ("grandparent", "")];
/// What stands before the parent of the host.
const OF_PARENTS: [(&str, &str); 8] = [
    ("sibling-letter", "q."),
    ("sibling-letters", "zqxzqx."),
    ("sibling-digit", "1."),
    ("sibling-hyphen", "a-b."),
    ("sibling-underscore", "a_b."),
    ("sibling-deep", "a.zq7."),
    ("sibling-prefix", "zq7"),
    ("parent", ""),
];

/// Hosts that share only a part of a label, or only one label, with a host of several: patterns such as `app-*` and `*.example` let them
/// in, which no matcher that is known here does.
fn of_labels(host: &str) -> impl Iterator<Item = (&'static str, String)> {
    let parts = host.split_once('.').zip(host.rsplit_once('.'));
    let parts = parts.filter(|_| !is_address(host));
    parts.into_iter().flat_map(|((first, rest), (_, last))| {
        let other_digits = |c: char| {
            if c.is_ascii_digit() {
                char::from(b'0' + (c as u8 - b'0' + 5) % 10)
            } else {
                c
            }
        };
        let other_letters = |(place, c): (usize, char)| match c {
            'a'..='z' => ["z", "q", "x"].get(place % 3).copied().unwrap_or_default().to_owned(),
            c => other_digits(c).to_string(),
        };
        let digits: String = first.chars().map(other_digits).collect();
        let alike: String = first.chars().enumerate().map(other_letters).collect();
        [
            ("same-first-label", format!("{first}.{OTHER}.test")),
            ("same-first-letters", format!("{first}{OTHER}.test")),
            ("same-last-label", format!("{OTHER}.{last}")),
            ("label-suffix", format!("{first}-{OTHER}.{rest}")),
            ("label-digits", format!("{digits}.{rest}")),
            ("label-alike", format!("{alike}.{rest}")),
        ]
    })
}

fn query(operator: &'static str, text: &str) -> Option<Query> {
    let origin = Asked::read(text).ok()?;
    let is_usual = USUAL.contains(&operator);
    Some(Query {
        operator,
        origin,
        is_usual,
    })
}
