//! `crosscheck fuzz`.

use crate::program::{check_error, crosscheck, run_in};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the findings on a server.
fn folders(findings: &Path, server: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(findings.join(server)).expect("findings");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders
}

fn rule(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("finding.yaml")).expect("finding.yaml");
    let line = text.lines().find_map(|line| line.strip_prefix("rule: "));
    line.expect("a rule").to_owned()
}

#[test]
fn a_finding_is_a_case_that_shows_it_and_a_report_and_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let findings = folder.path().join("findings");
    let path = findings.to_string_lossy().into_owned();
    let args = [
        "fuzz",
        "--server",
        "starlette",
        "--exchanges",
        "3000",
        "--seed",
        "1",
        "--no-baseline",
        "--findings",
        &path,
    ];
    let ran = crosscheck(&args);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.starts_with("seed 1\n"), "{}", ran.out);
    let found = folders(&findings, "starlette");
    assert!(!found.is_empty());
    for finding in &found {
        let shown = finding.to_string_lossy();
        assert!(ran.out.contains(&*shown), "{shown} is not in {}", ran.out);
        let report = fs::read_to_string(finding.join("upstream.md")).expect("upstream.md");
        for part in [
            "## What happens",
            "> GET ",
            "< HTTP/1.1 ",
            "curl -si",
            "## What is required",
            "## A test",
        ] {
            assert!(report.contains(part), "`{part}` is not in {report}");
        }
        let case = finding.join("case.yaml");
        let case = case.to_string_lossy();
        let lint = run_in(folder.path(), &["lint", &case], "");
        assert_eq!(lint.code, 0, "{shown}: {}{}", lint.out, lint.err);
        let output = folder.path().join("results.jsonl");
        let output = output.to_string_lossy();
        let again = crosscheck(&[
            "run",
            "--cases",
            &case,
            "--server",
            "starlette",
            "--no-baseline",
            "--output",
            &output,
        ]);
        assert_eq!(again.code, 1, "{shown}: {}", again.out);
        let results = fs::read_to_string(&*output).expect("results");
        let own = results
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let own = own.filter(|line| line["id"].as_str().is_some_and(|id| id.ends_with("case#finding")));
        let rules: Vec<String> = own
            .flat_map(|line| line["deviations"].as_array().cloned().unwrap_or_default())
            .map(|deviation| deviation["rule"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert!(rules.contains(&rule(finding)), "{shown}: {rules:?}");
    }
    // What a person has written stays, and the same seed finds the same.
    let edited = found[0].join("finding.yaml");
    let text = fs::read_to_string(&edited)
        .expect("finding.yaml")
        .replace("status: new", "status: reported");
    fs::write(&edited, &text).expect("finding.yaml");
    let mut json = args.to_vec();
    json.extend(["--format", "json"]);
    let ran = crosscheck(&json);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(folders(&findings, "starlette"), found);
    assert_eq!(fs::read_to_string(&edited).expect("finding.yaml"), text);
    let report = ran.json();
    assert_eq!(
        report["servers"][0]["new"].as_array().map(Vec::len),
        Some(found.len()),
        "{report}"
    );
}

#[test]
fn known_causes_are_no_findings_and_are_shown_on_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let findings = folder.path().join("findings").to_string_lossy().into_owned();
    let ran = crosscheck(&[
        "fuzz",
        "--server",
        "starlette",
        "--exchanges",
        "3000",
        "--seed",
        "1",
        "--findings",
        &findings,
        "--show-known",
    ]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("  known: over-"), "{}", ran.out);
    assert!(!Path::new(&findings).exists());
}

#[test]
fn a_search_that_cannot_begin_says_what_to_do() {
    for (args, code, message, help) in [
        (
            &["--server", "no-such"][..],
            2,
            "there is no subject `no-such`",
            "lists all",
        ),
        (&["--server", "undici"], 2, "`undici` is not a server", "NAME@VERSION"),
        (
            &["--server", "tower-http", "--policies", "0"],
            2,
            "--policies 0 is not possible",
            "from 1 to 1000",
        ),
        (
            &["--server", "tower-http", "--visits", "1001"],
            2,
            "--visits 1001 is not possible",
            "--visits 40",
        ),
        (
            &["--server", "tower-http", "--timeout", "0"],
            2,
            "--timeout 0 is not a valid time limit",
            "above 0",
        ),
        (
            &["--server", "tower-http", "--baseline", "no-such"],
            2,
            "no-such does not exist",
            "--no-baseline",
        ),
    ] {
        let mut all = vec!["fuzz"];
        all.extend(args);
        check_error(&crosscheck(&all), code, message, help);
    }
    let ran = crosscheck(&[
        "fuzz",
        "--server",
        "tower-http@0.0.0",
        "--exchanges",
        "1",
        "--seed",
        "1",
    ]);
    assert!(
        ran.code == 3 && ran.err.contains("\nhelp:  "),
        "{} {}",
        ran.code,
        ran.err
    );
}
