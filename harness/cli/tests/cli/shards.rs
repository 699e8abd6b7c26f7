//! Runs that are divided and merged: `run --shard`, and `merge`.

use crate::program::{check_error, root, run_in};
use crate::results_files::{Bench, report, timeless, verdicts};
use serde_json::Value;
use std::fs;
use std::process::Command;

#[test]
fn three_shards_of_the_embedded_subjects_merge_into_the_file_of_one_run() {
    let bench = Bench::new();
    let whole = bench.run("whole.jsonl", &[]);
    let shards = ["1.jsonl", "2.jsonl", "3.jsonl"];
    for (at, file) in shards.iter().enumerate() {
        let shard = format!("{}/3", at + 1);
        let ran = bench.run(file, &["--shard", &shard]);
        assert_eq!(ran.code, whole.code, "{}\n{}", ran.out, ran.err);
        assert!(ran.out.contains(&format!(" (client), shard {shard}: ")), "{}", ran.out);
        let lines = bench.lines(file);
        assert!(
            lines
                .iter()
                .filter(|l| l["kind"] == "header")
                .all(|l| l["shard"] == shard.as_str())
        );
        // No shard has nearly everything.
        assert!(verdicts(&lines).len() < verdicts(&bench.lines("whole.jsonl")).len() / 2);
    }
    // In any order.
    let merged = bench.merge(&["2.jsonl", "3.jsonl", "1.jsonl"], "merged.jsonl", &[]);
    assert_eq!(merged.code, 0, "{}", merged.err);
    let (whole, merged) = (bench.lines("whole.jsonl"), bench.lines("merged.jsonl"));
    assert_eq!(whole.len(), merged.len());
    for (whole, merged) in whole.iter().zip(&merged) {
        assert_eq!(timeless(whole), timeless(merged));
    }
    let (whole, merged) = (report(&bench, "whole.jsonl"), report(&bench, "merged.jsonl"));
    assert_eq!(whole, merged);
    let diff = bench.diff("whole.jsonl", "merged.jsonl", &[]);
    assert_eq!(diff.code, 0, "{}", diff.out);
    assert!(
        diff.out
            .ends_with("3 subjects compared: 0 new, 0 changed (0 for the worse), 0 fixed\n"),
        "{}",
        diff.out
    );
    // Without a shard, or with one twice, nothing is written.
    for (files, message) in [
        (&["1.jsonl", "3.jsonl"][..], "shard 2/3 is missing"),
        (
            &["1.jsonl", "2.jsonl", "3.jsonl", "2.jsonl"],
            "shard 2/3 of model is in",
        ),
        (&["whole.jsonl", "2.jsonl"], "model is in"),
    ] {
        check_error(&bench.merge(files, "other.jsonl", &[]), 2, message, "");
        assert!(!bench.path("other.jsonl").exists(), "{message}");
    }
    let partial = bench.merge(&["1.jsonl", "3.jsonl"], "partial.jsonl", &["--allow-incomplete"]);
    assert_eq!(partial.code, 0, "{}", partial.err);
    assert!(partial.out.contains("marked as incomplete"), "{}", partial.out);
    let ran = run_in(&root(), &["report", &bench.text("partial.jsonl")], "");
    assert!(
        ran.code == 1 && ran.out.contains("incomplete: shard 2/3 is missing"),
        "{}",
        ran.out
    );
}

#[test]
fn a_shard_without_a_case_is_no_error_and_replaces_an_earlier_file() {
    let bench = Bench::new();
    let case = [
        "cors-check/presence#absent",
        "--client",
        "model",
        "--server",
        "tower-http",
    ];
    let mut with_cases = 0;
    for shard in ["1/4", "2/4", "3/4", "4/4"] {
        fs::write(bench.path("out.jsonl"), "of an earlier run").expect("a file");
        let ran = bench.run("out.jsonl", &[&case[..], &["--shard", shard]].concat());
        assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
        let lines = bench.lines("out.jsonl");
        let footers: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "footer").collect();
        assert_eq!(footers.len(), 2);
        assert!(footers.iter().all(|footer| footer["complete"] == true));
        with_cases += verdicts(&lines).len();
        fs::rename(bench.path("out.jsonl"), bench.path(&format!("{}.jsonl", &shard[..1]))).expect("a file");
    }
    assert_eq!(with_cases, 1);
    let merged = bench.merge(&["1.jsonl", "2.jsonl", "3.jsonl", "4.jsonl"], "all.jsonl", &[]);
    assert_eq!(merged.code, 0, "{}", merged.err);
}

