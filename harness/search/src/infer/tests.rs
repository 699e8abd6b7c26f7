mod comparisons;

use super::*;
use comparisons::{APP, COMPARISONS, Comparison, DEEP, host_of};
use crosscheck_fetch::Origin;
use std::collections::BTreeSet;

fn read(text: &str) -> Origin {
    Origin::parse_serialized(text).unwrap()
}

/// Runs an inference against a comparison.
fn infer(base: &str, allows: impl Fn(&str) -> bool) -> Inference {
    let mut inference = Inference::new(&read(base));
    while let Some(query) = inference.next_query() {
        let allowed = allows(&query.origin.serialize());
        inference.record(query, allowed);
    }
    inference
}

/// The attacks on a server, as the command finds them.
fn attacks_on(base: &str, allows: impl Fn(&str) -> bool) -> Vec<(AttackerNeeds, String)> {
    let known = read(base);
    let inference = infer(base, &allows);
    let results = inference.results().iter().filter(|result| result.allowed);
    let mut allowed: Vec<Origin> = results.map(|result| result.query.origin.clone()).collect();
    if let Conclusion::Explained(explanation) = inference.conclusion() {
        allowed.extend(attack_candidates(&explanation, &known));
    }
    assert!(allowed.iter().all(|origin| allows(&origin.serialize())), "{base}");
    let attacks = attacks(allowed.iter(), &known).into_iter();
    attacks
        .map(|attack| (attack.needs, attack.origin.serialize().into_owned()))
        .collect()
}

/// Origins that the operators of the queries do not make.
fn others(base: &str) -> Vec<Origin> {
    let Origin::Tuple { host, .. } = read(base) else {
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
    let mut all = vec![Origin::Opaque];
    for host in &hosts {
        for scheme in ["https", "http"] {
            for port in ["", ":8080", ":81"] {
                all.extend(Origin::parse_serialized(&format!("{scheme}://{host}{port}")));
            }
        }
    }
    all
}

/// What an inference gets wrong about the other origins.
fn wrong(explanation: &Explanation, base: &str, allows: fn(&str) -> bool) -> Vec<String> {
    let differs = |origin: &&Origin| explanation.allows(origin) != allows(&origin.serialize());
    others(base)
        .iter()
        .filter(differs)
        .map(|origin| origin.serialize().into_owned())
        .collect()
}

#[test]
fn a_comparison_is_explained_correctly_or_not_at_all() {
    for Comparison(name, base, allows, must) in COMPARISONS {
        let inference = infer(base, allows);
        match inference.conclusion() {
            Conclusion::Explained(matcher) => {
                let wrong = wrong(&matcher, base, *allows);
                assert!(wrong.is_empty(), "{name}: {}: {wrong:?}", describe(&matcher));
                let named = inference.named_after().unwrap();
                assert!(named <= 12, "{name} is named after {named} queries");
            }
            Conclusion::Unexplained => assert!(!must, "{name} is not explained"),
        }
        assert!(
            inference.results().len() <= 40,
            "{name}: {} queries",
            inference.results().len()
        );
    }
}

#[test]
fn each_query_has_an_origin_that_a_browser_sends_and_is_sent_once() {
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
        let texts: BTreeSet<String> = all.iter().map(|query| query.origin.serialize().into_owned()).collect();
        assert_eq!(texts.len(), all.len(), "{base}");
        assert!(all.len() <= 40, "{base}: {} queries", all.len());
    }
}

#[test]
fn every_operator_applies_to_a_host_with_a_parent() {
    let operators: BTreeSet<&str> = queries(&read(DEEP)).iter().map(|query| query.operator).collect();
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
        "unlisted",
        "null",
        "localhost",
    ] {
        assert!(operators.contains(operator), "{operator}");
    }
}

#[test]
fn a_matcher_is_described_and_stated_as_a_policy() {
    for (name, words, stated) in [
        ("every origin", "every origin", Some("{ any: true }")),
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
            "http and https origins whose host ends with app.example, with any port",
            Some("{ regex: ['^https?://.*app\\.example(:[0-9]+)?$'] }"),
        ),
        (
            "origin.startsWith(origin)",
            "https origins whose host starts with app.example",
            Some("{ regex: ['^https://app\\.example.*$'] }"),
        ),
        (
            "subdomains over https",
            "https origins whose host is a subdomain of site.example, with the default port",
            Some("{ under: [{ scheme: https, host: site.example, port: null }] }"),
        ),
        (
            "an expression without escaped dots",
            "https origins whose host is app.site.example, with the default port; a dot matches any character",
            Some("{ regex: ['^https://app.site.example$'] }"),
        ),
    ] {
        let Comparison(_, base, allows, _) = COMPARISONS.iter().find(|server| server.0 == name).unwrap();
        let Conclusion::Explained(matcher) = infer(base, allows).conclusion() else {
            panic!("{name} is not explained")
        };
        assert_eq!(
            (describe(&matcher).as_str(), policy_origins(&matcher).as_deref()),
            (words, stated)
        );
    }
}

#[test]
fn the_attack_with_the_shortest_host_is_found_for_each_need() {
    for (name, expected) in [
        ("one origin", vec![]),
        ("one origin and null", vec![(AttackerNeeds::SandboxedFrame, "null")]),
        (
            "every origin",
            vec![
                (AttackerNeeds::SandboxedFrame, "null"),
                (AttackerNeeds::RegisteredDomain, "https://zq7.test"),
                (AttackerNeeds::Subdomain, "https://q.app.example"),
                (AttackerNeeds::NetworkPosition, "http://app.example"),
            ],
        ),
        ("http too", vec![(AttackerNeeds::NetworkPosition, "http://app.example")]),
        (
            "origin.endsWith(host)",
            vec![
                (AttackerNeeds::RegisteredDomain, "https://zq7app.example"),
                (AttackerNeeds::Subdomain, "https://q.app.example"),
                (AttackerNeeds::NetworkPosition, "http://app.example"),
            ],
        ),
        (
            "origin.startsWith(origin)",
            vec![(AttackerNeeds::RegisteredDomain, "https://app.examplezq7.test")],
        ),
        // A host of three labels with text before it is still of the same domain.
        (
            "subdomains over https",
            vec![(AttackerNeeds::Subdomain, "https://q.site.example")],
        ),
        (
            "an expression without escaped dots",
            vec![(AttackerNeeds::RegisteredDomain, "https://appxsite.example")],
        ),
    ] {
        let Comparison(_, base, allows, _) = COMPARISONS.iter().find(|server| server.0 == name).unwrap();
        let found = attacks_on(base, allows);
        let expected: Vec<(AttackerNeeds, String)> = expected.into_iter().map(|(m, o)| (m, o.to_owned())).collect();
        assert_eq!(found, expected, "{name}");
        assert!(found.iter().all(|(_, origin)| allows(origin)), "{name}");
    }
}

#[test]
fn a_public_suffix_is_no_domain_of_an_attacker() {
    let ends_with = |base, domain| {
        let needs = attacks_on(base, |origin| host_of(origin).ends_with(domain));
        needs.into_iter().map(|(needs, _)| needs).collect::<Vec<_>>()
    };
    // zq7example.co.uk can be registered. zq7api.example.co.uk belongs to the owner of example.co.uk.
    assert!(ends_with("https://example.co.uk", "example.co.uk").contains(&AttackerNeeds::RegisteredDomain));
    assert!(!ends_with("https://api.example.co.uk", "api.example.co.uk").contains(&AttackerNeeds::RegisteredDomain));
}
