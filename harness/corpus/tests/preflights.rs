//! Preflights in full: a server that treats one pair of method, header, path and origin wrongly meets a probe of that pair.

use crosscheck_corpus::policy::{Names, Origins, Policy};
use crosscheck_corpus::{Case, Corpus, Expected, Facet, PolicyQuery, probes};
use std::collections::BTreeSet;
use std::path::PathBuf;

const PATHS: [&str; 14] = [
    "/",
    "/missing",
    "/throw",
    "/cached",
    "/status/401",
    "/status/403",
    "/status/404",
    "/status/413",
    "/status/422",
    "/status/429",
    "/status/500",
    "/status/502",
    "/status/503",
    "/status/504",
];

/// The values of one kind, as they are in a request.
type Values = Vec<String>;

fn methods(policy: &Policy) -> Values {
    let more = match &policy.methods {
        Names::Any => vec!["PUT".to_owned()],
        Names::List(list) => list.clone(),
    };
    let all = ["GET", "HEAD", "POST"].into_iter().map(str::to_owned).chain(more);
    all.collect::<BTreeSet<String>>().into_iter().collect()
}

fn headers(policy: &Policy) -> Values {
    let mut listed: Vec<String> = match &policy.headers {
        Names::Any => vec!["x-one".to_owned(), "content-type".to_owned()],
        names @ Names::List(_) => names.examples().iter().map(|n| n.to_ascii_lowercase()).collect(),
    };
    listed.sort_unstable();
    let none = String::new();
    let all = if listed.len() > 1 {
        vec![listed.join(",")]
    } else {
        Vec::new()
    };
    std::iter::once(none).chain(listed).chain(all).collect()
}

/// What a policy allows: what it lists, or up to four examples.
fn origins(policy: &Policy) -> Values {
    probes::samples(&policy.origins).into_iter().take(4).collect()
}

/// The preflights of a policy that must pass, or that must fail: method, headers, path, origin.
fn requested(policy: &Policy, cases: &[Case], facet: Facet) -> BTreeSet<[String; 4]> {
    let queries = cases.iter().flat_map(Case::fetches).filter_map(PolicyQuery::by);
    let judged = queries.filter(|q| q.needs_preflight() && Expected::of(policy, q).preflight == facet);
    judged
        .map(|q| [q.method, q.unsafe_headers.join(","), q.path, q.origin])
        .collect()
}

/// The pairs of values of two kinds that no request has.
fn missing(kinds: &[(usize, Values)], requested: &BTreeSet<[String; 4]>) -> Vec<String> {
    let mut out = Vec::new();
    for (i, (one, ones)) in kinds.iter().enumerate() {
        for (other, others) in &kinds[i + 1..] {
            for a in ones {
                let has = |b: &&String| requested.iter().any(|r| r[*one] == *a && r[*other] == **b);
                out.extend(others.iter().filter(|b| !has(b)).map(|b| format!("`{a}` and `{b}`")));
            }
        }
    }
    out
}

fn corpus() -> Corpus {
    Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))])
}

/// Policies of each kind whose probes combine every path.
const RICH: [&str; 7] = [
    "any-wide",
    "json",
    "list-credentials",
    "regex",
    "routes",
    "several",
    "under",
];

#[test]
fn each_pair_that_a_policy_grants_is_in_a_preflight() {
    let corpus = corpus();
    let mut out = Vec::new();
    for (name, named) in &corpus.policies {
        let (policy, cases) = (&named.policy, probes::derive(name, &named.policy));
        if origins(policy).is_empty() {
            continue;
        }
        let mut passing = requested(policy, &cases, Facet::Must);
        let mut kinds = vec![(0, methods(policy)), (1, headers(policy)), (3, origins(policy))];
        if RICH.contains(&name.as_str()) {
            kinds.push((2, PATHS.iter().map(|p| (*p).to_owned()).collect()));
        } else {
            passing.retain(|r| r[2] == "/");
        }
        out.extend(missing(&kinds, &passing).into_iter().map(|m| format!("{name}: {m}")));
    }
    assert!(out.is_empty(), "{}", out.join("\n"));
}

