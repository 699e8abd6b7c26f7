//! JUnit XML, as an independent reader takes it.

use super::{hostile, is_expected, one_by_one, report};
use crate::ReportFormat;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus};
use quick_xml::Reader;
use quick_xml::events::Event;

/// The elements of the schema that Jenkins' xUnit plugin validates against: the element, its parents, its attributes, the required ones
/// first, and how many are required.
const SCHEMA: [(&str, &[&str], &[&str], usize); 9] = [
    ("testsuites", &[""], &["name", "time", "tests", "failures", "errors"], 0),
    (
        "testsuite",
        &["testsuites"],
        &["name", "tests", "failures", "errors", "time", "skipped"],
        4,
    ),
    ("properties", &["testsuite"], &[], 0),
    ("property", &["properties"], &["name", "value"], 2),
    ("testcase", &["testsuite"], &["name", "time", "classname"], 1),
    ("skipped", &["testcase"], &["type", "message"], 0),
    ("failure", &["testcase"], &["type", "message"], 0),
    ("error", &["testcase"], &["type", "message"], 0),
    ("system-out", &["testcase"], &[], 0),
];
/// The elements that have a text.
const WITH_TEXT: [&str; 3] = ["failure", "error", "system-out"];

/// Checks a document against the schema.
fn check(xml: &str) {
    let is_legal =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    assert!(xml.chars().all(is_legal));
    let mut reader = Reader::from_str(xml);
    let mut open = vec![String::new()];
    loop {
        let event = reader.read_event().expect("XML");
        let (Event::Start(element) | Event::Empty(element)) = &event else {
            match event {
                Event::End(_) => drop(open.pop()),
                Event::Text(text) => {
                    let text = text.decode().expect("text");
                    let parent = open.last().expect("an element").as_str();
                    assert!(
                        text.trim().is_empty() || WITH_TEXT.contains(&parent),
                        "{parent}: {text}"
                    );
                }
                Event::Eof => break,
                _ => {}
            }
            continue;
        };
        let name = String::from_utf8(element.name().as_ref().to_vec()).expect("a name");
        let (_, parents, attributes, required) = SCHEMA.iter().find(|(n, ..)| *n == name).expect("a known element");
        assert!(
            parents.contains(&open.last().expect("a parent").as_str()),
            "{name} in {open:?}"
        );
        let found: Vec<(String, String)> = element
            .attributes()
            .map(|attribute| {
                let attribute = attribute.expect("an attribute");
                let key = String::from_utf8(attribute.key.as_ref().to_vec()).expect("a name");
                (key, String::from_utf8(attribute.value.to_vec()).expect("text"))
            })
            .collect();
        for (key, value) in &found {
            assert!(attributes.contains(&key.as_str()), "{name} has {key}");
            assert!(key != "time" || value.parse::<f64>().is_ok_and(|s| s >= 0.0), "{value}");
        }
        for key in &attributes[..*required] {
            assert!(found.iter().any(|(k, _)| k == key), "{name} without {key}");
        }
        if matches!(event, Event::Start(_)) {
            open.push(name);
        }
    }
    assert_eq!(open, [""]);
}

fn read(xml: &str) -> quick_junit::Report {
    check(xml);
    quick_junit::Report::deserialize_from_str(xml).expect("a report")
}

/// The result of a test case: `pass`, or the element with its type.
fn result(case: &TestCase) -> String {
    match &case.status {
        TestCaseStatus::Success { .. } => "pass".to_owned(),
        TestCaseStatus::NonSuccess { kind, ty, .. } => {
            let kind = if *kind == NonSuccessKind::Failure {
                "failure"
            } else {
                "error"
            };
            format!("{kind} {}", ty.as_ref().map_or("", |ty| ty.as_str()))
        }
        TestCaseStatus::Skipped { .. } => "skipped".to_owned(),
    }
}

#[test]
fn hostile_text_stays_text_and_each_case_has_its_result() {
    let xml = report(ReportFormat::Junit, &[hostile()]);
    let report = read(&xml);
    let suite = &report.test_suites[0];
    assert_eq!(suite.name.as_str(), "server@1.0");
    let found: Vec<(&str, &str, String)> = suite
        .test_cases
        .iter()
        .map(|case| {
            (
                case.classname.as_ref().map_or("", |c| c.as_str()),
                case.name.as_str(),
                result(case),
            )
        })
        .collect();
    let expected = [
        (
            "crosscheck",
            "failed outside of any case",
            "error failed outside of any case",
        ),
        ("crosscheck", "incomplete", "error incomplete"),
        ("crosscheck", "cases without a result", "error cases without a result"),
        ("a/b", "a/b#pass", "failure stale"),
        ("a/b", "a/b#grant", "failure over-grant"),
        ("", "", "failure over-deny"),
        ("policies/a/b#pass", "policies/a/b#pass#vary/x", "failure hygiene"),
        ("a/b", "a/b#known", "pass"),
        ("a/b", "a/b#advice", "pass"),
        ("a/b", "a/b#broken", "error broken"),
        ("a/b", "a/b#na", "skipped"),
        ("a/b", "a/b#not-judged", "error not-judged"),
        ("a/b", "a/b#allowed", "pass"),
        ("a/b", "a/b#gone", "failure stale"),
    ];
    assert_eq!(found.len(), expected.len());
    for ((class, name, result), (expected_class, expected_name, expected_result)) in found.iter().zip(expected) {
        assert_eq!(result, expected_result, "{name}");
        if expected_name.is_empty() {
            assert!(
                name.contains("]]></failure><script>&lt;") && name.contains(r"\u{1b}[31m"),
                "{name}"
            );
            assert!(name.contains(r"\u{fffe}\u{ffff}\u{202e}\r\n::error::"), "{name}");
        } else {
            assert_eq!((*class, *name), (expected_class, expected_name));
        }
    }
    assert_eq!((suite.tests, suite.failures, suite.errors), (14, 5, 5));
    assert!(xml.contains("time=\"1.234\""), "{xml}");
    let known = suite
        .test_cases
        .iter()
        .find(|case| case.name.as_str() == "a/b#known")
        .expect("a case");
    let note = known.system_out.as_ref().expect("a note").as_str();
    assert!(note.starts_with("known hygiene vary/vary: what ]]>"), "{note}");
    assert!(note.contains("\n  reason: because ]]>"), "{note}");
}

#[test]
fn a_test_fails_exactly_if_the_run_does() {
    for (what, run) in one_by_one() {
        let report = read(&report(ReportFormat::Junit, std::slice::from_ref(&run)));
        let suite = &report.test_suites[0];
        assert_eq!(suite.failures + suite.errors == 0, is_expected(&run), "{what}");
        assert_eq!(
            (report.tests, report.failures, report.errors),
            (suite.tests, suite.failures, suite.errors)
        );
        let count = |prefix: &str| {
            suite
                .test_cases
                .iter()
                .filter(|case| result(case).starts_with(prefix))
                .count()
        };
        assert_eq!(
            (count("failure"), count("error")),
            (suite.failures, suite.errors),
            "{what}"
        );
        assert_eq!(suite.test_cases.len(), suite.tests, "{what}");
    }
}

#[test]
fn a_file_without_a_subject_is_a_document() {
    assert_eq!(read(&report(ReportFormat::Junit, &[])).tests, 0);
}
