//! `crosscheck probe` on small servers: harmless ones, faulty ones, and several at once.

mod docs;
mod faulty;
mod harmless;
mod infer;
mod known;
mod project;
mod server;
mod several;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A policy for one origin with credentials.
const PRIVATE: &str = "title: Private\npolicy:\n  origins: { list: [https://app.example] }\n  credentials: true\n  methods: [PUT]\n  headers: [authorization]\n";
/// A policy for two origins.
const TWO: &str =
    "title: Two\npolicy:\n  origins: { list: [https://app.example, https://b.example] }\n  methods: [PUT]\n";
/// A policy for one origin that only reads.
const READ: &str = "title: Read\npolicy: { origins: { list: [https://app.example] } }\n";
/// A policy for everybody.
const PUBLIC: &str = "title: Public\npolicy: { origins: { any: true } }\n";
/// A policy for everybody, with any request header.
const PUBLIC_HEADERS: &str =
    "title: Public\npolicy: { origins: { any: true }, headers: any, methods: [PUT], expose: any, max_age: 0 }\n";

/// Arguments that leave out waiting, and allow for a busy machine.
const FAST: [&str; 4] = ["--rate", "100000", "--timeout", "120"];

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e} in\n{}\n{}", self.out, self.err))
    }
}

/// Runs `crosscheck` in a folder.
fn crosscheck(folder: &Path, args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    Ran {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Runs `crosscheck probe` in a folder, fast.
fn probe(folder: &Path, args: &[&str]) -> Ran {
    crosscheck(folder, &[&["probe"], args, &FAST].concat())
}

/// Runs `crosscheck infer` in a folder, fast.
fn infer(folder: &Path, args: &[&str]) -> Ran {
    crosscheck(folder, &[&["infer"], args, &FAST].concat())
}

/// A folder with a policy.
fn folder(policy: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("policy.yaml"), policy).expect("a file");
    let path = folder.path().to_owned();
    (folder, path)
}
