//! An adapter that breaks the protocol causes one clear error line for its subject, and the other subjects run. The bad adapters are in
//! `bad-subjects/`.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cases of the two policies `any` and `pair`.
const CASES: [&str; 2] = ["policies/any#origin/*", "policies/pair#origin/*"];

/// Every subject that cannot run, and parts of its error line.
const CANNOT_RUN: [(&str, &[&str]); 19] = [
    ("any-address", &["`ready` is not a loopback URL", "0.0.0.0:8080"]),
    ("answers-twice", &["a policy twice", "no, and no again"]),
    (
        "dies",
        &[
            "ended before it was ready",
            "exit status: 7",
            "stderr ends with: out of luck",
            "run `how to install dies`",
        ],
    ),
    (
        "elsewhere",
        &["reports the address 127.0.0.1:", "nothing listens there"],
    ),
    ("endless-line", &["a line that does not end"]),
    (
        "everywhere",
        &[
            "listens on every address of this machine at port",
            "a loopback address only",
        ],
    ),
    ("far-address", &["`ready` is not a loopback URL", "192.0.2.1"]),
    ("floods-stderr-only", &["not ready after 1 s", "all is lost"]),
    ("garbage", &["does not speak the protocol", "Listening on port 3000!"]),
    ("never-answers", &["not ready after 1 s"]),
    ("never-reads", &["not ready after 1 s"]),
    (
        "no-package",
        &[
            "ended before it was ready",
            "no-such-package-of-crosscheck",
            "run `how to install no-package`",
        ],
    ),
    (
        "no-runtime",
        &[
            "cannot start `no-such-runtime-of-crosscheck",
            "run `how to install no-runtime`",
        ],
    ),
    (
        "missing-version@9.9.9",
        &["npm install", "missing-version@9.9.9", "failed", "404 no such version"],
    ),
    ("one-address-twice", &["two policies at one address"]),
    ("omits-a-policy", &["`done` without an answer for the policy `pair`"]),
    ("two-words", &["exactly one of `ready`, `refused`, `unsupported`"]),
    ("unknown-policy", &["a policy that was not sent"]),
    // Its package manager is not installed.
    ("no-manager@9.9.9", &["`go` is not installed", "install Go"]),
];

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs the program on these subjects.
fn run(subjects: &[&str], arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = command(folder.path());
    command
        .args(["run", "--no-baseline", "--output"])
        .arg(folder.path().join("results.jsonl"))
        .args(arguments);
    for subject in subjects {
        command.args(["--server", subject]);
    }
    ran(command.args(CASES))
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("the program runs");
    Ran {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// The program, with the bad subjects in place of those of the project. Its PATH has a failing `npm` and no other package manager.
fn command(folder: &Path) -> Command {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad-subjects");
    let mut command = Command::new(env!("CARGO_BIN_EXE_crosscheck"));
    command
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .env("CROSSCHECK_SUBJECTS", own)
        .env("CROSSCHECK_INSTALLED", folder.join("installed"))
        .env("PATH", bin(folder));
    command
}

/// A PATH with the tools that the bad adapters are written with, an `npm` that finds nothing, and no `go`.
fn bin(folder: &Path) -> PathBuf {
    let bin = folder.join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    for tool in ["sh", "node", "cat", "yes", "tr", "sleep"] {
        let path = std::env::var_os("PATH").expect("a PATH");
        let found = std::env::split_paths(&path).map(|p| p.join(tool)).find(|p| p.is_file());
        let found = found.unwrap_or_else(|| panic!("{tool} is not on the PATH"));
        std::os::unix::fs::symlink(found, bin.join(tool)).expect("a link");
    }
    let npm = bin.join("npm");
    std::fs::write(&npm, "#!/bin/sh\necho 'npm error 404 no such version' >&2\nexit 1\n").expect("a script");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(npm, executable).expect("a script that can be started");
    bin
}

fn json(ran: &Ran) -> Vec<Value> {
    let value: Value = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e} in\n{}\n{}", ran.out, ran.err));
    value["subjects"].as_array().expect("subjects").clone()
}

#[test]
fn each_bad_subject_has_its_error_line_and_the_others_run() {
    let mut subjects: Vec<&str> = CANNOT_RUN.iter().map(|(name, _)| *name).collect();
    // The good subjects are at the start, in the middle and at the end of the subjects that run concurrently.
    subjects.insert(0, "actix-cors");
    subjects.insert(7, "floods");
    subjects.push("tower-http");
    let ran = run(&subjects, &["--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let reported = json(&ran);
    assert_eq!(reported.len(), subjects.len());
    for (name, parts) in CANNOT_RUN {
        let subject = reported.iter().find(|s| s["subject"] == name).expect("an entry");
        let error = subject["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{name} ran: {subject}"));
        assert!(!error.contains('\n') && error.len() < 4000, "{name}: {error}");
        for part in parts {
            assert!(error.contains(part), "{name}: `{part}` is not in: {error}");
        }
        assert_eq!(subject["verdicts"], serde_json::json!({}), "{name}");
    }
    for name in ["actix-cors", "floods", "tower-http"] {
        let subject = reported.iter().find(|s| s["subject"] == name).expect("an entry");
        assert!(subject["error"].is_null(), "{name}: {}", subject["error"]);
        assert_eq!(subject["complete"], true, "{name}");
        assert!(
            subject["verdicts"]["broken"].is_null(),
            "{name}: {}",
            subject["verdicts"]
        );
    }
}

#[test]
fn on_a_terminal_the_error_line_follows_the_subject() {
    let ran = run(&["garbage", "tower-http"], &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out
            .contains("garbage 1 (server): could not run\n  the adapter does not speak the protocol: "),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("\ntower-http 0."), "{}", ran.out);
    assert!(
        ran.out.contains("-      garbage     nothing could run\n"),
        "{}",
        ran.out
    );
}

#[test]
fn nothing_could_run_only_if_nothing_could() {
    for (subjects, code) in [
        (&["garbage"][..], 3),
        (&["garbage", "dies", "no-runtime"], 3),
        (&["garbage", "tower-http"], 1),
    ] {
        assert_eq!(run(subjects, &["--format", "json"]).code, code, "{subjects:?}");
    }
}

#[test]
fn a_server_that_never_answers_is_awaited_in_three_cases_only() {
    let ran = run(
        &["takes-and-never-answers", "tower-http"],
        &["--format", "json", "--timeout", "0.2", "--jobs", "1"],
    );
    let reported = json(&ran);
    assert_eq!(
        reported[0]["verdicts"],
        serde_json::json!({ "broken": reported[0]["cases"] }),
        "{}",
        reported[0]
    );
    let causes: Vec<&str> = reported[0]["causes"]
        .as_array()
        .expect("causes")
        .iter()
        .filter_map(|c| c["cause"].as_str())
        .collect();
    assert_eq!(causes, ["crash/not-asked", "crash/hang"], "{}", reported[0]["causes"]);
    assert_eq!(
        reported[0]["causes"][1]["cases"].as_array().map(Vec::len),
        Some(3),
        "the first three cases are waited for"
    );
}

#[test]
fn the_list_shows_what_is_missing_and_how_to_install_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let listed = ran(command(folder.path()).args(["subjects", "list", "--format", "json"]));
    assert_eq!(listed.code, 0, "{}", listed.err);
    let listed: Value = serde_json::from_str(&listed.out).expect("JSON");
    let status_of = |name: &str| {
        let subject = listed.as_array().expect("a list").iter().find(|s| s["name"] == name);
        subject.expect("an entry")["status"]
            .as_str()
            .expect("a status")
            .to_owned()
    };
    for (name, expected) in [
        ("tower-http", "built in"),
        ("dies", "installed"),
        ("no-runtime", "not installed: how to install no-runtime"),
        ("missing-version", "not installed: how to install missing-version"),
    ] {
        assert_eq!(status_of(name), expected, "{name}");
    }
}

#[test]
fn a_check_runs_a_case_and_reports_what_is_wrong_with_each_subject() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = [
        "subjects",
        "check",
        "actix-cors",
        "everywhere",
        "takes-and-never-answers",
        "--format",
        "json",
    ];
    let checked = ran(command(folder.path()).args(arguments));
    assert_eq!(checked.code, 1, "{}", checked.err);
    let reported = json(&checked);
    assert_eq!(reported[0]["fine"], true, "{}", reported[0]);
    assert_eq!(reported[0]["smoke"]["verdict"], "pass", "{}", reported[0]);
    assert_eq!(reported[1]["fine"], false, "{}", reported[1]);
    let error = reported[1]["error"].as_str().expect("an error");
    assert!(error.contains("listens on every address"), "{error}");
    assert_eq!(reported[2]["fine"], false, "{}", reported[2]);
    assert_eq!(reported[2]["smoke"]["verdict"], "broken", "{}", reported[2]);
}
