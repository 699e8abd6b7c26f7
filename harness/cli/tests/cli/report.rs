//! `crosscheck report`.

use crate::program::{check_error, run_in};

const RESULTS: &str = r#"{"kind":"header","crosscheck":2,"tool":"0.1.0","corpus":"x","subject":"tower-http","role":"server","version":"0.7.1"}
{"kind":"case","subject":"tower-http","id":"a#b","title":"t","verdict":"over-deny","status":"unexpected","deviations":[{"rule":"refuse","verdict":"over-deny","level":"must","what":"w","expected":"cors","actual":"error","cause":"refuse/x"}]}
"#;

#[test]
fn reports_from_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("results.jsonl");
    std::fs::write(&file, RESULTS).expect("a file");
    let ran = run_in(folder.path(), &["report", "results.jsonl"], "");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.contains("incomplete") && ran.out.contains("- cors") && ran.out.contains("+ error"),
        "{}",
        ran.out
    );
    let value = run_in(folder.path(), &["report", "results.jsonl", "--format", "json"], "").json();
    assert_eq!(value["subjects"][0]["verdicts"]["over-deny"], 1);
    let html = run_in(folder.path(), &["report", "results.jsonl", "--html", "site"], "");
    assert!(html.out.contains("4 pages"), "{}{}", html.out, html.err);
    assert!(folder.path().join("site/index.html").is_file());
    check_error(
        &run_in(folder.path(), &["report", "no.jsonl"], ""),
        2,
        "cannot read no.jsonl",
        "crosscheck run",
    );
    std::fs::write(&file, "{}\n").expect("a file");
    check_error(
        &run_in(folder.path(), &["report", "results.jsonl"], ""),
        2,
        "results.jsonl:1",
        "crosscheck run",
    );
}

#[test]
fn a_complete_file_that_lost_lines_is_incomplete() {
    let folder = tempfile::tempdir().expect("a folder");
    let header = |subject: &str| {
        format!(
            r#"{{"kind":"header","crosscheck":2,"tool":"0.1.0","corpus":"x","subject":"{subject}","subjects":["a","b"],"role":"server"}}"#
        )
    };
    let case =
        |subject: &str, id: usize| format!(r#"{{"kind":"case","subject":"{subject}","id":"t#{id}","verdict":"pass"}}"#);
    let footer = |subject: &str| {
        format!(
            r#"{{"kind":"footer","subject":"{subject}","cases":50,"verdicts":{{"pass":50}},"unexpected":[],"stale":[],"causes":[],"seconds":1.0,"complete":true}}"#
        )
    };
    let mut lines = Vec::new();
    for subject in ["a", "b"] {
        lines.push(header(subject));
        lines.extend((0..50).map(|id| case(subject, id)));
        lines.push(footer(subject));
    }
    let report = |lines: &[String], arguments: &[&str]| {
        let file = folder.path().join("results.jsonl");
        std::fs::write(&file, lines.join("\n") + "\n").expect("a file");
        run_in(folder.path(), &[&["report", "results.jsonl"], arguments].concat(), "")
    };
    assert_eq!(report(&lines, &[]).code, 0);

    let lost = [&lines[..7], &lines[47..]].concat();
    let text = report(&lost, &[]);
    assert_eq!(text.code, 1, "{}", text.err);
    let why = "the footer counts 50, and the file has 10 results";
    assert!(
        text.out.contains(&format!("incomplete: {why}; run the cases again")),
        "{}",
        text.out
    );
    let json = report(&lost, &["--format", "json"]);
    assert_eq!(json.code, 1);
    let subjects = &json.json()["subjects"];
    assert_eq!(subjects[0]["complete"], false);
    assert_eq!(subjects[0]["incomplete"], why);
    assert_eq!(subjects[1]["complete"], true);
    assert!(subjects[1]["incomplete"].is_null());

    let without_b = report(&lines[..52], &["--format", "json"]);
    assert_eq!(without_b.code, 1);
    let subjects = &without_b.json()["subjects"];
    assert_eq!(
        (&subjects[0]["complete"], &subjects[1]["complete"]),
        (&true.into(), &false.into())
    );
    assert_eq!(subjects[1]["subject"], "b");
    let text = report(&lines[..52], &[]).out;
    assert!(
        text.contains("b: 0 cases\n  incomplete: the run was for this subject"),
        "{text}"
    );
}
