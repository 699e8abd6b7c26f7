//! The example projects, each of which uses Crosscheck from a test of its own language, pass; with a fault in their server they fail.

use super::root;
use std::path::Path;
use std::process::{Command, Output};

/// The name of a project, its server, a right text and a faulty one in it, and the command of its tests.
const PROJECTS: [(&str, &str, &str, &str, &[&str]); 2] = [
    (
        "pytest",
        "app.py",
        "origin in allowed",
        "origin is not None",
        &["python3", "-m", "unittest"],
    ),
    (
        "node-test",
        "app.cjs",
        "allowed.includes(origin)",
        "origin !== undefined",
        &["node", "--test"],
    ),
];

fn test(folder: &Path, command: &[&str]) -> Output {
    Command::new(command[0])
        .args(&command[1..])
        .current_dir(folder)
        .env("CROSSCHECK", env!("CARGO_BIN_EXE_crosscheck"))
        .output()
        .expect("the command starts")
}

#[test]
fn the_example_projects_pass_and_find_a_fault() {
    for (name, server, right, faulty, command) in PROJECTS {
        let folder = tempfile::tempdir().expect("a folder");
        let project = root().join("docs/examples").join(name);
        for entry in std::fs::read_dir(project)
            .expect("a folder")
            .map(|entry| entry.expect("an entry"))
        {
            if entry.path().is_file() {
                std::fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("a file");
            }
        }
        let passed = test(folder.path(), command);
        assert!(passed.status.success(), "{name}: {passed:?}");
        let file = folder.path().join(server);
        let text = std::fs::read_to_string(&file).expect("a file");
        assert!(text.contains(right), "{name}");
        std::fs::write(file, text.replace(right, faulty)).expect("a file");
        let failed = test(folder.path(), command);
        assert!(!failed.status.success(), "{name}: {failed:?}");
    }
}
