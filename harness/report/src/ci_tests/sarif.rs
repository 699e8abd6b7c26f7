//! SARIF, with what its schema and code scanning require.

use super::{deviating, hostile, is_expected, one_by_one, passing, report, run_of};
use crate::ReportFormat;
use crosscheck_results::{Run, Verdict};
use serde_json::Value;
use std::collections::BTreeSet;

/// The report, checked for what the schema requires.
fn read(runs: &[Run]) -> Value {
    let log: Value = serde_json::from_str(&report(ReportFormat::Sarif, runs)).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    assert!(
        log["$schema"]
            .as_str()
            .is_some_and(|uri| uri.ends_with("/sarif-schema-2.1.0.json"))
    );
    let run = &log["runs"][0];
    assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "Crosscheck");
    let rules = driver["rules"].as_array().expect("rules");
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), rules.len(), "each rule once");
    for rule in rules {
        for text in [&rule["shortDescription"], &rule["fullDescription"], &rule["help"]] {
            assert!(text["text"].as_str().is_some_and(|t| !t.is_empty()), "{rule}");
        }
        assert!(rule["helpUri"].is_null() || rule["helpUri"].as_str().is_some_and(|uri| uri.starts_with("https://")));
        is_level(&rule["defaultConfiguration"]["level"]);
        let tags = rule["properties"]["tags"].as_array().expect("tags");
        assert_eq!(
            tags.len(),
            tags.iter().map(Value::to_string).collect::<BTreeSet<_>>().len()
        );
    }
    for notification in run["invocations"][0]["toolExecutionNotifications"]
        .as_array()
        .into_iter()
        .flatten()
    {
        is_level(&notification["level"]);
        assert!(notification["message"]["text"].is_string());
    }
    assert!(run["invocations"][0]["executionSuccessful"].is_boolean());
    run["results"]
        .as_array()
        .expect("results")
        .iter()
        .for_each(|result| check_result(result, rules));
    log
}

fn is_level(level: &Value) {
    assert!(["error", "warning", "note"].iter().any(|word| level == word), "{level}");
}

fn check_result(result: &Value, rules: &[Value]) {
    let index = result["ruleIndex"]
        .as_u64()
        .and_then(|i| usize::try_from(i).ok())
        .expect("an index");
    assert_eq!(rules[index]["id"], result["ruleId"]);
    is_level(&result["level"]);
    assert!(
        result["message"]["text"]
            .as_str()
            .is_some_and(|text| !text.is_empty() && !text.contains("]("))
    );
    let state = &result["baselineState"];
    assert!(state.is_null() || ["new", "unchanged", "absent"].iter().any(|word| state == word));
    let location = &result["locations"][0];
    assert!(location["logicalLocations"][0]["fullyQualifiedName"].is_string());
    if let Some(uri) = location["physicalLocation"]["artifactLocation"]["uri"].as_str() {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b);
        assert!(uri.bytes().all(is_plain) && !uri.starts_with('/'), "{uri}");
        for (at, _) in uri.match_indices('%') {
            let digits = uri.get(at + 1..at + 3);
            assert!(
                digits.is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit())),
                "{uri}"
            );
        }
        assert!(
            location["physicalLocation"]["region"]["startLine"]
                .as_u64()
                .is_some_and(|line| line > 0)
        );
    }
    for suppression in result["suppressions"].as_array().into_iter().flatten() {
        assert_eq!(
            (&suppression["kind"], &suppression["status"]),
            (&"external".into(), &"accepted".into())
        );
    }
    let prints = result["partialFingerprints"].as_object().expect("fingerprints");
    assert!(
        prints
            .values()
            .all(|value| value.as_str().is_some_and(|v| v.len() == 32))
    );
}

fn results(log: &Value) -> &[Value] {
    log["runs"][0]["results"].as_array().expect("results")
}

