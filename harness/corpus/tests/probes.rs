//! Probes: their ids are unique and stable, and a correct server satisfies the policy on each of them.

use crosscheck_corpus::policy::{Names, Policy, SAFELISTED_RESPONSE_HEADERS};
use crosscheck_corpus::{Case, Corpus, Expected, Facet, PolicyQuery, probes};
use crosscheck_fetch::{
    Answer, Browser, Driver, HeaderList, Off, Options, Outcome, Request, ResponseType, WireRequest, WireResponse,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn corpus() -> Corpus {
    Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))])
}

/// A correct server: the answers of each path of the policy document, with the CORS headers that the policy requires.
fn right(policy: &Policy, request: &WireRequest) -> WireResponse {
    let path = request.url.path();
    let header = |name: &str| {
        request
            .headers
            .get(name.as_bytes())
            .map(|v| String::from_utf8_lossy(&v).into_owned())
    };
    let mut headers = HeaderList::new();
    let mut status = 200;
    if let Some(rest) = path
        .strip_prefix("/status/")
        .or_else(|| path.strip_prefix("/cached/status/"))
    {
        status = rest.parse().expect("a status");
    }
    match path {
        "/throw" => status = 500,
        "/missing" => status = 404,
        "/auth" if header("authorization").is_none() => status = 401,
        "/redirect" => {
            status = 302;
            headers.push(&b"Location"[..], &b"/"[..]);
        }
        _ => {}
    }
    let preflight = request.preflight;
    if preflight {
        status = 204;
        headers.delete(b"location");
    } else {
        headers.push(&b"X-Hit"[..], &b"1"[..]);
        headers.push(&b"X-Two"[..], &b"v"[..]);
    }
    let text = |s: String| s.into_bytes();
    let asked = header("access-control-request-method").filter(|_| preflight);
    let asked = asked.unwrap_or_else(|| String::from_utf8_lossy(&request.method).into_owned());
    if path == "/acao" && !preflight {
        headers.push(&b"Access-Control-Allow-Origin"[..], &b"https://own.example"[..]);
    } else if let (Some(policy), Some(origin)) = (policy.at(path, &asked), header("origin")) {
        headers.push(&b"Vary"[..], &b"Origin"[..]);
        let is_named = policy.credentials.listed().contains(&origin);
        let any = policy.origins == crosscheck_corpus::policy::Origins::Any && !is_named;
        if policy.origins.allow(&origin) {
            headers.push(
                &b"Access-Control-Allow-Origin"[..],
                text(if any { "*".to_owned() } else { origin }),
            );
            if (policy.credentials.for_all() || is_named) && !any {
                headers.push(&b"Access-Control-Allow-Credentials"[..], &b"true"[..]);
            }
            if preflight {
                let names = |names: &Names| match names {
                    Names::Any => "*".to_owned(),
                    Names::List(list) => list.join(", "),
                };
                headers.push(&b"Access-Control-Allow-Methods"[..], text(names(&policy.methods)));
                let requested = header("access-control-request-headers").unwrap_or_default();
                let matching = requested.split(',').filter(|name| policy.headers.allow_header(name));
                let allowed = match &policy.headers {
                    headers if headers.has_pattern() => matching.collect::<Vec<_>>().join(", "),
                    headers => names(headers),
                };
                headers.push(&b"Access-Control-Allow-Headers"[..], text(allowed));
                if let Some(seconds) = policy.max_age {
                    headers.push(&b"Access-Control-Max-Age"[..], text(seconds.to_string()));
                }
            } else {
                let exposed = match &policy.expose {
                    Names::Any => "*".to_owned(),
                    Names::List(list) => list.join(", "),
                };
                headers.push(&b"Access-Control-Expose-Headers"[..], text(exposed));
            }
        }
    }
    WireResponse {
        status,
        headers,
        ..WireResponse::default()
    }
}

/// The result of one fetch.
struct Shown {
    outcome: Outcome,
    preflight_passed: Option<bool>,
    sent: HeaderList,
}

