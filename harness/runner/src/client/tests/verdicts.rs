//! The judge by tables: what a page says that it got, and what was on the wire.

use super::cases_of;
use crate::client::book::{Arrived, Book};
use crate::client::run::result;
use crosscheck_fetch::{HeaderList, Url};
use crosscheck_results::{CaseResult, Verdict};
use serde_json::{Value, json};
use std::time::Instant;

/// A request of the wire: method, path, header lines.
type Sent<'t> = (&'t str, &'t str, &'t [(&'t str, &'t str)]);

const GET: Sent<'_> = ("GET", "/data", &[]);
const PUT: Sent<'_> = ("PUT", "/data", &[]);
const OPTIONS: Sent<'_> = ("OPTIONS", "/data", &[("Access-Control-Request-Method", "PUT")]);

/// One fetch of the case that the text writes below `request`.
fn judge(via: &str, exchange: &str, rest: &str, sent: &[Sent<'_>], outcome: Value) -> CaseResult {
    let text = format!(
        "  - id: a\n    title: t\n    request: {{ url: \"https://api.example/data\", {via} }}\n    exchange: {exchange}\n{rest}\n"
    );
    let mut book = Book::new(&cases_of(&text));
    book.hand(0, Instant::now());
    for (method, path, headers) in sent {
        let arrived = Arrived {
            method: method.as_bytes().to_vec(),
            url: Url::parse(&format!("https://api.example/~0{path}")).expect("a URL"),
            headers: headers
                .iter()
                .map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec()))
                .collect::<HeaderList>(),
            body: Vec::new(),
            head: Vec::new(),
        };
        book.answer(arrived).expect("the case is there");
    }
    let reported = serde_json::from_value(outcome).expect("a report");
    book.report(0, 0, reported, Instant::now());
    result("tables", &book.ended(0).expect("the case has ended"))
}

#[test]
fn outcomes_are_ordered_by_what_the_page_can_read() {
    let get = r#"[{ request: { method: GET }, response: { body: "a" } }]"#;
    for (expect, outcome, verdict) in [
        ("{ type: cors }", json!({ "type": "cors" }), Verdict::Pass),
        ("{ type: cors }", json!({ "type": "error" }), Verdict::OverDeny),
        ("{ type: cors }", json!({ "type": "opaque" }), Verdict::OverDeny),
        ("{ type: cors }", json!({ "type": "opaqueredirect" }), Verdict::OverDeny),
        // As much to read under another name.
        ("{ type: cors }", json!({ "type": "basic" }), Verdict::Wire),
        ("{ type: error }", json!({ "type": "error" }), Verdict::Pass),
        ("{ type: error }", json!({ "type": "opaque" }), Verdict::OverGrant),
        ("{ type: error }", json!({ "type": "cors" }), Verdict::OverGrant),
        ("{ type: opaque }", json!({ "type": "basic" }), Verdict::OverGrant),
        ("{ type: opaque }", json!({ "type": "error" }), Verdict::OverDeny),
        ("{ type: opaque }", json!({ "type": "opaqueredirect" }), Verdict::Wire),
        (
            "{ type: cors, status: 200 }",
            json!({ "type": "cors", "status": 204 }),
            Verdict::Wire,
        ),
        (
            "{ type: cors, body: a }",
            json!({ "type": "cors", "body": "YQ==" }),
            Verdict::Pass,
        ),
        (
            "{ type: cors, body: a }",
            json!({ "type": "cors", "body": "Yg==" }),
            Verdict::Wire,
        ),
        (
            "{ type: cors, redirected: false }",
            json!({ "type": "cors", "redirected": true }),
            Verdict::Wire,
        ),
        (
            "{ type: cors, readable: { X-A: \"1\" } }",
            json!({ "type": "cors", "headers": [["x-a", "1"]] }),
            Verdict::Pass,
        ),
        (
            "{ type: cors, readable: { X-A: \"1\" } }",
            json!({ "type": "cors" }),
            Verdict::OverDeny,
        ),
        (
            "{ type: cors, readable: { X-A: \"1\" } }",
            json!({ "type": "cors", "headers": [["x-a", "2"]] }),
            Verdict::Wire,
        ),
        (
            "{ type: cors, hidden: [X-A] }",
            json!({ "type": "cors", "headers": [["X-a", ""]] }),
            Verdict::OverGrant,
        ),
        // An outcome that is none is the client's fault and no grant.
        ("{ type: error }", json!({ "type": "default" }), Verdict::Broken),
        (
            "{ type: cors }",
            json!({ "type": "cors", "body": "*" }),
            Verdict::Broken,
        ),
        (
            "{ type: error }",
            json!({ "type": "error", "hung": true }),
            Verdict::Broken,
        ),
    ] {
        let judged = judge("", get, &format!("    expect: {expect}"), &[GET], outcome.clone());
        assert_eq!(judged.verdict, verdict, "{expect} {outcome}: {judged:#?}");
    }
}

