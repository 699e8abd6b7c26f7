//! The badge.

use super::{deviating, hostile, is_expected, one_by_one, passing, report, run_of, with_status};
use crate::ReportFormat;
use crosscheck_results::{Run, Status, Verdict};
use serde_json::{Value, json};

fn read(runs: &[Run]) -> Value {
    serde_json::from_str(&report(ReportFormat::Badge, runs)).expect("JSON")
}

#[test]
fn the_badge_has_the_keys_of_an_endpoint_and_no_text_from_outside() {
    assert_eq!(
        read(&[hostile()]),
        json!({ "schemaVersion": 1, "label": "CORS", "message": "incomplete", "color": "lightgrey" })
    );
}

#[test]
fn only_a_run_whose_cases_were_all_judged_passes() {
    for (what, run) in one_by_one() {
        let badge = read(&[run.clone(), run_of("other", vec![passing("a#1")])]);
        let (message, color) = (
            badge["message"].as_str().expect("a text"),
            badge["color"].as_str().expect("a text"),
        );
        assert_eq!(color == "brightgreen", is_expected(&run), "{what}: {badge}");
        let faults = ["missing", "failed", "could-not-run", "no-footer"];
        match what {
            "not-judged" => assert_eq!((message, color), ("1 not judged", "lightgrey")),
            fault if faults.contains(&fault) => assert_eq!((message, color), ("incomplete", "lightgrey")),
            _ => assert!(message.ends_with(" pass"), "{what}: {badge}"),
        }
    }
    assert_eq!(read(&[])["message"], "incomplete");
}

#[test]
fn the_colour_is_that_of_the_worst_unexpected_deviation() {
    let known = with_status("a#0", "crash", Verdict::Broken, Some(Status::Known));
    for (verdict, color) in [
        (Verdict::Broken, "red"),
        (Verdict::OverGrant, "red"),
        (Verdict::OverDeny, "orange"),
        (Verdict::Wire, "yellow"),
        (Verdict::Hygiene, "yellow"),
        (Verdict::Advice, "brightgreen"),
    ] {
        let run = run_of("s", vec![known.clone(), deviating("a#1", "vary", verdict)]);
        assert_eq!(read(&[run])["color"], color, "{verdict}");
    }
}

#[test]
fn one_server_has_its_grade() {
    let run = run_of("s", vec![passing("a#0"), deviating("a#1", "vary", Verdict::Hygiene)]);
    assert_eq!(read(std::slice::from_ref(&run))["message"], "grade B, 1 of 2 pass");
    assert_eq!(read(&[run.clone(), run])["message"], "2 of 4 pass");
}
