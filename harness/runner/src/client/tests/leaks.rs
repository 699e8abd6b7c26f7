//! Tables for the judge: what a page reads and must not, also where the case does not name it, and values byte for byte.

use super::cases_of;
use super::verdicts::{GET, arrived, judge};
use crate::client::case_queue::CaseQueue;
use crate::client::run::result;
use crosscheck_results::Verdict;
use serde_json::json;
use std::time::Instant;

#[test]
fn a_response_that_shows_nothing_is_checked_for_everything() {
    let get = r#"[{ request: { method: GET }, response: { status: 302, headers: { Location: /to } } }]"#;
    let own = "https://api.example/~0/data";
    for (expect, outcome, verdict) in [
        // Everything that an opaque response, an opaque redirect and a network error have.
        (
            "opaque",
            json!({ "type": "opaque", "status": 0, "statusText": "", "headers": [], "body": "", "url": "", "redirected": false }),
            Verdict::Pass,
        ),
        (
            "opaqueredirect",
            json!({ "type": "opaqueredirect", "url": own }),
            Verdict::Pass,
        ),
        ("error", json!({ "type": "error", "name": "TypeError" }), Verdict::Pass),
        // One wrong facet each.
        ("opaque", json!({ "type": "opaque", "status": 200 }), Verdict::OverGrant),
        (
            "opaque",
            json!({ "type": "opaque", "statusText": "OK" }),
            Verdict::OverGrant,
        ),
        (
            "opaque",
            json!({ "type": "opaque", "headers": [["x-a", "1"]] }),
            Verdict::OverGrant,
        ),
        (
            "opaque",
            json!({ "type": "opaque", "headers": [["content-type", ""]] }),
            Verdict::OverGrant,
        ),
        (
            "opaque",
            json!({ "type": "opaque", "body": "YQ==" }),
            Verdict::OverGrant,
        ),
        ("opaque", json!({ "type": "opaque", "url": own }), Verdict::OverGrant),
        (
            "opaque",
            json!({ "type": "opaque", "redirected": true }),
            Verdict::OverGrant,
        ),
        (
            "opaqueredirect",
            json!({ "type": "opaqueredirect", "url": own, "status": 302 }),
            Verdict::OverGrant,
        ),
        (
            "opaqueredirect",
            json!({ "type": "opaqueredirect", "url": own, "statusText": "Found" }),
            Verdict::OverGrant,
        ),
        (
            "opaqueredirect",
            json!({ "type": "opaqueredirect", "url": own, "headers": [["location", "/to"]] }),
            Verdict::OverGrant,
        ),
        (
            "opaqueredirect",
            json!({ "type": "opaqueredirect", "url": own, "body": "YQ==" }),
            Verdict::OverGrant,
        ),
        (
            "opaqueredirect",
            json!({ "type": "opaqueredirect", "url": "https://api.example/~0/to" }),
            Verdict::OverGrant,
        ),
        // The page knows the URL of its request and that there was a redirect.
        (
            "opaqueredirect",
            json!({ "type": "opaqueredirect", "url": "" }),
            Verdict::Wire,
        ),
        (
            "opaqueredirect",
            json!({ "type": "opaqueredirect", "url": own, "redirected": true }),
            Verdict::Wire,
        ),
        ("error", json!({ "type": "error", "status": 404 }), Verdict::OverGrant),
        (
            "error",
            json!({ "type": "error", "statusText": "Found" }),
            Verdict::OverGrant,
        ),
        (
            "error",
            json!({ "type": "error", "headers": [["x-a", "1"]] }),
            Verdict::OverGrant,
        ),
        ("error", json!({ "type": "error", "body": "YQ==" }), Verdict::OverGrant),
        ("error", json!({ "type": "error", "url": own }), Verdict::OverGrant),
        // Another type that shows something.
        (
            "opaque",
            json!({ "type": "opaqueredirect", "url": own }),
            Verdict::OverGrant,
        ),
        ("opaque", json!({ "type": "error", "status": 404 }), Verdict::OverDeny),
    ] {
        let expect_line = format!("    expect: {{ type: {expect} }}");
        let judged = judge("", get, &expect_line, &[GET], outcome.clone());
        assert_eq!(judged.verdict, verdict, "{expect} {outcome}: {judged:#?}");
    }
}

#[test]
fn a_refusal_of_the_api_shows_nothing_either() {
    for (outcome, verdict) in [
        (json!({ "type": "error" }), Verdict::Pass),
        (json!({ "type": "error", "status": 200 }), Verdict::OverGrant),
        (json!({ "type": "opaque" }), Verdict::OverGrant),
    ] {
        let judged = judge(
            "method: TRACE",
            "[]",
            "    expect: { throws: TypeError }",
            &[],
            outcome.clone(),
        );
        assert_eq!(judged.verdict, verdict, "{outcome}: {judged:#?}");
    }
}