#[test]
fn the_wire_is_judged_too() {
    let get = r#"[{ request: { method: GET, url: "https://api.example/data", absent: [X-Extra] }, response: {} }]"#;
    let extra = ("GET", "/data", &[("X-Extra", "1")][..]);
    for (sent, verdict) in [
        (vec![GET], Verdict::Pass),
        (vec![], Verdict::Wire),
        (vec![GET, GET], Verdict::Wire),
        (vec![extra], Verdict::Wire),
        (vec![("GET", "/other", &[])], Verdict::Wire),
        (vec![("POST", "/data", &[])], Verdict::Wire),
    ] {
        let judged = judge(
            "",
            get,
            "    expect: { type: error }",
            &sent,
            json!({ "type": "error" }),
        );
        assert_eq!(judged.verdict, verdict, "{sent:?}: {judged:#?}");
    }
}

#[test]
fn an_actual_request_without_its_preflight_or_after_a_failed_one_is_a_grant() {
    let passes = "[{ request: { method: OPTIONS }, response: {} }, { request: { method: PUT, headers: { X-A: \"1\" } }, response: {} }]";
    let fails = "[{ request: { method: OPTIONS }, response: {} }]";
    let with = ("PUT", "/data", &[("X-A", "1")][..]);
    for (exchange, sent, verdict) in [
        (passes, vec![OPTIONS, with], Verdict::Pass),
        (passes, vec![with], Verdict::OverGrant),
        (passes, vec![with, OPTIONS], Verdict::OverGrant),
        (passes, vec![PUT], Verdict::OverGrant),
        // The preflight had passed: the request is wrong, and the page got no more than it may.
        (passes, vec![OPTIONS, PUT], Verdict::Wire),
        (passes, vec![OPTIONS, with, with], Verdict::Wire),
        (passes, vec![OPTIONS, OPTIONS], Verdict::Wire),
        (fails, vec![OPTIONS], Verdict::Pass),
        (fails, vec![OPTIONS, OPTIONS], Verdict::Wire),
        (fails, vec![OPTIONS, PUT], Verdict::OverGrant),
        (fails, vec![PUT], Verdict::OverGrant),
        (fails, vec![OPTIONS, OPTIONS, PUT], Verdict::OverGrant),
    ] {
        let judged = judge(
            "method: PUT",
            exchange,
            "    expect: { type: error }",
            &sent,
            json!({ "type": "error" }),
        );
        assert_eq!(judged.verdict, verdict, "{exchange} {sent:?}: {judged:#?}");
    }
}

#[test]
fn a_freedom_of_the_standard_allows() {
    let exchange = r#"[{ request: { method: GET, absent: [Accept-Language] }, response: {} }]"#;
    let rest = r#"    expect: { type: cors, readable: { X-A: "1" } }
    also_allowed:
      - { leniency: max-empty-list-items, reason: another outcome, expect: { type: error } }
      - leniency: accept-language-on-preflight
        reason: another wire
        exchange: [{ request: { method: GET, headers: { Accept-Language: "de" } }, response: {} }]"#;
    let german = ("GET", "/data", &[("Accept-Language", "de")][..]);
    let readable = json!({ "type": "cors", "headers": [["X-A", "1"]] });
    for (sent, outcome, verdict, leniency) in [
        (GET, readable.clone(), Verdict::Pass, None),
        (
            GET,
            json!({ "type": "error" }),
            Verdict::Allowed,
            Some("max-empty-list-items"),
        ),
        (german, readable, Verdict::Allowed, Some("accept-language-on-preflight")),
        // Neither way holds as a whole: it is judged by the case's own words.
        (german, json!({ "type": "error" }), Verdict::OverDeny, None),
        (GET, json!({ "type": "cors" }), Verdict::OverDeny, None),
    ] {
        let judged = judge("", exchange, rest, &[sent], outcome.clone());
        assert_eq!(judged.verdict, verdict, "{sent:?} {outcome}: {judged:#?}");
        let reason = judged.reason.unwrap_or_default();
        assert_eq!(leniency.is_some(), !reason.is_empty(), "{reason}");
        assert!(reason.contains(leniency.unwrap_or_default()), "{reason}");
    }
}

