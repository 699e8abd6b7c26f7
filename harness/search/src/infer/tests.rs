use super::*;
use std::collections::BTreeSet;

fn read(text: &str) -> Asked {
    Asked::read(text).unwrap()
}

/// A server as people write it: a name, an origin that it lets in, its comparison, and whether it must be explained. One that need not be
/// may be unexplained.
struct Written(&'static str, &'static str, fn(&str) -> bool, bool);

/// The host and the port of a serialized origin.
fn host_of(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or("", |(_, rest)| rest);
    rest.rsplit_once(':').map_or(rest, |(host, _)| host)
}

const APP: &str = "https://app.example";
const DEEP: &str = "https://app.site.example";

/// One label of these characters before `.site.example`.
fn one_label(origin: &str, is_allowed: fn(char) -> bool) -> bool {
    let label = origin
        .strip_prefix("https://")
        .and_then(|rest| rest.strip_suffix(".site.example"));
    label.is_some_and(|label| !label.is_empty() && label.chars().all(is_allowed))
}

const SERVERS: &[Written] = &[
    Written("everybody", APP, |_| true, true),
    Written("everybody but null", APP, |o| o != "null", true),
    Written("every origin of https", APP, |o| o.starts_with("https://"), true),
    Written("one origin", APP, |o| o == APP, true),
    Written("one origin and null", APP, |o| o == APP || o == "null", true),
    Written("one host of three labels", DEEP, |o| o == DEEP, true),
    Written(
        "one origin with a port",
        "https://app.example:8443",
        |o| o == "https://app.example:8443",
        true,
    ),
    Written("one address", "https://192.0.2.7", |o| o == "https://192.0.2.7", true),
    Written(
        "one address of version 6",
        "https://[2001:db8::7]",
        |o| o == "https://[2001:db8::7]",
        true,
    ),
    Written("http too", APP, |o| o == APP || o == "http://app.example", true),
    Written(
        "any port",
        APP,
        |o| o.starts_with("https://") && host_of(o) == "app.example",
        true,
    ),
    Written("the host alone", APP, |o| host_of(o) == "app.example", true),
    Written("origin.endsWith(host)", APP, |o| o.ends_with("app.example"), true),
    Written(
        "hostname.endsWith(host)",
        APP,
        |o| host_of(o).ends_with("app.example"),
        true,
    ),
    Written(
        "hostname.endsWith(parent)",
        DEEP,
        |o| host_of(o).ends_with("site.example"),
        true,
    ),
    Written("origin.startsWith(origin)", APP, |o| o.starts_with(APP), true),
    Written("origin.includes(host)", APP, |o| o.contains("app.example"), true),
    Written(
        "hostname.includes(parent)",
        DEEP,
        |o| host_of(o).contains("site.example"),
        true,
    ),
    Written(
        "hostname.endsWith(.parent)",
        DEEP,
        |o| host_of(o).ends_with(".site.example"),
        true,
    ),
    Written(
        "hostname.endsWith(.parent) or the parent",
        DEEP,
        |o| host_of(o).ends_with(".site.example") || host_of(o) == "site.example",
        true,
    ),
    Written(
        "subdomains over https",
        DEEP,
        |o| o.starts_with("https://") && o.ends_with(".site.example"),
        true,
    ),
    Written(
        "one label of letters",
        DEEP,
        |o| one_label(o, |c| c.is_ascii_lowercase()),
        true,
    ),
    Written(
        "one label of letters, digits and hyphens",
        DEEP,
        |o| one_label(o, |c| c.is_ascii_alphanumeric() || c == '-'),
        true,
    ),
    Written(
        "one label of word characters",
        DEEP,
        |o| one_label(o, |c| c.is_ascii_alphanumeric() || c == '_'),
        true,
    ),
    Written("one label", DEEP, |o| one_label(o, |c| c != '.'), true),
    Written(
        "an expression without escaped dots",
        DEEP,
        |o| {
            let rest = o.strip_prefix("https://").unwrap_or_default().as_bytes();
            rest.len() == 16
                && rest
                    .iter()
                    .zip(b"app.site.example")
                    .all(|(one, other)| one == other || *other == b'.')
        },
        true,
    ),
    Written("www too", APP, |o| o.replace("://www.", "://") == APP, true),
    Written(
        "a list of three hosts",
        APP,
        |o| matches!(o, "https://app.example" | "https://other.example" | "https://x.test"),
        true,
    ),
    Written(
        "localhost at any port",
        "http://localhost:3000",
        |o| o.starts_with("http://localhost:"),
        true,
    ),
    Written(
        "search for the subdomains",
        DEEP,
        |o| o.ends_with(".site.example"),
        true,
    ),
    Written(
        "subdomains without an end",
        DEEP,
        |o| o.starts_with("https://") && o.contains(".site.example"),
        true,
    ),
    Written(
        "the last two labels",
        DEEP,
        |o| {
            let host = host_of(o);
            host == "site.example" || host.ends_with(".site.example")
        },
        true,
    ),
    Written(
        "the text after the scheme",
        APP,
        |o| o.split("//").nth(1) == Some("app.example"),
        true,
    ),
    Written(
        "origins of the list without their last character",
        APP,
        |o| o.starts_with("https://app.exampl"),
        false,
    ),
    Written(
        "a prefix without its scheme",
        APP,
        |o| host_of(o).starts_with("app."),
        false,
    ),
    Written(
        "a prefix of the first label",
        APP,
        |o| o.starts_with("https://app"),
        false,
    ),
    Written("the top-level domain", APP, |o| host_of(o).ends_with(".example"), false),
    Written("the top-level domain anywhere", APP, |o| o.contains(".example"), false),
    Written(
        "three letters",
        DEEP,
        |o| {
            let label = o
                .strip_prefix("https://")
                .and_then(|rest| rest.strip_suffix(".site.example"));
            label.is_some_and(|label| label.len() == 3 && label.chars().all(|c| c.is_ascii_lowercase()))
        },
        false,
    ),
    Written(
        "a label that begins with app-",
        "https://app-1.site.example",
        |o| o.starts_with("https://app-") && o.ends_with(".site.example"),
        false,
    ),
    Written(
        "a number in a label",
        "https://pr-12.site.example",
        |o| {
            let label = o
                .strip_prefix("https://pr-")
                .and_then(|rest| rest.strip_suffix(".site.example"));
            label.is_some_and(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_digit()))
        },
        false,
    ),
    Written(
        "another port too",
        APP,
        |o| matches!(o, "https://app.example" | "https://app.example:8443"),
        true,
    ),
    Written(
        "a development server too",
        APP,
        |o| matches!(o, "https://app.example" | "http://localhost:3000"),
        true,
    ),
    Written(
        "http, www and localhost too",
        APP,
        |o| {
            matches!(
                o,
                "https://app.example" | "http://app.example" | "https://www.app.example" | "http://localhost:3000"
            )
        },
        true,
    ),
    Written(
        "subdomains and the development server",
        DEEP,
        |o| (o.starts_with("https://") && o.ends_with(".site.example")) || o == "http://localhost:3000",
        true,
    ),
    Written("even lengths", APP, |o| o.len() % 2 == APP.len() % 2, false),
    Written(
        "the parent and one sibling",
        DEEP,
        |o| o == DEEP || o == "https://site.example",
        false,
    ),
];

