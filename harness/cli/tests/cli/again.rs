//! Runs that are compared and repeated: `diff`, `run --rerun-failed`, `--max-fail` and `--repeat`.

use crate::program::{check_error, root};
use crate::results_files::{Bench, verdicts};
use serde_json::Value;
use std::fs;
use std::process::Command;

#[test]
fn a_diff_states_what_is_new_fixed_and_changed_and_what_was_not_compared() {
    let bench = Bench::new();
    let policy = "policies/one#plain-options/*";
    bench.run(
        "before.jsonl",
        &[
            policy,
            "cors-check/presence",
            "--server",
            "tower-http",
            "--client",
            "model",
        ],
    );
    let before = bench.lines("before.jsonl");
    let mut after = before.clone();
    let mut deviating = after.iter_mut().filter(|line| line["verdict"] == "wire");
    let fixed = deviating.next().expect("a deviation");
    (fixed["verdict"], fixed["deviations"]) = ("pass".into(), Value::Array(Vec::new()));
    let worse = deviating.next().expect("a second deviation");
    (worse["verdict"], worse["deviations"][0]["verdict"]) = ("over-grant".into(), "over-grant".into());
    let counts = serde_json::json!({ "over-grant": 1, "wire": before.iter().filter(|l| l["verdict"] == "wire").count() - 2, "pass": 1 });
    for line in &mut after {
        if line["kind"] == "footer" && line["subject"] == "tower-http" {
            line["verdicts"] = counts.clone();
        }
    }
    bench.write("after.jsonl", &after);
    let ran = bench.diff("before.jsonl", "after.jsonl", &["--format", "json"]);
    let value = ran.json();
    assert_eq!((ran.code, &value["complete"]), (1, &Value::Bool(true)), "{value}");
    let counted = ["new", "changed", "worse", "fixed"].map(|key| value[key].as_u64());
    assert_eq!(counted, [0, 1, 1, 1].map(Some));
    // The other way round, the fixed one is new.
    let ran = bench.diff("after.jsonl", "before.jsonl", &[]);
    assert!(
        ran.code == 1 && ran.out.contains("1 new, 1 changed (0 for the worse), 0 fixed"),
        "{}",
        ran.out
    );
    // What is only in one file is neither fixed nor new.
    bench.run(
        "other.jsonl",
        &["policies/one#plain-options/own", "--server", "tower-http"],
    );
    let ran = bench.diff("before.jsonl", "other.jsonl", &[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    for line in [
        "note: model is in",
        "only in",
        "0 new, 0 changed (0 for the worse), 0 fixed",
    ] {
        assert!(ran.out.contains(line), "`{line}` is not in {}", ran.out);
    }
    // An incomplete file is stated, and the comparison is not a success.
    bench.write("cut.jsonl", &before[..before.len() - 1]);
    for (first, second) in [("before.jsonl", "cut.jsonl"), ("cut.jsonl", "before.jsonl")] {
        let ran = bench.diff(first, second, &[]);
        assert!(
            ran.code == 1 && ran.out.contains("cut.jsonl is incomplete"),
            "{}",
            ran.out
        );
    }
    for (text, message) in [("", "has no results"), ("{}\n", "no line of crosscheck results")] {
        fs::write(bench.path("bad.jsonl"), text).expect("a file");
        check_error(
            &bench.diff("before.jsonl", "bad.jsonl", &[]),
            2,
            message,
            "name a results file",
        );
    }
    check_error(
        &bench.diff("before.jsonl", "none.jsonl", &[]),
        2,
        "none.jsonl",
        "name a results file",
    );
}

#[test]
fn only_what_failed_runs_again() {
    let bench = Bench::new();
    let policy = "policies/one#plain-options/*";
    let run = bench.run(
        "first.jsonl",
        &[
            policy,
            "cors-check/presence",
            "--server",
            "tower-http",
            "--client",
            "model",
            "--no-baseline",
        ],
    );
    assert_eq!(run.code, 1);
    let first = bench.lines("first.jsonl");
    let unexpected: Vec<String> = first
        .iter()
        .filter(|line| line["status"] == "unexpected")
        .map(|line| line["id"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!(!unexpected.is_empty());
    let file = bench.text("first.jsonl");
    let again = bench.run("again.jsonl", &["--rerun-failed", &file, "--no-baseline"]);
    assert_eq!(again.code, 1, "{}", again.err);
    let lines = bench.lines("again.jsonl");
    let ran: Vec<String> = verdicts(&lines)
        .into_keys()
        .map(|(subject, id)| format!("{subject} {id}"))
        .collect();
    let expected: Vec<String> = unexpected.iter().map(|id| format!("tower-http {id}")).collect();
    assert_eq!(ran, expected);
    assert!(
        lines
            .iter()
            .filter(|line| line["kind"] == "header")
            .all(|line| line["rerun"] == true)
    );
    // With the baseline they are known, and then nothing has failed.
    let known = bench.run("known.jsonl", &["--rerun-failed", &file]);
    assert_eq!(known.code, 0, "{}\n{}", known.out, known.err);
    let file = bench.text("known.jsonl");
    let nothing = bench.run("nothing.jsonl", &["--rerun-failed", &file]);
    assert!(
        nothing.code == 0 && nothing.out.contains("no case has failed"),
        "{}",
        nothing.out
    );
    assert!(!bench.path("nothing.jsonl").exists());
    // A subject that the file does not have.
    let other = bench.run("x.jsonl", &["--rerun-failed", &file, "--server", "actix-cors"]);
    check_error(&other, 2, "has no results of actix-cors", "name a subject of the file");
    // What has no result did not fail, and is not passed over in silence.
    bench.write("cut.jsonl", &first[..2]);
    let file = bench.text("cut.jsonl");
    let cut = bench.run("x.jsonl", &["--rerun-failed", &file]);
    assert_eq!(cut.code, 1, "{}", cut.out);
}

#[test]
fn a_failed_comparison_of_all_cases_runs_again_with_all_cases() {
    let bench = Bench::new();
    bench.run("first.jsonl", &["policies/any", "--server", "tower-http"]);
    let mut lines = bench.lines("first.jsonl");
    let all = verdicts(&lines);
    let after_all = lines.iter_mut().find(|line| {
        line["id"]
            .as_str()
            .is_some_and(|id| id.ends_with("any#state/after-all"))
    });
    let after_all = after_all.expect("the case that compares");
    assert_eq!(after_all["verdict"], "pass");
    after_all["status"] = "unexpected".into();
    bench.write("failed.jsonl", &lines);
    let file = bench.text("failed.jsonl");
    let again = bench.run("again.jsonl", &["--rerun-failed", &file]);
    assert_eq!(again.code, 0, "{}", again.err);
    let found = verdicts(&bench.lines("again.jsonl"));
    // Written cases with the policy, which the filter did not select, are among them too.
    assert!(all.keys().all(|case| found.contains_key(case)));
    assert!(
        found
            .iter()
            .any(|((_, id), verdict)| id.ends_with("any#state/after-all") && verdict == "pass")
    );
}

#[test]
fn a_run_ends_after_the_permitted_number_of_unexpected_results() {
    let bench = Bench::new();
    let arguments = [
        "policies/one",
        "policies/any",
        "--server",
        "tower-http",
        "--no-baseline",
        "--jobs",
        "1",
    ];
    let whole = bench.run("whole.jsonl", &arguments);
    assert_eq!(whole.code, 1);
    let ran = bench.run("out.jsonl", &[&arguments[..], &["--max-fail", "2"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.contains("incomplete: interrupted by --max-fail after "),
        "{}",
        ran.out
    );
    assert!(
        ran.err.contains("interrupted by --max-fail: the results so far are in"),
        "{}",
        ran.err
    );
    let (whole, lines) = (bench.lines("whole.jsonl"), bench.lines("out.jsonl"));
    assert!(verdicts(&lines).len() < verdicts(&whole).len());
    let footer = lines.last().expect("a footer");
    assert_eq!(footer["interrupted"], "max-fail");
    assert!(
        footer["unexpected"].as_array().is_some_and(|ids| ids.len() >= 2),
        "{footer}"
    );
    let enough = bench.run("out.jsonl", &[&arguments[..], &["--max-fail", "9999"]].concat());
    assert!(
        enough.code == 1 && !enough.out.contains("interrupted"),
        "{}",
        enough.out
    );
    let zero = bench.run("out.jsonl", &["--max-fail", "0"]);
    assert_eq!(zero.code, 2);
}

#[test]
fn repetitions_with_the_same_results_are_not_flaky() {
    let bench = Bench::new();
    let arguments = ["cors-check/presence", "--client", "model", "--repeat", "3"];
    let ran = bench.run("out.jsonl", &[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let value = ran.json();
    assert_eq!(value["repetitions"]["flaky"], serde_json::json!([]));
    assert_eq!(value["repetitions"]["files"].as_array().map(Vec::len), Some(3));
    let first = verdicts(&bench.lines("out.jsonl"));
    for name in ["out.jsonl.2", "out.jsonl.3"] {
        assert_eq!(verdicts(&bench.lines(name)), first);
    }
}

/// A client that answers otherwise each second time that it is started.
const FLAKY: &str = r#"
read -r line
count=$(cat "$1" 2>/dev/null || echo 0)
echo $((count + 1)) > "$1"
echo '{"ready":true,"client":"flaky","version":"1"}'
while read -r line; do
    id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\)}$/\1/p')
    test -n "$id" || continue
    case $((count % 2)) in
        0) echo "{\"id\":$id,\"unsupported\":\"not today\"}" ;;
        *) echo "{\"id\":$id,\"outcome\":{\"type\":\"error\",\"name\":\"TypeError\"}}" ;;
    esac
done
"#;

#[test]
fn a_case_with_different_results_is_flaky() {
    let bench = Bench::new();
    let folder = bench.path("subjects/flaky");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("adapter.sh"), FLAKY).expect("a file");
    let start = format!("[\"sh\", \"{{subject}}/adapter.sh\", \"{}\"]", bench.text("count"));
    let package = "{ registry: this, name: flaky, version: \"1\" }";
    let subject = format!("name: flaky\nrole: client\npackage: {package}\nstart: {start}\n");
    fs::write(folder.join("subject.yaml"), subject).expect("a file");
    let output = bench.text("out.jsonl");
    let ran = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args([
            "run",
            "cors-check/presence#absent",
            "--client",
            "flaky",
            "--no-baseline",
        ])
        .args(["--repeat", "3", "--output", &output])
        .env("CROSSCHECK_SUBJECTS", bench.path("subjects"))
        .current_dir(root())
        .output()
        .expect("the program");
    let text = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(
        ran.status.code(),
        Some(1),
        "{text}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    for line in [
        "repetitions: 3; 1 case is flaky",
        "  flaky cors-check/presence#absent",
        "    2 of 3: not-applicable",
        "    1 of 3: ",
    ] {
        assert!(text.contains(line), "`{line}` is not in {text}");
    }
}
