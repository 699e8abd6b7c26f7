//! `crosscheck list`.

use crate::program::{check_error, crosscheck, root, run_in};
use std::process::{Command, Stdio};

#[test]
fn lists() {
    let cases = crosscheck(&["list", "cors-check", "--format", "json"]).json();
    let first = &cases[0];
    for key in ["id", "title", "steps", "tags", "needs"] {
        assert!(!first[key].is_null(), "{key}");
    }
    assert!(first.as_object().expect("an object").contains_key("policy"));
    let steps = crosscheck(&["list", "--coverage", "--format", "json"]).json();
    let step = &steps["steps"][0];
    for key in ["id", "level", "in_model", "passing", "failing"] {
        assert!(!step[key].is_null(), "{key}");
    }
    check_error(
        &crosscheck(&["list", "no/such#case"]),
        2,
        "no case matches",
        "crosscheck list",
    );
    check_error(
        &crosscheck(&["list", "colour:red"]),
        2,
        "is not a filter key",
        "crosscheck list",
    );
    check_error(
        &crosscheck(&["list", "--cases", "/no/such/folder"]),
        2,
        "does not exist",
        "name a folder",
    );
    // The program carries the corpus, and a folder that is only called `cases` is none.
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(elsewhere.path().join("cases")).expect("a folder");
    std::fs::write(elsewhere.path().join("cases/case.yaml"), "client: x\n").expect("a file");
    let there = run_in(elsewhere.path(), &["list"], "");
    assert_eq!((there.code, there.out), (0, crosscheck(&["list"]).out), "{}", there.err);
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .arg("list")
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
}