/// Runs an inference against a comparison.
fn infer(base: &str, allows: impl Fn(&str) -> bool) -> Inference {
    let mut inference = Inference::of(&read(base));
    while let Some(query) = inference.next() {
        let allowed = allows(&query.origin.to_string());
        inference.answer(query, allowed);
    }
    inference
}

/// Origins that are not derived by the operators of the questions.
fn others(base: &str) -> Vec<Asked> {
    let Asked::Tuple { host, .. } = read(base) else {
        return Vec::new();
    };
    let mut hosts: BTreeSet<String> = BTreeSet::new();
    let parent = host.split_once('.').map_or("", |(_, parent)| parent).to_owned();
    for domain in [host.clone(), parent, "evil.test".to_owned()] {
        for before in [
            "", "b.", "bcd.", "7.", "7", "x-y.", "x-y", "x_y.", "q.r.", "q.r.s.", "www.", "www.x.", "k", "-",
        ] {
            for after in ["", ".k.test", "k", ".k", "-k.test"] {
                hosts.insert(format!("{before}{domain}{after}"));
            }
        }
    }
    let (first, last) = (
        host.split('.').next().unwrap_or(""),
        host.rsplit('.').next().unwrap_or(""),
    );
    hosts.extend([
        format!("{first}.k.test"),
        format!("{first}k.test"),
        format!("k.{last}"),
        format!("k.l.{last}"),
        host.replace("1", "3").replace("2", "44"),
        host.replacen('.', "-k.", 1),
        host.replacen('.', "k.", 1),
    ]);
    let mut all = vec![Asked::Null];
    for host in &hosts {
        for scheme in ["https", "http"] {
            for port in ["", ":8080", ":81"] {
                all.extend(Asked::read(&format!("{scheme}://{host}{port}")));
            }
        }
    }
    all
}