#[test]
fn each_pair_of_an_origin_that_is_not_allowed_is_in_a_preflight() {
    let corpus = corpus();
    let mut out = Vec::new();
    for (name, named) in &corpus.policies {
        let policy = &named.policy;
        if policy.origins == Origins::Any || origins(policy).is_empty() {
            continue;
        }
        let mut failing = requested(policy, &probes::derive(name, policy), Facet::MustNot);
        // Only the origin may be the reason.
        let (granted_methods, granted_headers) = (methods(policy), headers(policy));
        failing.retain(|r| granted_methods.contains(&r[0]) && granted_headers.contains(&r[1]));
        for null in [true, false] {
            if null && policy.origins.allow("null") {
                continue;
            }
            let of_kind = failing
                .iter()
                .filter(|r| (r[3] == "null") == null && !policy.origins.allow(&r[3]));
            let of_kind: BTreeSet<[String; 4]> = of_kind
                .map(|[method, headers, path, _]| [method.clone(), headers.clone(), path.clone(), "x".to_owned()])
                .collect();
            let x = (3, vec!["x".to_owned()]);
            let mut kinds = vec![(0, granted_methods.clone()), (1, granted_headers.clone())];
            if RICH.contains(&name.as_str()) {
                kinds.push((2, PATHS.iter().map(|p| (*p).to_owned()).collect()));
            }
            for kind in kinds {
                let found = missing(&[kind, x.clone()], &of_kind);
                out.extend(found.into_iter().map(|m| format!("{name}: null is {null}: {m}")));
            }
        }
    }
    assert!(out.is_empty(), "{}", out.join("\n"));
}

#[test]
fn a_header_that_is_not_listed_is_in_a_preflight_of_each_path_and_method() {
    let corpus = corpus();
    for name in RICH {
        let policy = &corpus.policies[name].policy;
        let Names::List(listed) = &policy.headers else { continue };
        let other = match listed.iter().any(|l| l.eq_ignore_ascii_case("authorization")) {
            true => "x-evil",
            false => "authorization",
        };
        let mut failing = requested(policy, &probes::derive(name, policy), Facet::MustNot);
        failing.retain(|r| policy.origins.allow(&r[3]) && methods(policy).contains(&r[0]));
        let other = vec![other.to_owned()];
        let paths = PATHS.iter().map(|p| (*p).to_owned()).collect();
        for kind in [(0, methods(policy)), (2, paths)] {
            let found = missing(&[(1, other.clone()), kind], &failing);
            assert!(found.is_empty(), "{name}: {}", found.join("\n"));
        }
    }
}

#[test]
fn what_a_policy_does_not_say_is_in_no_preflight() {
    let corpus = corpus();
    for (name, named) in &corpus.policies {
        let cases = probes::derive(name, &named.policy);
        for case in cases.iter().filter(|c| c.is_preflight_only()) {
            for query in case.fetches().iter().filter_map(PolicyQuery::by) {
                let expected = Expected::of(&named.policy, &query);
                assert!(query.needs_preflight(), "{}", case.id);
                assert_ne!(expected.preflight, Facet::Unspecified, "{}", case.id);
            }
        }
    }
}

#[test]
fn ids_and_requests_of_preflights_stay() {
    let corpus = corpus();
    for (id, title) in [
        (
            "policies/several#preflight-at/status-422-put",
            "the preflight of https://app.example:8443 for PUT /status/422 with if-none-match",
        ),
        (
            "policies/json#preflight-of/post-json-second",
            "the preflight of https://a.site.example for POST / with content-type",
        ),
        (
            "policies/list-credentials#preflight-at/throw-null",
            "the preflight of null for HEAD /throw with x-one",
        ),
        (
            "policies/pair#preflight-of/head-none-second",
            "the preflight of https://a.site.example for HEAD /",
        ),
    ] {
        let policy = &id["policies/".len()..id.find('#').unwrap_or_default()];
        let cases = probes::derive(policy, &corpus.policies[policy].policy);
        let found = cases.iter().find(|c| c.id == *id).map(|c| c.title.as_str());
        assert_eq!(found, Some(title), "{id}");
    }
}