fn run(
    fetch: &crosscheck_corpus::FetchSpec,
    browser: &mut Browser,
    mut server: impl FnMut(&WireRequest) -> WireResponse,
) -> Shown {
    browser.advance(fetch.after);
    let request = Request::new(&fetch.page, fetch.request.clone()).expect("a probe is a legal request");
    let (mut kinds, mut sent) = (Vec::new(), HeaderList::new());
    let ended = Driver::<Off>::new(request, Options::default()).run(browser, |wire| {
        kinds.push(wire.preflight);
        let answer = server(&wire);
        sent = answer.headers.clone();
        Answer::Response(answer)
    });
    let outcome = ended.outcome;
    let preflight_passed = (kinds.first() == Some(&true)).then(|| kinds.iter().any(|p| !p));
    Shown {
        outcome,
        preflight_passed,
        sent,
    }
}

/// The contradictions to the policy, over all its probes.
fn contradictions(
    policy: &Policy,
    cases: &[Case],
    server: impl Fn(&Policy, &WireRequest) -> WireResponse,
) -> Vec<String> {
    let mut out = Vec::new();
    for case in cases {
        let mut browser = Browser::new();
        for fetch in case.fetches() {
            let Some(query) = PolicyQuery::by(fetch) else {
                assert_eq!(
                    case.id.generated().map(|(g, _)| g),
                    Some("own"),
                    "{} has no query",
                    case.id
                );
                continue;
            };
            let expected = Expected::of(policy, &query);
            let shown = run(fetch, &mut browser, |wire| server(policy, wire));
            let read = shown.outcome.response_type != ResponseType::Error;
            if let Some(passed) = shown.preflight_passed
                && expected.preflight.contradicted_by(passed)
            {
                out.push(format!(
                    "{}: the preflight: {:?}, but {passed}",
                    case.id, expected.preflight
                ));
            }
            if expected.read.contradicted_by(read) {
                out.push(format!("{}: read: {:?}, but {read}", case.id, expected.read));
            }
            for header in shown.sent.iter().filter(|_| read) {
                let name = String::from_utf8_lossy(&header.name).to_ascii_lowercase();
                let seen = shown.outcome.headers.contains(&header.name);
                let own = name.starts_with("access-control-") || SAFELISTED_RESPONSE_HEADERS.contains(&name.as_str());
                if !own && ((seen && !expected.names.may_read(&name)) || (!seen && expected.names.must_read(&name))) {
                    out.push(format!("{}: {name} readable: {seen}", case.id));
                }
            }
        }
    }
    out
}

#[test]
fn ids_are_unique_and_the_same_each_time() {
    let corpus = corpus();
    for (name, named) in &corpus.policies {
        let cases = probes::derive(name, &named.policy);
        let ids: BTreeSet<&str> = cases.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(ids.len(), cases.len());
        let least = if named.policy.origins.meant().is_some() { 15 } else { 80 };
        assert!(cases.len() > least, "{name} has {} probes", cases.len());
        let again = probes::derive(name, &named.policy);
        assert!(cases.iter().map(|c| &c.id).eq(again.iter().map(|c| &c.id)));
        for case in &cases {
            let rest = case
                .id
                .as_str()
                .strip_prefix(&format!("policies/{name}#"))
                .expect("the policy's id");
            assert!(rest.matches('/').count() == 1 && !rest.contains(' '), "{rest}");
        }
    }
}

#[test]
fn every_policy_of_the_corpus_is_probed_from_both_sides() {
    let corpus = corpus();
    for (name, named) in &corpus.policies {
        let mut sides: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for case in probes::derive(name, &named.policy) {
            for query in case.fetches().iter().filter_map(PolicyQuery::by) {
                let expected = Expected::of(&named.policy, &query);
                let side = sides.entry("read").or_default();
                side.0 += usize::from(expected.read == Facet::Must);
                side.1 += usize::from(expected.read == Facet::MustNot);
            }
        }
        let (must, must_not) = sides["read"];
        let never = named.policy.origins
            == crosscheck_corpus::policy::Origins::Predicate(crosscheck_corpus::policy::Predicate::Never);
        assert!(
            // What is meant by a value that is written wrongly is promised nothing.
            (must > 0 || never || named.policy.origins.meant().is_some()) && must_not > 0,
            "{name}: {must} must, {must_not} must not"
        );
    }
}