/// What an inference gets wrong about the other origins.
fn wrong(explanation: &Explanation, base: &str, allows: fn(&str) -> bool) -> Vec<String> {
    let differs = |asked: &&Asked| explanation.allows(asked) != allows(&asked.to_string());
    others(base).iter().filter(differs).map(ToString::to_string).collect()
}

#[test]
fn written_servers_are_explained_rightly_or_not_at_all() {
    for Written(name, base, allows, must) in SERVERS {
        let inference = infer(base, allows);
        match inference.conclusion() {
            Conclusion::Explained(matcher) => {
                let wrong = wrong(&matcher, base, *allows);
                assert!(wrong.is_empty(), "{name}: {}: {wrong:?}", describe(&matcher));
                let named = inference.named_after().unwrap();
                assert!(named <= 12, "{name} is named after {named} questions");
            }
            Conclusion::Unexplained => assert!(!must, "{name} is not explained"),
        }
        assert!(
            inference.answers().len() <= 40,
            "{name}: {} questions",
            inference.answers().len()
        );
    }
}

#[test]
fn each_question_is_one_that_a_browser_sends_and_is_asked_once() {
    for base in [
        APP,
        DEEP,
        "https://192.0.2.7",
        "https://api.eu.site.example",
        "https://pr-12.eu.west.site.example",
        "https://[2001:db8::7]",
        "http://localhost:3000",
        "null",
    ] {
        let all = queries(&read(base));
        let texts: BTreeSet<String> = all.iter().map(|query| query.origin.to_string()).collect();
        assert_eq!(texts.len(), all.len(), "{base}");
        assert!(all.len() <= 40, "{base}: {} questions", all.len());
    }
}

#[test]
fn every_operator_is_asked_of_a_host_with_a_parent() {
    let asked: BTreeSet<&str> = queries(&read(DEEP)).iter().map(|query| query.operator).collect();
    for operator in [
        "itself",
        "scheme",
        "port",
        "prefix",
        "sub",
        "sub-deep",
        "suffix",
        "suffix-joined",
        "inside",
        "root-dot",
        "www",
        "sibling-letters",
        "sibling-digit",
        "sibling-hyphen",
        "sibling-underscore",
        "sibling-deep",
        "sibling-prefix",
        "parent",
        "dot-as-letter",
        "stranger",
        "null",
        "localhost",
    ] {
        assert!(asked.contains(operator), "{operator}");
    }
}

