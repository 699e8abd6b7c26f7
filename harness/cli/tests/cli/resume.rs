//! `run --resume`: the same results as those of a run that was not interrupted.

use crate::program::{Ran, check_error, root, run_in};
use serde_json::Value;
use std::path::{Path, PathBuf};

const SUBJECTS: [&str; 6] = ["--client", "undici", "--server", "tower-http", "--client", "model"];
/// Marks a result that was not made anew.
const KEPT: u64 = 424_242;

struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("results.jsonl")
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let file = self.file();
        let mut all = vec!["run", "--no-baseline", "--output", file.to_str().expect("text")];
        all.extend(arguments);
        run_in(&root(), &all, "")
    }

    /// Continues the usual run.
    fn resume(&self) -> Ran {
        self.run(&[&["credentials/**", "policies/any#**", "--resume"][..], &SUBJECTS].concat())
    }

    fn write(&self, lines: &[&Value]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(self.file(), text).expect("a file");
    }

    fn lines(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.file()).expect("a file");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("a line"))
            .collect()
    }
}

/// A line without what depends on the time.
fn timeless(line: &Value) -> Value {
    let mut line = line.clone();
    if let Some(object) = line.as_object_mut() {
        for key in ["millis", "seconds", "started"] {
            object.remove(key);
        }
    }
    for exchange in line["transcript"].as_array_mut().into_iter().flatten() {
        if let Some(response) = exchange["response"].as_str() {
            let lines = response.split("\r\n").filter(|line| !line.starts_with("date: "));
            exchange["response"] = lines.collect::<Vec<_>>().join("\r\n").into();
        }
    }
    line
}

/// The lines of a subject.
fn of<'l>(lines: &'l [Value], subject: &str, kind: &str) -> Vec<&'l Value> {
    let is_it = |line: &&Value| line["kind"] == kind && line["subject"] == subject;
    lines.iter().filter(is_it).collect()
}

#[test]
fn a_run_that_continues_has_the_results_of_one_that_was_not_interrupted() {
    let bench = Bench::new();
    let whole = bench.resume();
    let expected = bench.lines();
    let mut marked = expected.clone();
    for line in marked.iter_mut().filter(|line| line["kind"] == "case") {
        line["millis"] = KEPT.into();
    }
    let marked: &[Value] = &marked;
    let every: Vec<&Value> = marked.iter().collect();
    let some = |subject, step| -> Vec<&Value> {
        let mut lines = of(marked, subject, "header");
        // In a run, cases end in any order.
        lines.extend(of(marked, subject, "case").into_iter().rev().step_by(step));
        lines
    };
    let half = of(marked, "undici", "case").len().div_ceil(2);
    let all = of(marked, "undici", "case").len();
    let all_of_server = of(marked, "tower-http", "case").len();
    let mut interrupted = of(marked, "undici", "footer")
        .first()
        .copied()
        .cloned()
        .expect("a footer");
    interrupted["complete"] = false.into();
    interrupted["interrupted"] = "TERM".into();
    let mut wrong = interrupted.clone();
    interrupted["verdicts"] = verdicts(&some("undici", 2));
    wrong["verdicts"] = serde_json::json!({ "pass": 1 });
    let table = [
        ("a run that was complete", every.clone(), every.len() - 6),
        ("a client that was killed", some("undici", 2), half),
        (
            "a client that was interrupted",
            [some("undici", 2), vec![&interrupted]].concat(),
            half,
        ),
        (
            "a client whose footer counts other lines",
            [some("undici", 2), vec![&wrong]].concat(),
            0,
        ),
        ("a client that lacks only its footer", some("undici", 1), all),
        ("a server that lacks only its footer", some("tower-http", 1), 0),
        (
            "a server that was complete, and a client",
            [
                some("tower-http", 1),
                some("undici", 2),
                of(marked, "tower-http", "footer"),
            ]
            .concat(),
            half + all_of_server,
        ),
        (
            "headers",
            [some("undici", 1000), some("tower-http", 10_000)].concat(),
            1,
        ),
        (
            "a client that is there twice",
            [some("undici", 2), some("undici", 2)].concat(),
            0,
        ),
    ];
    for (name, lines, kept) in table {
        bench.write(&lines);
        let ran = bench.resume();
        assert_eq!((ran.code, ran.err.as_str()), (whole.code, ""), "{name}");
        let lines = bench.lines();
        assert_eq!(
            lines.iter().filter(|line| line["millis"] == KEPT).count(),
            kept,
            "{name}"
        );
        let without_time = |lines: &[Value]| lines.iter().map(timeless).collect::<Vec<_>>();
        assert_same(name, &without_time(&lines), &without_time(&expected));
        assert_eq!(ran.out.contains("kept from the earlier run: "), kept > 0, "{name}");
        assert_eq!(counts(&ran.out), counts(&whole.out), "{name}");
    }
}

