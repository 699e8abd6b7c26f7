//! `crosscheck init`, what it writes, and the `build` of a server.

use crate::program::{Ran, check_error, crosscheck, root, run_in};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages of the adapter of express-cors, which are installed if they are not.
fn packages() -> PathBuf {
    let installed = crosscheck(&["subjects", "install", "express-cors"]);
    assert_eq!(installed.code, 0, "{}", installed.err);
    let all = std::env::var_os("CROSSCHECK_INSTALLED").map_or_else(
        || crosscheck_runner::subject::cache_folder().join("subjects"),
        |folder| root().join(folder),
    );
    let own = fs::read_dir(all.join("express-cors")).expect("a folder");
    let modules = own.map(|entry| entry.expect("an entry").path().join("node_modules"));
    let is_whole = |modules: &PathBuf| ["express", "cors"].iter().all(|name| modules.join(name).is_dir());
    modules.into_iter().find(is_whole).expect("an installation")
}

/// Runs the program with packages for Node.js.
fn with_packages(folder: &Path, packages: &Path, args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args(args)
        .current_dir(folder)
        .env("NODE_PATH", packages)
        .output()
        .expect("the program starts");
    Ran {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// The verdicts of a results file.
fn verdicts(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("results");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line"));
    let cases = lines.filter(|line| line["kind"] == "case");
    cases
        .map(|case| case["verdict"].as_str().expect("a verdict").to_owned())
        .collect()
}

#[test]
fn a_skeleton_runs_and_is_judged() {
    let packages = packages();
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(
        folder.path().join("package.json"),
        r#"{"dependencies":{"express":"*"}}"#,
    )
    .expect("written");
    let init = run_in(folder.path(), &["init"], "");
    assert_eq!(init.code, 0, "{}", init.err);
    for line in [
        "a skeleton for Express (javascript):\n",
        "  crosscheck/server.cjs\n",
        "  npm install --save-dev cors\n",
        "  crosscheck run ",
    ] {
        assert!(init.out.contains(line), "{}", init.out);
    }
    let lint = run_in(folder.path(), &["lint"], "");
    assert_eq!(lint.code, 0, "{}{}", lint.out, lint.err);
    let run = with_packages(
        folder.path(),
        &packages,
        &["run", "policies/one#alphabet/*", "--details", "0"],
    );
    assert!(run.code < 2, "{}{}", run.out, run.err);
    let verdicts = verdicts(&folder.path().join(".crosscheck/results.jsonl"));
    assert!(verdicts.len() > 10, "{verdicts:?}");
    for never in ["broken", "not-judged", "not-applicable"] {
        assert!(!verdicts.iter().any(|verdict| verdict == never), "{verdicts:?}");
    }
    assert!(verdicts.iter().any(|verdict| verdict == "pass"), "{verdicts:?}");
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("crosscheck.yaml"), "mine").expect("written");
    let ran = run_in(folder.path(), &["init", "--language", "go"], "");
    check_error(
        &ran,
        2,
        "nothing is written, because this file exists already: crosscheck.yaml",
        "remove or rename what exists",
    );
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    let text = fs::read_to_string(folder.path().join("crosscheck.yaml")).expect("text");
    assert_eq!((left, text.as_str()), (1, "mine"));
}

#[test]
fn a_folder_that_shows_no_framework_is_an_error_with_what_to_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = run_in(folder.path(), &["init"], "");
    check_error(
        &ran,
        2,
        "no known framework is found in this folder",
        "write --language python",
    );
    let ran = run_in(folder.path(), &["init", "--framework", "expres"], "");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("express"), "{}", ran.err);
}

#[test]
fn the_job_of_a_project_on_gitlab_is_for_gitlab() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(".gitlab-ci.yml"), "").expect("written");
    let ran = run_in(folder.path(), &["init", "--framework", "flask"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("include: { local: .gitlab-ci.crosscheck.yml }"),
        "{}",
        ran.out
    );
    assert!(folder.path().join(".gitlab-ci.crosscheck.yml").is_file() && !folder.path().join(".github").exists());
}

/// The example of process mode, which a build puts into its place.
fn built_by(build: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let example = root().join("docs/examples/process");
    fs::copy(example.join("server.cjs"), folder.path().join("source.cjs")).expect("copied");
    let text = fs::read_to_string(example.join("crosscheck.yaml")).expect("text");
    let text = text.replace("    start:", &format!("    build: {build}\n    start:"));
    fs::write(folder.path().join("crosscheck.yaml"), text).expect("written");
    folder
}

#[test]
fn a_build_runs_once_before_the_first_process() {
    let folder = built_by("sh -c 'cp source.cjs server.cjs && echo built >> log'");
    let ran = run_in(folder.path(), &["run", "policies/{one,with-null}#alphabet/*"], "");
    assert!(ran.code < 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("running: sh -c 'cp source.cjs"), "{}", ran.err);
    assert_eq!(fs::read_to_string(folder.path().join("log")).expect("a log"), "built\n");
    let verdicts = verdicts(&folder.path().join(".crosscheck/results.jsonl"));
    assert!(verdicts.iter().any(|verdict| verdict == "pass"), "{verdicts:?}");
}

#[test]
fn a_build_that_fails_is_reported_with_its_output() {
    let folder = built_by("[sh, -c, 'echo \"error: no such type\" >&2; exit 9']");
    let ran = run_in(folder.path(), &["run", "policies/one#alphabet/*"], "");
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    let printed = format!("{}{}", ran.out, ran.err);
    for part in [
        "the `build` of crosscheck.yaml, failed with exit status: 9",
        "error: no such type",
    ] {
        assert!(printed.contains(part), "{printed}");
    }
}
