//! Tables for the judge: the reported outcome and the recorded requests, and the verdict.

use super::cases_of;
use crate::client::case_queue::{Arrived, CaseQueue};
use crate::client::run::result;
use crosscheck_fetch::{HeaderList, Url};
use crosscheck_results::{CaseResult, Verdict};
use serde_json::{Value, json};
use std::time::Instant;

/// A recorded request: method, path, header lines.
pub(super) type Sent<'t> = (&'t str, &'t str, &'t [(&'t str, &'t str)]);

pub(super) const GET: Sent<'_> = ("GET", "/data", &[]);
const PUT: Sent<'_> = ("PUT", "/data", &[]);
const OPTIONS: Sent<'_> = ("OPTIONS", "/data", &[("Access-Control-Request-Method", "PUT")]);

/// Judges a case with one fetch. `via` is added to its request, `rest` to the case.
pub(super) fn judge(via: &str, exchange: &str, rest: &str, sent: &[Sent<'_>], outcome: Value) -> CaseResult {
    let text = format!(
        "  - id: a\n    title: t\n    request: {{ url: \"https://api.example/data\", {via} }}\n    exchange: {exchange}\n{rest}\n"
    );
    let mut queue = CaseQueue::new(&cases_of(&text));
    queue.hand(0, Instant::now());
    for request in sent {
        let arrived = arrived("https://api.example", *request);
        queue.answer(arrived).expect("the case is there");
    }
    let reported = serde_json::from_value(outcome).expect("a report");
    queue.report(0, 0, reported, Instant::now());
    result("tables", &queue.ended(0).expect("the case has ended"))
}

pub(super) fn arrived(origin: &str, (method, path, headers): Sent<'_>) -> Arrived {
    Arrived {
        method: method.as_bytes().to_vec(),
        url: Url::parse(&format!("{origin}/~0{path}")).expect("a URL"),
        headers: headers
            .iter()
            .map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec()))
            .collect::<HeaderList>(),
        body: Vec::new(),
        head: Vec::new(),
    }
}

#[test]
fn outcomes_are_ordered_by_what_the_page_can_read() {
    let get = r#"[{ request: { method: GET }, response: { body: "a" } }]"#;
    for (expect, outcome, verdict) in [
        ("{ type: cors }", json!({ "type": "cors" }), Verdict::Pass),
        ("{ type: cors }", json!({ "type": "error" }), Verdict::OverDeny),
        ("{ type: cors }", json!({ "type": "opaque" }), Verdict::OverDeny),
        ("{ type: cors }", json!({ "type": "opaqueredirect" }), Verdict::OverDeny),
        // The page can read as much, but the type differs.
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
        // An invalid outcome is a fault of the client, not a grant.
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
fn requests_are_judged_too() {
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
        // The preflight had passed: the request is wrong, but the page got no more than it may.
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
fn a_leniency_of_the_standard_is_allowed() {
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
        // Neither alternative matches as a whole, so the main expectation decides.
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
fn an_optional_request_is_allowed_by_its_leniency_and_may_be_missing() {
    let exchange = "[{ request: { method: OPTIONS }, response: {}, optional: no-preflight-cache }, { request: { method: PUT, headers: { X-A: \"1\" } }, response: {} }]";
    let with = ("PUT", "/data", &[("X-A", "1")][..]);
    for (sent, verdict) in [
        (vec![OPTIONS, with], Verdict::Allowed),
        (vec![with], Verdict::Pass),
        // No preflight is required, so a wrong request bypasses none.
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
fn a_call_that_must_throw_sends_nothing() {
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
fn only_the_requests_of_forms_and_navigations_are_judged() {
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
fn redirected_is_not_judged_for_an_xhr() {
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
    let mut queue = CaseQueue::new(&cases_of(&text));
    queue.hand(0, Instant::now());
    for leg in 0..2 {
        let reported = serde_json::from_value(json!({ "type": "error" })).expect("a report");
        queue.report(0, leg, reported, Instant::now());
    }
    let judged = result("tables", &queue.ended(0).expect("an end"));
    assert_eq!(judged.deviations.len(), 1, "{judged:#?}");
    assert_eq!(judged.verdict, Verdict::OverDeny);
    assert_eq!(judged.outcome.len(), 2);
}

#[test]
fn parse_failures_are_distinguished_from_cors_failures() {
    let exchange = "[{ request: { method: GET }, response: {} }]";
    for (control, is_parse_failure) in [(Value::Null, false), (json!(true), false), (json!(false), true)] {
        let outcome = json!({ "type": "error", "control": control });
        let judged = judge("", exchange, "    expect: { type: cors }", &[GET], outcome);
        let what = &judged.deviations.first().expect("a deviation").what;
        assert_eq!(what.contains("does not parse"), is_parse_failure, "{what}");
    }
}
