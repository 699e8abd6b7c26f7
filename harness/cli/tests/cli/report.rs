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
