use super::{
    Alphabet, OPERATORS, PolicyKind, Random, Source as _, kinds, policy, simpler_policies, simpler_visits, visits,
};
use crate::words::Flag;
use crosscheck_fetch::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// Every flag that a subject can claim.
fn all_flags() -> BTreeSet<Flag> {
    Flag::ALL.iter().copied().collect()
}

#[test]
fn every_operator_changes_an_origin_into_another_one_that_its_alphabet_permits() {
    let bases = [
        "https://app.example",
        "http://a.b.site.example:8443",
        "https://foo.example",
        "https://barfoo.example",
        "https://192.0.2.7",
        "https://[2001:db8::7]:3000",
    ];
    let mut names = BTreeSet::new();
    for operator in OPERATORS {
        assert!(names.insert(operator.name), "{} is there twice", operator.name);
        let mut applied = 0;
        for base in bases {
            for other in bases {
                let Some(changed) = operator.apply(base, other) else {
                    continue;
                };
                applied += 1;
                assert_ne!(changed, base, "{}", operator.name);
                let parsed = Origin::parse_serialized(&changed).expect("a serialized origin");
                assert_eq!(parsed.serialize(), changed);
            }
        }
        assert!(applied > 0, "{} never applies", operator.name);
    }
    assert!(OPERATORS.iter().filter(|o| o.alphabet == Alphabet::Browser).count() >= 45);
}

#[test]
fn operators_change_what_their_names_say() {
    for (name, base, other, expected) in [
        ("other-scheme", "https://app.example", "", Some("http://app.example")),
        (
            "port-of-other-scheme",
            "http://app.example",
            "",
            Some("http://app.example:443"),
        ),
        ("port-8443", "https://app.example:8443", "", None),
        ("no-port", "https://app.example", "", None),
        (
            "longer-port",
            "https://app.example:3000",
            "",
            Some("https://app.example:30000"),
        ),
        ("longer-port", "https://app.example:8443", "", None),
        (
            "shorter-port",
            "https://app.example:8443",
            "",
            Some("https://app.example:844"),
        ),
        (
            "letters-before",
            "https://app.example",
            "",
            Some("https://evilapp.example"),
        ),
        ("other-top-level", "https://app.example", "", Some("https://app.test")),
        (
            "join-heads",
            "https://foo.example",
            "https://bar.example",
            Some("https://barfoo.example"),
        ),
        (
            "join-heads",
            "https://foo.example",
            "https://barfoo.example",
            Some("https://barfoo.example"),
        ),
        ("subdomain", "https://192.0.2.7", "", None),
        ("character-of-address", "https://[::1]", "", Some("https://1.evil.test")),
        ("next-address", "https://192.0.2.7", "", Some("https://192.0.2.71")),
        ("first-letter-dropped", "https://a.example", "", Some("https://example")),
        ("parent", "https://localhost", "", None),
        ("null", "https://app.example", "", Some("null")),
        ("swap-host", "https://app.example", "https://app.example", None),
        (
            "extension",
            "https://app.example:8443",
            "",
            Some("chrome-extension://app.example"),
        ),
    ] {
        let operator = super::by_name(name).expect("an operator");
        assert_eq!(operator.apply(base, other).as_deref(), expected, "{name} of {base}");
    }
}

#[test]
fn policies_need_only_flags_that_the_subject_claims_and_each_kind_is_generated() {
    let some: BTreeSet<Flag> = [Flag::OriginsList, Flag::Credentials, Flag::MethodsList].into();
    assert_eq!(kinds(&some), [PolicyKind::List]);
    for flags in [all_flags(), some] {
        let mut random = Random::new(1, "test");
        for kind in kinds(&flags) {
            for _ in 0..500 {
                let policy = policy(&mut random, kind, &flags);
                let needed = policy.flags_needed();
                assert!(needed.is_subset(&flags), "{kind:?} needs {needed:?}");
            }
        }
    }
}

#[test]
fn every_flag_and_every_operator_is_reached_within_some_generations() {
    let flags = all_flags();
    let mut random = Random::new(7, "test");
    let (mut reached, mut operators) = (BTreeSet::new(), BTreeMap::<&str, usize>::new());
    for _ in 0..60 {
        for kind in kinds(&flags) {
            let policy = policy(&mut random, kind, &flags);
            reached.extend(policy.flags_needed());
            for visit in visits(&mut random, &policy, 40) {
                for name in visit.requester.operators {
                    *operators.entry(name).or_default() += 1;
                }
            }
        }
    }
    let never: Vec<_> = OPERATORS.iter().filter(|o| !operators.contains_key(o.name)).collect();
    assert!(never.is_empty(), "{never:?}");
    let not_generated = [
        Flag::HeadersPattern,
        Flag::HeadersEchoOnly,
        Flag::MethodsPerRoute,
        Flag::PrivateNetwork,
        Flag::Defaults,
        Flag::Docs,
    ];
    let missing: Vec<_> = flags
        .difference(&reached)
        .filter(|f| !not_generated.contains(f))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_same_seed_gives_the_same_policies_and_visits_and_another_seed_others() {
    let generate = |seed| {
        let mut random = Random::new(seed, "test");
        let policy = policy(&mut random, PolicyKind::List, &all_flags());
        let visits = visits(&mut random, &policy, 40);
        (policy, visits)
    };
    assert_eq!(generate(3), generate(3));
    assert_ne!(generate(3), generate(4));
    let mut random = Random::new(1, "test");
    assert_eq!(random.below(0), 0);
}

#[test]
fn repeated_reductions_end_at_a_policy_and_a_visit_that_are_minimal() {
    let flags = all_flags();
    let mut random = Random::new(11, "test");
    for kind in kinds(&flags) {
        let mut policy = policy(&mut random, kind, &flags);
        let mut visit = visits(&mut random, &policy, 20).pop().expect("a visit");
        let mut steps = 0;
        let simpler = |policy: &_, visit: &_| {
            let of_policy = simpler_policies(policy, visit).into_iter().next();
            let of_visit = || simpler_visits(visit).into_iter().next();
            of_policy.or_else(|| of_visit().map(|visit| (Clone::clone(policy), visit)))
        };
        while let Some(next) = simpler(&policy, &visit) {
            (policy, visit) = next;
            steps += 1;
            assert!(steps < 1000, "{kind:?} does not end");
        }
        assert!(
            visit.requester.operators.is_empty() && visit.requests.len() == 1,
            "{visit:?}"
        );
        assert!(
            policy.methods.listed().is_empty() && policy.routes.is_empty(),
            "{policy:?}"
        );
    }
}