#[test]
fn each_deviation_is_a_result_worst_first() {
    let log = read(&[hostile()]);
    let found: Vec<[&str; 5]> = results(&log)
        .iter()
        .map(|result| {
            let text = |value: &'_ Value| -> &str {
                Box::leak(value.as_str().unwrap_or_default().to_owned().into_boxed_str())
            };
            let rule = text(&result["ruleId"]);
            let rule = if rule.starts_with("rule ]]>") { "hostile" } else { rule };
            let suppressed = if result["suppressions"].is_null() {
                ""
            } else {
                "suppressed"
            };
            let line = result["locations"][0]["physicalLocation"]["region"]["startLine"].to_string();
            [
                rule,
                text(&result["level"]),
                text(&result["baselineState"]),
                suppressed,
                text(&line.into()),
            ]
        })
        .collect();
    let expected = [
        ["crash", "error", "new", "", "1"],
        ["grant-null", "error", "new", "", "1"],
        ["hostile", "warning", "new", "", "1"],
        ["vary", "warning", "new", "", "7"],
        ["stale", "warning", "absent", "", "1"],
        ["stale", "warning", "absent", "", "1"],
        ["vary", "warning", "unchanged", "suppressed", "7"],
        ["never-matches", "note", "", "", "1"],
    ];
    assert_eq!(found, expected);
    let reason = results(&log)[6]["suppressions"][0]["justification"].as_str();
    assert!(reason.is_some_and(|reason| reason.starts_with("because ]]>")));
    let uri = &results(&log)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "a%20b/%C3%A9%3A%25%2C%0A.yaml");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    let vary = rules.iter().find(|rule| rule["id"] == "vary").expect("a rule");
    assert_eq!(vary["helpUri"], "https://fetch.spec.whatwg.org/#http-responses");
}

#[test]
fn without_a_file_a_result_has_its_case_as_location() {
    let log = read(&[run_of("elsewhere", vec![deviating("a/b#1", "vary", Verdict::Hygiene)])]);
    let location = &results(&log)[0]["locations"][0];
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], "a/b#1");
    assert!(location["physicalLocation"].is_null());
}

#[test]
fn a_fingerprint_names_one_deviation_and_depends_on_no_version_status_or_text() {
    let twice = |subject: &str| {
        let mut case = deviating("a/b#1", "vary", Verdict::Hygiene);
        case.deviations.push(case.deviations[0].clone());
        run_of(subject, vec![case, deviating("a/b#2", "vary", Verdict::Hygiene)])
    };
    let prints = |run: Run| -> Vec<String> {
        let log = read(&[run]);
        let of = |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].to_string();
        results(&log).iter().map(of).collect()
    };
    let first = prints(twice("s"));
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 3);
    let mut other = twice("s@2.0");
    for deviation in other.cases.iter_mut().flat_map(|case| &mut case.deviations) {
        deviation.status = Some(crosscheck_results::Status::Known);
        deviation.cause = "a-cause".into();
        deviation.what = "other".into();
    }
    assert_eq!(prints(other), first);
    assert_ne!(prints(twice("t")), first);
}

#[test]
fn a_run_that_is_not_complete_or_not_judged_is_not_successful() {
    for (what, run) in one_by_one() {
        let log = read(std::slice::from_ref(&run));
        let successful = log["runs"][0]["invocations"][0]["executionSuccessful"] == true;
        let is_bad = |result: &Value| result["baselineState"] == "new" || result["baselineState"] == "absent";
        assert_eq!(
            successful && !results(&log).iter().any(is_bad),
            is_expected(&run),
            "{what}"
        );
    }
}

#[test]
fn more_results_than_code_scanning_takes_are_left_out_and_counted() {
    let mut case = deviating("a/b#1", "vary", Verdict::Hygiene);
    let template = case.deviations[0].clone();
    case.deviations = vec![template; 25_003];
    let log = read(&[run_of("s", vec![passing("a/b#0"), case])]);
    assert_eq!(results(&log).len(), 25_000);
    let notification = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert!(
        notification["message"]["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("3 results are left out"))
    );
}