#[test]
fn headers_outside_the_filter_are_grants_where_the_case_does_not_name_them() {
    let exposes = |names: &str| {
        format!(
            r#"[{{ request: {{ method: GET }}, response: {{ headers: {{ Access-Control-Allow-Origin: "*", Access-Control-Expose-Headers: "{names}", X-A: "1", X-B: "2", Set-Cookie: a=1, Content-Type: text/plain }} }} }}]"#
        )
    };
    for (names, shown, verdict) in [
        ("X-A", &["content-type", "content-length", "x-a"][..], Verdict::Pass),
        ("X-A", &["x-b"], Verdict::OverGrant),
        ("X-A", &["access-control-allow-origin"], Verdict::OverGrant),
        ("X-A", &["x-not-sent"], Verdict::OverGrant),
        ("*", &["x-a", "x-b", "access-control-allow-origin"], Verdict::Pass),
        ("*", &["set-cookie"], Verdict::OverGrant),
        ("Set-Cookie", &["set-cookie"], Verdict::OverGrant),
        ("", &["x-a"], Verdict::OverGrant),
    ] {
        let headers: Vec<_> = shown.iter().map(|name| json!([name, "1"])).collect();
        let outcome = json!({ "type": "cors", "headers": headers });
        for via in ["", "via: xhr"] {
            let judged = judge(
                via,
                &exposes(names),
                "    expect: { type: cors }",
                &[GET],
                outcome.clone(),
            );
            assert_eq!(judged.verdict, verdict, "{via} {names} {shown:?}: {judged:#?}");
        }
    }
    let home = "[{ response: { headers: { X-A: \"1\", Set-Cookie: a=1 } } }]";
    for (name, verdict) in [("x-a", Verdict::Pass), ("set-cookie", Verdict::OverGrant)] {
        let text = format!(
            "  - id: a\n    title: t\n    request: {{ url: \"https://app.example/data\" }}\n    exchange: {home}\n    expect: {{ type: basic }}\n"
        );
        let mut queue = CaseQueue::new(&cases_of(&text));
        queue.hand(0, Instant::now());
        queue
            .answer(arrived("https://app.example", GET))
            .expect("the case is there");
        let reported = serde_json::from_value(json!({ "type": "basic", "headers": [[name, "1"]] })).expect("a report");
        queue.report(0, 0, reported, Instant::now());
        let judged = result("tables", &queue.ended(0).expect("the case has ended"));
        assert_eq!(judged.verdict, verdict, "{name}: {judged:#?}");
    }
}

#[test]
fn a_reported_value_is_compared_byte_for_byte() {
    let get = r#"[{ response: { headers: [[Access-Control-Allow-Origin, "*"], [Access-Control-Expose-Headers, X-A], [X-A, "1"], [X-A, ""]] } }]"#;
    let expect = "    expect: { type: cors, readable: { X-A: \"1, \" } }";
    for (headers, verdict) in [
        (json!([["x-a", "1, "]]), Verdict::Pass),
        // A client that lists both lines leaves it to the harness to combine them.
        (json!([["x-a", "1"], ["x-a", ""]]), Verdict::Pass),
        (json!([["x-a", "1,"]]), Verdict::Wire),
        (json!([["x-a", "1"]]), Verdict::Wire),
        (json!([["x-a", " 1, "]]), Verdict::Wire),
        (json!([["x-a", "1,  "]]), Verdict::Wire),
    ] {
        let outcome = json!({ "type": "cors", "headers": headers });
        let judged = judge("", get, expect, &[GET], outcome);
        assert_eq!(judged.verdict, verdict, "{headers}: {judged:#?}");
    }
}

#[test]
fn xhr_does_not_tell_a_basic_response_from_a_cors_response() {
    let share = r#"[{ response: { headers: { Access-Control-Allow-Origin: "*" } } }]"#;
    for (via, reported, verdict) in [
        ("via: xhr", "basic", Verdict::Pass),
        ("via: xhr", "cors", Verdict::Pass),
        ("via: xhr", "opaque", Verdict::OverDeny),
        ("", "basic", Verdict::Wire),
    ] {
        let judged = judge(
            via,
            share,
            "    expect: { type: cors }",
            &[GET],
            json!({ "type": reported }),
        );
        assert_eq!(judged.verdict, verdict, "{via} {reported}: {judged:#?}");
    }
}
