//! Browsers with bad habits: each verdict for clients is reached, and only by the right habit.

use super::cases_of;
use super::little::{Habit, run};
use crate::client::case_queue::CaseQueue;
use crosscheck_results::Verdict;

/// A page of another origin reads a response that the server shares.
const SHARED: &str = r#"
  - id: a
    title: shared
    request: { url: "https://api.example/data" }
    exchange:
      - request: { method: GET, headers: { Origin: "https://app.example" } }
        response: { headers: { Access-Control-Allow-Origin: "https://app.example", X-Secret: "1" } }
    expect: { type: cors, status: 200, hidden: [X-Secret] }
"#;

/// The server does not share it.
const REFUSED: &str = r#"
  - id: a
    title: refused
    request: { url: "https://api.example/data" }
    exchange:
      - request: { method: GET, headers: { Origin: "https://app.example" } }
        response: { headers: { X-Secret: "1" } }
    expect: { type: error }
"#;

/// A preflight that passes.
const PREFLIGHTED: &str = r#"
  - id: a
    title: the preflight passes
    request: { url: "https://api.example/data", method: PUT, headers: { X-A: "1" } }
    exchange:
      - request: { method: OPTIONS, headers: { Access-Control-Request-Headers: x-a } }
        response: { headers: { Access-Control-Allow-Origin: "*", Access-Control-Allow-Methods: PUT, Access-Control-Allow-Headers: x-a } }
      - request: { method: PUT, headers: { X-A: "1", Origin: "https://app.example" } }
        response: { headers: { Access-Control-Allow-Origin: "*" } }
    expect: { type: cors, status: 200 }
"#;

/// A preflight that fails.
const FORBIDDEN: &str = r#"
  - id: a
    title: the preflight fails
    request: { url: "https://api.example/data", method: PUT }
    exchange:
      - request: { method: OPTIONS, headers: { Access-Control-Request-Method: PUT } }
        response: { headers: { Access-Control-Allow-Origin: "*" } }
    expect: { type: error }
"#;

/// A preflight that passes, and a response that is not shared.
const HALFWAY: &str = r#"
  - id: a
    title: allowed to send and not to read
    request: { url: "https://api.example/data", method: PUT, headers: { X-A: "1" } }
    exchange:
      - request: { method: OPTIONS }
        response: { headers: { Access-Control-Allow-Origin: "*", Access-Control-Allow-Methods: PUT, Access-Control-Allow-Headers: x-a } }
      - request: { method: PUT, headers: { X-A: "1" } }
        response: { status: 200 }
    expect: { type: error }
"#;

/// The second fetch may go without its preflight.
const CACHED: &str = r#"
  - id: a
    title: the preflight is cached
    request: { url: "https://api.example/data", method: PUT }
    exchange:
      - request: { method: OPTIONS }
        response: { headers: { Access-Control-Allow-Origin: "*", Access-Control-Allow-Methods: PUT, Access-Control-Max-Age: "600" } }
      - request: { method: PUT }
        response: { headers: { Access-Control-Allow-Origin: "*" } }
    expect: { type: cors, status: 200 }
    then:
      - request: { url: "https://api.example/data", method: PUT }
        exchange:
          - request: { method: OPTIONS }
            response: { headers: { Access-Control-Allow-Origin: "*", Access-Control-Allow-Methods: PUT } }
            optional: no-preflight-cache
          - request: { method: PUT }
            response: { headers: { Access-Control-Allow-Origin: "*" } }
        expect: { type: cors, status: 200 }
"#;

#[track_caller]
fn check(text: &str, expected: &[(Habit, Verdict)]) {
    for (habit, verdict) in expected {
        let result = run(&mut CaseQueue::new(&cases_of(text)), 0, *habit);
        assert_eq!(result.verdict, *verdict, "{habit:?}: {result:#?}");
        // Every deviation has a message and a step.
        assert_eq!(result.deviations.is_empty(), !verdict.counts(), "{habit:?}");
        for deviation in &result.deviations {
            assert!(!deviation.what.is_empty() && deviation.step.is_some(), "{deviation:?}");
        }
    }
}

#[test]
fn a_shared_response() {
    check(
        SHARED,
        &[
            (Habit::Good, Verdict::Pass),
            (Habit::IgnoresCors, Verdict::Pass),
            (Habit::NeverPreflights, Verdict::Pass),
            (Habit::IgnoresPreflights, Verdict::Pass),
            (Habit::ShowsAllHeaders, Verdict::OverGrant),
            (Habit::Mistrusts, Verdict::OverDeny),
            (Habit::Lazy, Verdict::OverDeny),
            // The server shares with `https://app.example`, not with `null`, and it rejects the unexpected preflight.
            (Habit::OriginNull, Verdict::OverDeny),
            (Habit::AlwaysPreflights, Verdict::OverDeny),
        ],
    );
}

#[test]
fn a_response_that_is_not_shared() {
    check(
        REFUSED,
        &[
            (Habit::Good, Verdict::Pass),
            (Habit::Mistrusts, Verdict::Pass),
            (Habit::IgnoresCors, Verdict::OverGrant),
            (Habit::OriginNull, Verdict::Wire),
            (Habit::Stutters, Verdict::Wire),
            (Habit::Lazy, Verdict::Wire),
            (Habit::AlwaysPreflights, Verdict::Wire),
        ],
    );
}

#[test]
fn a_preflight_that_passes() {
    check(
        PREFLIGHTED,
        &[
            (Habit::Good, Verdict::Pass),
            (Habit::NeverPreflights, Verdict::OverGrant),
            (Habit::Mistrusts, Verdict::OverDeny),
            (Habit::Lazy, Verdict::OverDeny),
        ],
    );
}

#[test]
fn a_preflight_that_fails() {
    check(
        FORBIDDEN,
        &[
            (Habit::Good, Verdict::Pass),
            (Habit::NeverPreflights, Verdict::OverGrant),
            (Habit::IgnoresPreflights, Verdict::OverGrant),
            (Habit::IgnoresCors, Verdict::Pass),
            (Habit::Lazy, Verdict::Wire),
        ],
    );
}

#[test]
fn a_wrong_request_after_a_passed_preflight_is_not_a_grant() {
    check(
        HALFWAY,
        &[
            (Habit::Good, Verdict::Pass),
            (Habit::IgnoresCors, Verdict::OverGrant),
            (Habit::Mangles, Verdict::Wire),
            (Habit::Stutters, Verdict::Wire),
        ],
    );
}

#[test]
fn a_preflight_that_may_be_missing() {
    check(
        CACHED,
        &[
            // The little browser has no preflight cache, which the standard allows.
            (Habit::Good, Verdict::Allowed),
            (Habit::NeverPreflights, Verdict::OverGrant),
        ],
    );
}
