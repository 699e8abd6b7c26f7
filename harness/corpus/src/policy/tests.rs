use super::{Globs, Names, Origins, Policy, Predicate, Under, risky::is_anchored};
use crate::words::Flag;
use std::collections::BTreeSet;

fn list(origins: &[&str]) -> Policy {
    Policy::of(Origins::List {
        list: origins.iter().map(|o| (*o).to_owned()).collect(),
        under: Vec::new(),
        glob: Globs::default(),
        meant: None,
    })
}

fn names(names: &[&str]) -> Names {
    Names::List(names.iter().map(|n| (*n).to_owned()).collect())
}

#[track_caller]
fn check(origins: &Origins, allowed: &[&str], refused: &[&str]) {
    for origin in allowed {
        assert!(origins.allow(origin), "{origin} is allowed");
    }
    for origin in refused {
        assert!(!origins.allow(origin), "{origin} is not allowed");
    }
}

#[test]
fn a_list_compares_bytes() {
    let origins = list(&["https://app.example", "null"]).origins;
    let refused = [
        "https://app.example/",
        "https://APP.example",
        "http://app.example",
        "https://app.example:443",
        "",
    ];
    check(&origins, &["https://app.example", "null"], &refused);
}

#[test]
fn under_allows_proper_subdomains() {
    let origins = Origins::List {
        list: Vec::new(),
        under: vec![Under {
            scheme: "https".to_owned(),
            host: "app.example".to_owned(),
            port: Some(8443),
        }],
        glob: Globs::default(),
        meant: None,
    };
    let refused = [
        "https://app.example:8443",
        "https://evilapp.example:8443",
        "https://a.app.example",
        "https://a.app.example:443",
        "http://a.app.example:8443",
        "https://.app.example:8443",
        "https://a..app.example:8443",
        "https://a..b.app.example:8443",
        "https://a.app.example:",
        "https://a.app.example:x",
        "https://a.app.example.evil.test:8443",
        "null",
    ];
    check(
        &origins,
        &[
            "https://a.app.example:8443",
            "https://a.b.app.example:8443",
            "https://a_b.app.example:8443",
        ],
        &refused,
    );
}

#[test]
fn an_expression_matches_the_whole_origin() {
    let origins = Origins::Regex(vec![
        r"https://[a-z]+\.app\.example".to_owned(),
        "a|https://b.test".to_owned(),
        ")(".to_owned(),
    ]);
    let refused = [
        "https://a.app.example.evil.test",
        "xhttps://a.app.example",
        "https://a.app.example\n",
        "null",
        "https://b.testx",
    ];
    check(&origins, &["https://a.app.example", "https://b.test"], &refused);
}

#[test]
fn a_predicate_looks_at_its_part() {
    let ends: Predicate = "host-ends-with:.app.example".parse().expect("known");
    check(
        &Origins::Predicate(ends),
        &["https://a.app.example", "http://a.app.example:8080"],
        &["https://app.example", "null"],
    );
    let equals: Predicate = "host-equals:[::1]".parse().expect("known");
    check(
        &Origins::Predicate(equals),
        &["http://[::1]:8080", "http://[::1]"],
        &["http://[::2]"],
    );
    check(&Origins::Predicate(Predicate::Always), &["https://a.test", "null"], &[]);
    check(&Origins::Predicate(Predicate::Never), &[], &["https://a.test", "null"]);
    for text in ["host-ends-with:", "host-ends-with", "ends-with:x", "", "always:x"] {
        assert!(text.parse::<Predicate>().is_err(), "{text}");
    }
    for text in [
        "host-ends-with:.x",
        "scheme-is:http",
        "origin-in:a,b",
        "never",
        "always",
    ] {
        assert_eq!(text.parse::<Predicate>().expect("known").to_string(), text);
    }
}

#[test]
fn an_expression_is_anchored_in_its_own_text_at_both_ends() {
    for (text, anchored) in [
        ("^https://a$", true),
        (r"\Ahttps://a\z", true),
        ("^(a|b)$", true),
        ("^[|]$", true),
        (r"^a\|b$", true),
        ("^a|b$", false),
        ("https://a$", false),
        ("^https://a", false),
        (r"^a\$", false),
        (r"^a\\$", true),
    ] {
        assert_eq!(is_anchored(text), anchored, "{text}");
    }
}