#[test]
fn a_shard_that_does_not_exist_is_an_error_that_states_what_to_write() {
    let bench = Bench::new();
    for (text, message) in [
        ("3/2", "there is no shard 3 of 2; write K/N with K from 1 to N"),
        ("0/2", "there is no shard 0 of 2"),
        ("a/b", "`a/b` is not a shard; write K/N, for example 2/3"),
    ] {
        check_error(
            &bench.run("out.jsonl", &["--shard", text]),
            2,
            message,
            "write --shard K/N",
        );
    }
    let refused = bench.run("out.jsonl", &["--shard", "1/2", "--update-baseline"]);
    assert!(
        refused.code == 2 && refused.err.contains("cannot be used with"),
        "{}",
        refused.err
    );
    assert!(!bench.path("out.jsonl").exists());
}

#[test]
fn shard_auto_reads_the_variables_of_the_ci_system() {
    let bench = Bench::new();
    let all = [
        "CI_NODE_INDEX",
        "CI_NODE_TOTAL",
        "CIRCLE_NODE_INDEX",
        "CIRCLE_NODE_TOTAL",
        "BUILDKITE_PARALLEL_JOB",
        "BUILDKITE_PARALLEL_JOB_COUNT",
        "JOB_COMPLETION_INDEX",
        "CROSSCHECK_SHARDS",
    ];
    let run = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crosscheck"));
        let output = bench.text("out.jsonl");
        command.args([
            "run",
            "cors-check/presence",
            "--client",
            "model",
            "--shard",
            "auto",
            "--output",
            &output,
        ]);
        for name in all {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied()).current_dir(root());
        let output = command.output().expect("the program");
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    let (code, error) = run(&[("JOB_COMPLETION_INDEX", "1"), ("CROSSCHECK_SHARDS", "3")]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(bench.lines("out.jsonl")[0]["shard"], "2/3");
    let (code, error) = run(&[]);
    assert_eq!(code, Some(2));
    assert!(all.iter().all(|name| error.contains(name)), "{error}");
}

#[test]
fn another_shard_is_not_continued() {
    let bench = Bench::new();
    let arguments = ["cors-check", "--client", "model", "--shard"];
    assert_eq!(bench.run("out.jsonl", &[&arguments[..], &["1/2"]].concat()).code, 0);
    let other = bench.run("out.jsonl", &[&arguments[..], &["2/2", "--resume"]].concat());
    check_error(
        &other,
        2,
        "it had the shard `1/2`, and this one has `2/2`",
        "without --resume",
    );
    let same = bench.run("out.jsonl", &[&arguments[..], &["1/2", "--resume"]].concat());
    assert_eq!(same.code, 0, "{}", same.err);
}

#[test]
fn runs_of_different_subjects_merge() {
    let bench = Bench::new();
    bench.run(
        "a.jsonl",
        &["policies/one", "cors-check/presence", "--server", "tower-http"],
    );
    bench.run("b.jsonl", &["policies/one", "cors-check/presence", "--client", "model"]);
    bench.run("other.jsonl", &["policies/one", "--client", "model"]);
    bench.run(
        "both.jsonl",
        &[
            "policies/one",
            "cors-check/presence",
            "--server",
            "tower-http",
            "--client",
            "model",
        ],
    );
    let merged = bench.merge(&["b.jsonl", "a.jsonl"], "merged.jsonl", &["--format", "json"]);
    assert_eq!(merged.json()["subjects"], serde_json::json!(["model", "tower-http"]));
    assert_eq!(report(&bench, "both.jsonl"), report(&bench, "merged.jsonl"));
    check_error(
        &bench.merge(&["a.jsonl", "other.jsonl"], "x.jsonl", &[]),
        2,
        "the filter of",
        "same filters",
    );
    // A file may take the place of one of its parts.
    assert_eq!(bench.merge(&["b.jsonl", "a.jsonl"], "a.jsonl", &[]).code, 0);
    assert_eq!(
        verdicts(&bench.lines("a.jsonl")),
        verdicts(&bench.lines("merged.jsonl"))
    );
}