#[test]
fn an_optional_entry_that_comes_is_allowed_by_its_leniency_and_may_be_left_out() {
    let exchange = "[{ request: { method: OPTIONS }, response: {}, optional: no-preflight-cache }, { request: { method: PUT, headers: { X-A: \"1\" } }, response: {} }]";
    let with = ("PUT", "/data", &[("X-A", "1")][..]);
    for (sent, verdict) in [
        (vec![OPTIONS, with], Verdict::Allowed),
        (vec![with], Verdict::Pass),
        // No preflight need come, so that a wrong request slips past none.
        (vec![PUT], Verdict::Wire),
        (vec![OPTIONS, PUT], Verdict::Wire),
    ] {
        let judged = judge(
            "method: PUT",
            exchange,
            "    expect: { type: error }",
            &sent,
            json!({ "type": "error" }),
        );
        assert_eq!(judged.verdict, verdict, "{sent:?}: {judged:#?}");
    }
}

#[test]
fn a_call_that_must_throw_lets_nothing_onto_the_wire() {
    for (sent, outcome, verdict) in [
        (vec![], json!({ "type": "error", "name": "TypeError" }), Verdict::Pass),
        (vec![GET], json!({ "type": "error" }), Verdict::Wire),
        (vec![], json!({ "type": "basic" }), Verdict::OverGrant),
        (vec![GET], json!({ "type": "cors" }), Verdict::OverGrant),
    ] {
        let judged = judge(
            "method: TRACE",
            "[]",
            "    expect: { throws: TypeError }",
            &sent,
            outcome.clone(),
        );
        assert_eq!(judged.verdict, verdict, "{sent:?} {outcome}: {judged:#?}");
    }
}

#[test]
fn of_a_form_and_a_navigation_only_the_wire_is_judged() {
    let exchange = "[{ request: { method: GET }, response: {} }]";
    for via in ["form", "navigate"] {
        for outcome in ["opaque", "error", "basic"] {
            let mode = format!("via: {via}");
            let expect = "    expect: { type: opaque }";
            let judged = judge(&mode, exchange, expect, &[GET], json!({ "type": outcome }));
            assert_eq!(judged.verdict, Verdict::Pass, "{judged:#?}");
            let judged = judge(&mode, exchange, expect, &[], json!({ "type": outcome }));
            assert_eq!(judged.verdict, Verdict::Wire, "{judged:#?}");
        }
    }
}

#[test]
fn an_xhr_does_not_tell_whether_it_was_redirected() {
    let exchange = "[{ request: { method: GET }, response: {} }]";
    let expect = "    expect: { type: cors, redirected: true }";
    for (via, verdict) in [("via: xhr", Verdict::Pass), ("via: fetch", Verdict::Wire)] {
        let judged = judge(via, exchange, expect, &[GET], json!({ "type": "cors" }));
        assert_eq!(judged.verdict, verdict, "{judged:#?}");
    }
}

#[test]
fn a_fault_ends_the_judging_of_a_case() {
    let share = r#"[{ response: { headers: { Access-Control-Allow-Origin: "*" } } }]"#;
    let next = format!(
        "    expect: {{ type: cors }}\n    then: [{{ request: {{ url: \"https://api.example/data\" }}, exchange: {share}, expect: {{ type: cors }} }}]"
    );
    let text = format!(
        "  - id: a\n    title: t\n    request: {{ url: \"https://api.example/data\" }}\n    exchange: {share}\n{next}\n"
    );
    let mut book = Book::new(&cases_of(&text));
    book.hand(0, Instant::now());
    for leg in 0..2 {
        let reported = serde_json::from_value(json!({ "type": "error" })).expect("a report");
        book.report(0, leg, reported, Instant::now());
    }
    let judged = result("tables", &book.ended(0).expect("an end"));
    assert_eq!(judged.deviations.len(), 1, "{judged:#?}");
    assert_eq!(judged.verdict, Verdict::OverDeny);
    assert_eq!(judged.outcome.len(), 2);
}

#[test]
fn what_does_not_parse_is_told_from_what_cors_refuses() {
    let exchange = "[{ request: { method: GET }, response: {} }]";
    for (control, told) in [(Value::Null, false), (json!(true), false), (json!(false), true)] {
        let outcome = json!({ "type": "error", "control": control });
        let judged = judge("", exchange, "    expect: { type: cors }", &[GET], outcome);
        let what = &judged.deviations.first().expect("a deviation").what;
        assert_eq!(what.contains("does not parse"), told, "{what}");
    }
}