#[test]
fn a_matcher_is_described_and_stated_as_a_policy() {
    for (name, words, stated) in [
        ("everybody", "every origin", Some("{ any: true }")),
        (
            "one origin",
            "https://app.example",
            Some("{ list: [\"https://app.example\"] }"),
        ),
        (
            "one origin and null",
            "https://app.example, and `null`",
            Some("{ list: [\"https://app.example\", \"null\"] }"),
        ),
        (
            "hostname.endsWith(host)",
            "origins of http and https whose host ends with app.example, at any port",
            Some("{ regex: ['^https?://.*app\\.example(:[0-9]+)?$'] }"),
        ),
        (
            "origin.startsWith(origin)",
            "origins of https whose host begins with app.example",
            Some("{ regex: ['^https://app\\.example.*$'] }"),
        ),
        (
            "subdomains over https",
            "origins of https whose host is labels before .site.example, at the default port",
            Some("{ under: [{ scheme: https, host: site.example, port: null }] }"),
        ),
        (
            "an expression without escaped dots",
            "origins of https whose host is app.site.example, at the default port; a dot may be any character",
            Some("{ regex: ['^https://app.site.example$'] }"),
        ),
    ] {
        let Written(_, base, allows, _) = SERVERS.iter().find(|server| server.0 == name).unwrap();
        let Conclusion::Explained(matcher) = infer(base, allows).conclusion() else {
            panic!("{name} is not explained")
        };
        assert_eq!(
            (describe(&matcher).as_str(), policy(&matcher).as_deref()),
            (words, stated)
        );
    }
}

#[test]
fn the_shortest_origin_of_an_attacker_is_let_in_and_not_of_the_same_owner() {
    for (name, expected) in [
        ("one origin", vec![]),
        ("one origin and null", vec![(Means::Sandbox, "null")]),
        (
            "everybody",
            vec![
                (Means::Sandbox, "null"),
                (Means::Domain, "https://zq7.test"),
                (Means::Subdomain, "https://zq7.app.example"),
                (Means::Network, "http://app.example"),
            ],
        ),
        ("http too", vec![(Means::Network, "http://app.example")]),
        (
            "origin.endsWith(host)",
            vec![
                (Means::Domain, "https://zq7app.example"),
                (Means::Subdomain, "https://zq7.app.example"),
                (Means::Network, "http://app.example"),
            ],
        ),
        (
            "origin.startsWith(origin)",
            vec![(Means::Domain, "https://app.examplezq7.test")],
        ),
        // A host of three labels with text before it is still of the same domain.
        (
            "subdomains over https",
            vec![(Means::Subdomain, "https://zq7.site.example")],
        ),
        (
            "an expression without escaped dots",
            vec![(Means::Domain, "https://appxsite.example")],
        ),
    ] {
        let Written(_, base, allows, _) = SERVERS.iter().find(|server| server.0 == name).unwrap();
        let Conclusion::Explained(matcher) = infer(base, allows).conclusion() else {
            panic!("{name} is not explained")
        };
        let found: Vec<(Means, String)> = attacks(&matcher, &read(base))
            .into_iter()
            .map(|attack| (attack.means, attack.origin.to_string()))
            .collect();
        let expected: Vec<(Means, String)> = expected.into_iter().map(|(m, o)| (m, o.to_owned())).collect();
        assert_eq!(found, expected, "{name}");
        assert!(found.iter().all(|(_, origin)| allows(origin)), "{name}");
    }
}

#[test]
fn a_public_suffix_is_no_domain_of_an_attacker() {
    let ends_with = |base: &'static str, domain: &'static str| {
        let Conclusion::Explained(matcher) = infer(base, |o| host_of(o).ends_with(domain)).conclusion() else {
            panic!("{domain} is not explained")
        };
        attacks(&matcher, &read(base))
            .into_iter()
            .map(|a| a.means)
            .collect::<Vec<_>>()
    };
    // Whoever has zq7example.co.uk has a domain of its own; api.example.co.uk has an owner already.
    assert!(ends_with("https://example.co.uk", "example.co.uk").contains(&Means::Domain));
    assert!(!ends_with("https://api.example.co.uk", "api.example.co.uk").contains(&Means::Domain));
}