#[test]
fn the_document_round_trips_and_is_completed() {
    let text = r#"{"origins":{"list":["https://app.example"],"under":[{"scheme":"https","host":"b.example","port":null}]},"methods":["PUT"],"headers":["X-One","RANGE"],"routes":[{"path":"/a","policy":{"origins":{"any":true},"expose":"any"}},{"path":"/b","policy":null}]}"#;
    let policy: Policy = serde_json::from_str(text).expect("a policy");
    let again: Policy = serde_json::from_value(serde_json::to_value(&policy).expect("JSON")).expect("a policy");
    assert_eq!(policy, again);
    let complete = policy.complete();
    assert_eq!(complete.methods, names(&["GET", "HEAD", "POST", "PUT"]));
    assert_eq!(
        complete.headers,
        names(&[
            "accept",
            "accept-language",
            "content-language",
            "content-type",
            "X-One",
            "RANGE"
        ])
    );
    let route = complete.at("/a", "GET").expect("a policy");
    assert_eq!((route.methods.listed().len(), route.expose.is_any()), (3, true));
    assert!(complete.at("/b", "GET").is_none() && complete.at("/c", "GET") == Some(&complete));
    assert_eq!(complete.complete(), complete);
    for bad in [
        r#"{"origins":{}}"#,
        r#"{"origins":{"any":true,"list":[]}}"#,
        r#"{"origins":{"any":true},"methods":"all"}"#,
    ] {
        assert!(serde_json::from_str::<Policy>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_route_with_methods_is_the_policy_of_requests_of_these_methods() {
    let text = r#"{"origins":{"list":["https://app.example"]},"routes":[
        {"path":"/a","methods":["GET"],"policy":{"origins":{"any":true}}},
        {"path":"/a","methods":["PUT","patch"],"policy":null},
        {"path":"/b","methods":["GET"],"policy":null},
        {"path":"/b","methods":["HEAD"],"policy":{"origins":{"any":true}}}]}"#;
    let policy: Policy = serde_json::from_str(text).expect("a policy");
    let (outer, open, none) = ("outer", "open", "none");
    for (path, method, expected) in [
        ("/a", "GET", open),
        ("/a", "HEAD", open),
        ("/a", "PUT", none),
        ("/a", "patch", none),
        ("/a", "PATCH", outer),
        ("/a", "POST", outer),
        ("/b", "GET", none),
        ("/b", "HEAD", open),
        ("/c", "GET", outer),
    ] {
        let got = match policy.at(path, method) {
            None => none,
            Some(own) if own.origins == Origins::Any => open,
            Some(_) => outer,
        };
        assert_eq!(got, expected, "{method} {path}");
    }
}

#[test]
fn risky_policies_are_those_of_the_table() {
    let credentials = |policy: Policy| Policy {
        credentials: true.into(),
        ..policy
    };
    let plain = list(&["https://app.example"]);
    let any = Policy::of(Origins::Any);
    for (policy, risky) in [
        (plain.clone(), false),
        (credentials(plain.clone()), false),
        (any.clone(), false),
        (credentials(any), true),
        (list(&["null"]), false),
        (credentials(list(&["null"])), true),
        (list(&["http://a.test"]), false),
        (credentials(list(&["http://a.test"])), true),
        (
            Policy {
                methods: Names::Any,
                ..plain.clone()
            },
            false,
        ),
        (
            credentials(Policy {
                methods: Names::Any,
                ..plain.clone()
            }),
            true,
        ),
        (
            credentials(Policy {
                expose: Names::Any,
                ..plain.clone()
            }),
            true,
        ),
        (Policy::of(Origins::Regex(vec!["https://a".to_owned()])), true),
        (Policy::of(Origins::Regex(vec!["^https://a$".to_owned()])), false),
        (
            Policy {
                routes: vec![super::Route {
                    path: "/x".to_owned(),
                    methods: None,
                    policy: Some(credentials(list(&["null"]))),
                }],
                ..plain
            },
            true,
        ),
    ] {
        assert_eq!(policy.risky(), risky, "{policy:?}");
    }
}

#[test]
fn flags_are_computed_from_the_document_as_written() {
    let flags = |policy: &Policy| policy.flags_needed();
    let plain = list(&["https://app.example"]);
    assert_eq!(flags(&plain), BTreeSet::from([Flag::OriginsList]));
    let rich = Policy {
        credentials: true.into(),
        methods: names(&["GET", "PUT"]),
        headers: names(&["accept"]),
        expose: Names::Any,
        max_age: Some(0),
        ..Policy::of(Origins::Any)
    };
    let needed = [
        Flag::OriginsAny,
        Flag::AnyCredentials,
        Flag::Credentials,
        Flag::MethodsList,
        Flag::ExposeAny,
        Flag::MaxAgeZero,
    ];
    assert_eq!(flags(&rich), BTreeSet::from(needed));
    let only_safe = Policy {
        methods: names(&["GET", "HEAD"]),
        ..plain
    };
    assert!(!flags(&only_safe).contains(&Flag::MethodsList));
}