#[test]
fn a_correct_server_contradicts_no_policy() {
    let corpus = corpus();
    let mut wrong = Vec::new();
    for (name, named) in &corpus.policies {
        wrong.extend(contradictions(
            &named.policy,
            &probes::derive(name, &named.policy),
            right,
        ));
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_server_that_reflects_every_origin_is_caught_under_every_policy_but_open_ones() {
    let corpus = corpus();
    for (name, named) in &corpus.policies {
        let reflect = |policy: &Policy, wire: &WireRequest| {
            let mut answer = right(policy, wire);
            if let Some(origin) = wire.headers.get(b"origin") {
                answer
                    .headers
                    .set(&b"Access-Control-Allow-Origin"[..], origin.into_owned());
                answer
                    .headers
                    .set(&b"Access-Control-Allow-Credentials"[..], &b"true"[..]);
            }
            answer
        };
        let found = contradictions(&named.policy, &probes::derive(name, &named.policy), reflect);
        assert!(!found.is_empty(), "a reflecting server passes under {name}");
    }
}

/// Changes a correct server in one point; some policy of the corpus must detect it.
#[test]
fn each_single_fault_of_a_server_is_caught_under_some_policy() {
    type Fault = fn(&Policy, &WireRequest, &mut WireResponse);
    let faults: [(&str, Fault); 9] = [
        ("nothing on errors", |_, _, answer| {
            if answer.status >= 400 {
                answer.headers.delete(b"access-control-allow-origin");
            }
        }),
        ("every method", |_, wire, answer| {
            if let Some(method) = wire.headers.get(b"access-control-request-method") {
                answer
                    .headers
                    .set(&b"Access-Control-Allow-Methods"[..], method.into_owned());
            }
        }),
        ("every header", |_, wire, answer| {
            if let Some(names) = wire.headers.get(b"access-control-request-headers") {
                answer
                    .headers
                    .set(&b"Access-Control-Allow-Headers"[..], names.into_owned());
            }
        }),
        ("no methods", |_, _, answer| {
            answer.headers.delete(b"access-control-allow-methods")
        }),
        ("no headers", |_, _, answer| {
            answer.headers.delete(b"access-control-allow-headers")
        }),
        ("no exposed names", |_, _, answer| {
            answer.headers.delete(b"access-control-expose-headers")
        }),
        ("everything exposed", |_, _, answer| {
            answer
                .headers
                .set(&b"Access-Control-Expose-Headers"[..], &b"x-hit, x-two"[..]);
        }),
        ("no credentials", |_, _, answer| {
            answer.headers.delete(b"access-control-allow-credentials")
        }),
        ("preflights redirected", |_, wire, answer| {
            if wire.preflight {
                answer.status = 301;
            }
        }),
    ];
    let corpus = corpus();
    for (name, fault) in faults {
        let caught = corpus.policies.iter().any(|(id, named)| {
            let faulty = |policy: &Policy, wire: &WireRequest| {
                let mut answer = right(policy, wire);
                fault(policy, wire, &mut answer);
                answer
            };
            !contradictions(&named.policy, &probes::derive(id, &named.policy), faulty).is_empty()
        });
        assert!(caught, "{name} is caught by no probe");
    }
}

#[test]
fn sloppy_origin_matching_is_caught_under_every_policy_with_a_plain_list() {
    type Sloppy = fn(&str, &str) -> bool;
    let sloppy: [(&str, Sloppy); 6] = [
        ("prefix", |origin, listed| origin.starts_with(listed)),
        ("suffix", |origin, listed| {
            origin.ends_with(listed.split("://").last().unwrap_or_default())
        }),
        ("substring", |origin, listed| {
            origin.contains(listed.split("://").last().unwrap_or_default())
        }),
        ("any scheme", |origin, listed| {
            origin.split("://").last() == listed.split("://").last()
        }),
        ("any port", |origin, listed| {
            let bare = |o: &str| {
                o.rsplit_once(':')
                    .filter(|(_, p)| p.parse::<u16>().is_ok())
                    .map_or(o.to_owned(), |(h, _)| h.to_owned())
            };
            bare(origin) == bare(listed)
        }),
        ("null too", |origin, listed| origin == listed || origin == "null"),
    ];
    let corpus = corpus();
    for (id, named) in &corpus.policies {
        let crosscheck_corpus::policy::Origins::List {
            list,
            under,
            meant: None,
            ..
        } = &named.policy.origins
        else {
            continue;
        };
        if !under.is_empty() || list.is_empty() || list.iter().any(|o| o == "null") || !named.policy.routes.is_empty() {
            continue;
        }
        let cases = probes::derive(id, &named.policy);
        for (kind, matches) in sloppy {
            let faulty = |policy: &Policy, wire: &WireRequest| {
                let mut answer = right(policy, wire);
                if let Some(origin) = wire.headers.get(b"origin") {
                    let text = String::from_utf8_lossy(&origin).into_owned();
                    if list.iter().any(|listed| matches(&text, listed)) {
                        answer
                            .headers
                            .set(&b"Access-Control-Allow-Origin"[..], text.into_bytes());
                    }
                }
                answer
            };
            assert!(
                !contradictions(&named.policy, &cases, faulty).is_empty(),
                "{kind} passes under {id}"
            );
        }
    }
}

#[test]
fn a_search_for_a_listed_null_is_caught() {
    type Sloppy = fn(&str) -> bool;
    let sloppy: [(&str, Sloppy); 3] = [
        ("anywhere", |origin| origin.contains("null")),
        ("at the end", |origin| origin.ends_with("null")),
        ("as the host", |origin| origin.split("://").last() == Some("null")),
    ];
    let corpus = corpus();
    let with_null = |id: &&String| id.contains("null");
    let policies: Vec<_> = corpus.policies.keys().filter(with_null).collect();
    assert!(!policies.is_empty());
    for id in policies {
        let policy = &corpus.policies[id].policy;
        let cases = probes::derive(id, policy);
        for (kind, matches) in sloppy {
            let faulty = |policy: &Policy, wire: &WireRequest| {
                let mut answer = right(policy, wire);
                let origin = wire.headers.get(b"origin").unwrap_or_default().to_vec();
                if matches(&String::from_utf8_lossy(&origin)) {
                    answer.headers.set(&b"Access-Control-Allow-Origin"[..], origin);
                }
                answer
            };
            assert!(
                !contradictions(policy, &cases, faulty).is_empty(),
                "{kind} passes under {id}"
            );
        }
    }
}

#[test]
fn a_grown_header_has_the_requested_length() {
    let corpus = corpus();
    let mut seen = 0;
    for (name, named) in &corpus.policies {
        for case in probes::derive(name, &named.policy) {
            let Some(header) = probes::growing(&case) else { continue };
            for size in probes::SIZES {
                let send = probes::grown(&case, size).expect("it grows");
                let value = send.headers.get(header.as_bytes()).expect("its header");
                // Labels come in pairs of bytes.
                assert!(
                    (size - 1..=size).contains(&value.len()),
                    "{}: {size} is {}",
                    case.id,
                    value.len()
                );
                seen += 1;
            }
        }
    }
    let grown = corpus.policies.values().filter(|p| p.policy.origins.meant().is_none());
    assert_eq!(seen, grown.count() * 3 * probes::SIZES.len());
}

#[test]
fn the_probes_of_a_mode_have_no_expectation_and_their_own_ids() {
    for mode in crosscheck_corpus::policy::Mode::ALL {
        let cases = probes::derive_mode(mode);
        let ids: BTreeSet<&str> = cases.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(ids.len(), cases.len());
        for case in &cases {
            assert!(
                case.id.as_str().starts_with(&format!("policies/{mode}#")),
                "{}",
                case.id
            );
            assert_eq!(case.mode(), Some(mode));
            assert!(
                case.fetches().iter().all(|f| f.expect.response_type().is_none()),
                "{}",
                case.id
            );
        }
    }
}
