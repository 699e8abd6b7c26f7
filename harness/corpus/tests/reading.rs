//! The catalogue, filters, the script, and requests as YAML and as JSON.

use crosscheck_corpus::replay::{Script, Seen};
use crosscheck_corpus::{AppliesTo, Catalogue, Corpus, Filter};
use crosscheck_fetch::{HeaderList, Step, Url};
use std::collections::BTreeMap;

#[test]
fn every_step_of_the_model_is_in_the_catalogue() {
    let catalogue = Catalogue::embedded();
    assert!(catalogue.steps().len() > 300);
    let unknown: Vec<_> = Step::ALL
        .iter()
        .filter(|s| catalogue.get(s.as_str()).is_none())
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Requirements for servers are excluded, because the model is a browser.
#[test]
fn every_step_of_the_catalogue_that_is_in_the_model_is_one_of_its_steps() {
    let catalogue = Catalogue::embedded();
    let missing: Vec<_> = catalogue
        .steps()
        .iter()
        .filter(|s| s.out_of_model.is_none() && s.applies_to != AppliesTo::Server)
        .filter(|s| s.id.as_str().parse::<Step>().is_err())
        .map(|s| &s.id)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_catalogue_with_a_step_twice_or_an_unknown_key_does_not_load() {
    let step = "- {id: a/b, anchor: '#x', applies_to: both, level: must, summary: s}\n";
    assert_eq!(Catalogue::load(step).expect("loads").steps().len(), 1);
    assert!(Catalogue::load(&step.repeat(2)).is_err());
    assert!(Catalogue::load(&step.replace("level", "lvl")).is_err());
    assert!(Catalogue::load(&step.replace("both", "all")).is_err());
}

fn corpus(cases: &str) -> Corpus {
    let text = format!(
        "title: t\ndefaults: {{ origin: https://a.test, expect: {{ type: error }}, request: {{ url: https://b.test/x }} }}\ncases:\n{cases}"
    );
    let corpus = Corpus::from_text("group/topic", &text, BTreeMap::new());
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
    corpus
}

#[test]
fn filters_select_by_id_glob_and_key() {
    let corpus = corpus(
        "  - { id: one, title: t, tags: [fast], steps: [cors-check/exact-origin], exchange: [] }\n  - { id: two, title: \"${v}\", rows: [{ id: a, v: x }, { id: b, v: y }], see: CVE-1, not_steps: [method/safelist], exchange: [] }\n",
    );
    for (filter, expected) in [
        ("group/topic#one", vec!["one"]),
        ("group/topic#two", vec!["two/a", "two/b"]),
        ("group/topic#two/b", vec!["two/b"]),
        ("group/topic", vec!["one", "two/a", "two/b"]),
        ("group/topic.yaml", vec!["one", "two/a", "two/b"]),
        ("group", vec!["one", "two/a", "two/b"]),
        ("grou", vec![]),
        ("*#two/*", vec!["two/a", "two/b"]),
        ("group/*", vec!["one", "two/a", "two/b"]),
        ("tag:fast", vec!["one"]),
        ("step:cors-check/exact-origin", vec!["one"]),
        ("step:cors-check", vec!["one"]),
        ("step:method/safelist", vec!["two/a", "two/b"]),
        ("need:https", vec!["one", "two/a", "two/b"]),
        ("see:CVE", vec!["two/a", "two/b"]),
        ("policy:x", vec![]),
        ("verdict:pass", vec!["one", "two/a", "two/b"]),
    ] {
        let filter = Filter::parse(filter).unwrap_or_else(|e| panic!("{filter}: {e}"));
        let ids: Vec<&str> = corpus
            .cases
            .iter()
            .filter(|c| filter.matches(c))
            .map(|c| &c.id.as_str()["group/topic#".len()..])
            .collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
    for bad in ["stepp:x", "step:", "a{b"] {
        assert!(Filter::parse(bad).is_err(), "{bad}");
    }
}

/// Requests as `METHOD /path`, and the script's answer to each: the entry, or `-`.
#[track_caller]
fn script(exchange: &str, requests: &[&str], expected: &[&str], missing: usize) {
    let corpus = corpus(&format!("  - {{ id: a, title: t, exchange: {exchange} }}\n"));
    let mut script = Script::new(&corpus.cases[0].fetches()[0].exchange);
    let headers = [("X-A", "1"), ("x-a", "2")]
        .into_iter()
        .map(|(n, v)| (n.as_bytes(), v.as_bytes()))
        .collect::<HeaderList>();
    let mut got = Vec::new();
    for request in requests {
        let (method, path) = request.split_once(' ').expect("two words");
        let url = Url::parse("https://b.test/")
            .expect("a URL")
            .join(path)
            .expect("a path");
        let reply = script.reply(&Seen {
            method: method.as_bytes(),
            url: &url,
            headers: &headers,
            body: b"body",
        });
        assert_eq!(reply.entry.is_none(), reply.unmatched.is_some());
        got.push(reply.entry.map_or_else(|| "-".to_owned(), |i| i.to_string()));
    }
    assert_eq!(got, expected, "{exchange}");
    assert_eq!(script.finish().len(), missing, "{exchange}");
}

#[test]
fn requests_match_entries_in_order() {
    let get = "{ request: { method: GET }, response: {} }";
    let put = "{ request: { method: PUT }, response: {} }";
    let maybe = "{ request: { method: OPTIONS }, optional: no-preflight-cache, response: {} }";
    script(&format!("[{get}, {put}]"), &["GET /", "PUT /"], &["0", "1"], 0);
    script(&format!("[{get}, {put}]"), &["PUT /"], &["-"], 2);
    script(&format!("[{get}, {put}]"), &["GET /"], &["0"], 1);
    script(&format!("[{maybe}, {put}]"), &["PUT /"], &["1"], 0);
    script(&format!("[{maybe}, {put}]"), &["OPTIONS /", "PUT /"], &["0", "1"], 0);
    script(&format!("[{put}, {maybe}]"), &["PUT /"], &["0"], 0);
    script("[{ response: {} }]", &["ANY /", "ANY /"], &["0", "-"], 0);
    script("[]", &["GET /"], &["-"], 0);
}

#[test]
fn a_request_that_the_standard_sends_is_not_optional() {
    let share = "response: { headers: { Access-Control-Allow-Origin: \"*\", Access-Control-Allow-Methods: PUT } }";
    for (optional, mismatches) in [("", 0), (", optional: no-preflight-cache", 1)] {
        let corpus = corpus(&format!(
            "  - {{ id: a, title: t, request: {{ url: https://b.test/, method: PUT }}, expect: {{ type: cors }}, exchange: \
             [{{ request: {{ method: OPTIONS }}, {share}{optional} }}, {{ request: {{ method: PUT }}, {share} }}] }}\n"
        ));
        let found = crosscheck_corpus::replay::mismatches(&corpus.cases[0]);
        assert_eq!(found.len(), mismatches, "{found:#?}");
    }
}

#[test]
fn only_what_is_stated_is_compared() {
    let entry = |request: &str| format!("[{{ request: {request}, response: {{}} }}]");
    for (request, matches) in [
        ("{ headers: { x-A: \"1, 2\" } }", true),
        ("{ headers: { x-a: \"1\" } }", false),
        ("{ headers: { x-a: { any: true } } }", true),
        ("{ headers: { x-b: { any: true } } }", false),
        ("{ headers: { x-a: { not: \"1\" } } }", true),
        ("{ headers: { x-a: { not: \"1, 2\" } } }", false),
        ("{ headers: { x-b: { not: \"1\" } } }", true),
        ("{ absent: [x-b] }", true),
        ("{ absent: [X-A] }", false),
        ("{ body: body }", true),
        ("{ body: { hex: \"62 6f 64 79\" } }", true),
        ("{ body: other }", false),
        ("{ url: \"https://B.test/p#fragment\" }", true),
        ("{ url: \"https://b.test/p?q\" }", false),
        ("{ method: get }", false),
    ] {
        script(
            &entry(request),
            &["GET /p"],
            if matches { &["0"] } else { &["-"] },
            usize::from(!matches),
        );
    }
}

#[test]
fn a_request_as_json_loads_as_the_same_request() {
    let requests = [
        "{ url: https://b.test/x }",
        "{ url: https://b.test/x, method: PUT, mode: cors, credentials: include, headers: [[A, \"\\xFF\"], [a, b]], body: text }",
        "{ url: https://b.test/x, upload_listener: true, body: { hex: \"00ff\" }, redirect: manual, referrer: \"\", cache: no-store }",
        "{ url: https://b.test/x, body: { form: { a: b } }, referrer_policy: origin, integrity: sha256-x }",
        "{ url: https://b.test/x, body: { urlencoded: { a: b } }, via: form }",
        "{ url: https://b.test/x, body: { blob: { type: text/x, text: t } } }",
        "{ url: https://b.test/x, body: { stream: [a, { hex: \"ff\" }] } }",
    ];
    for request in requests {
        let case = |request: &str| {
            let corpus = corpus(&format!(
                "  - {{ id: a, title: t, exchange: [], request: {request} }}\n"
            ));
            corpus.cases[0].fetches()[0].clone()
        };
        let first = case(request);
        let again = case(&first.request_json().to_string());
        assert_eq!(first.request, again.request, "{request}");
    }
}
