//! Starts the program, and checks what it prints.

use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e} in\n{}\n{}", self.out, self.err))
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn run_in(folder: &Path, args: &[&str], stdin: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child
        .stdin
        .take()
        .expect("stdin")
        .write_all(stdin.as_bytes())
        .expect("stdin is read");
    let output = child.wait_with_output().expect("the program ends");
    Ran {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

pub(crate) fn crosscheck(args: &[&str]) -> Ran {
    run_in(&root(), args, "")
}

/// An error names what is wrong and what to do, and nothing else is printed.
#[track_caller]
pub(crate) fn check_error(ran: &Ran, code: i32, message: &str, help: &str) {
    assert_eq!(ran.code, code, "{}", ran.err);
    assert!(
        ran.err.starts_with("error: ") && ran.err.contains("\nhelp:  "),
        "{}",
        ran.err
    );
    assert!(ran.err.contains(message), "`{message}` is not in {}", ran.err);
    assert!(ran.err.contains(help), "`{help}` is not in {}", ran.err);
    assert_eq!(ran.out, "");
}