/// The counts of some lines.
fn verdicts(lines: &[&Value]) -> Value {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for verdict in lines.iter().filter_map(|line| line["verdict"].as_str()) {
        *counts.entry(verdict).or_default() += 1;
    }
    serde_json::json!(counts)
}

/// The report without the times and what is kept.
fn counts(report: &str) -> Vec<&str> {
    let lines = report
        .lines()
        .filter(|line| !line.contains(" cases in ") && !line.is_empty());
    lines
        .filter(|line| !line.starts_with("kept from the earlier run: ") && !line.contains("date: "))
        .collect()
}

#[track_caller]
fn assert_same(name: &str, found: &[Value], expected: &[Value]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(found.len(), expected.len(), "{name}");
}

#[test]
fn another_run_is_refused_and_its_results_stay() {
    let bench = Bench::new();
    let first = ["credentials/**", "--client", "model"];
    assert!(bench.run(&first).code <= 1);
    let before = std::fs::read(bench.file()).expect("a file");
    let cases = root().join("cases/credentials");
    let cases = cases.to_str().expect("text");
    let table: [(&[&str], &str); 4] = [
        (
            &["credentials/**", "--client", "undici"],
            "it had the subjects `model`, and this one has `undici`",
        ),
        (
            &["expose/**", "--client", "model"],
            "it had the filters `credentials/**`, and this one has `expose/**`",
        ),
        (
            &["--client", "model"],
            "it had the filters `credentials/**`, and this one has ``",
        ),
        (&["--cases", cases, "--client", "model"], "it had the corpus `"),
    ];
    for (arguments, message) in table {
        let ran = bench.run(&[arguments, &["--resume"]].concat());
        check_error(&ran, 2, message, "run without --resume, which replaces the file");
    }
    assert_eq!(std::fs::read(bench.file()).expect("a file"), before);
    assert_eq!(entries(bench.0.path()), ["results.jsonl"]);
}

#[test]
fn a_file_that_has_no_results_is_refused_and_stays() {
    let bench = Bench::new();
    std::fs::write(bench.file(), "my notes\n").expect("a file");
    let ran = bench.run(&["credentials/**", "--client", "model", "--resume"]);
    check_error(
        &ran,
        2,
        "results.jsonl:1: no line of crosscheck results",
        "run without --resume",
    );
    assert_eq!(std::fs::read_to_string(bench.file()).expect("a file"), "my notes\n");
}

#[test]
fn a_client_of_another_version_does_not_add_to_the_results() {
    let bench = Bench::new();
    let arguments = ["credentials/**", "--client", "undici"];
    bench.run(&arguments);
    let mut lines = bench.lines();
    lines.pop();
    lines.pop();
    lines[0]["version"] = "0.0.1".into();
    bench.write(&lines.iter().collect::<Vec<_>>());
    let ran = bench.run(&[&arguments[..], &["--resume"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("run it without --resume"), "{}", ran.out);
    let after = bench.lines();
    assert_eq!(
        after.len(),
        lines.len() + 1,
        "one case is missing, and the footer is new"
    );
    assert_eq!(after.last().map(|line| line["complete"].clone()), Some(false.into()));
}

#[test]
fn results_that_another_baseline_judges_otherwise_are_refused() {
    let bench = Bench::new();
    let arguments = ["cors-check/**", "--client", "undici"];
    bench.run(&arguments);
    let file = bench.file();
    let mut all = vec!["run", "--resume", "--output", file.to_str().expect("text")];
    all.extend(arguments);
    let before = std::fs::read(&file).expect("a file");
    let ran = run_in(&root(), &all, "");
    check_error(
        &ran,
        2,
        "the baseline of undici has changed since",
        "run without --resume",
    );
    assert_eq!(std::fs::read(&file).expect("a file"), before);
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name().into_string();
    entries.map(name).map(|name| name.expect("text")).collect()
}
