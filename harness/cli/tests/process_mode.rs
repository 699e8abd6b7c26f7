//! Process mode gives the same verdicts as the adapter protocol: real libraries run in both, with the same configuration.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is compared of a case: its verdict, and the rules that it breaks.
type Verdicts = BTreeMap<String, (String, Vec<String>)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Copies a folder. Its files have the same content, so that an installation of the subject is that of the original.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// A folder of subjects with one server and what its adapter needs, in process mode.
fn in_process_mode(name: &str, shared: &[&str], folder: &Path) {
    let subjects = root().join("harness/subjects");
    copy(&subjects.join(name), &folder.join(name));
    for name in shared {
        let from = subjects.join(name);
        if from.is_dir() {
            copy(&from, &folder.join(name));
        } else {
            std::fs::copy(from, folder.join(name)).expect("a copy");
        }
    }
    let file = folder.join(name).join("subject.yaml");
    let text = std::fs::read_to_string(&file).expect("a file");
    assert!(text.contains("\nflags:"), "{text}");
    std::fs::write(file, text.replace("\nflags:", "\nprotocol: process\nflags:")).expect("a file");
}

fn run(name: &str, subjects: Option<&Path>, output: &Path) -> Verdicts {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crosscheck"));
    command
        .args(["run", "--no-baseline", "--server", name, "--output"])
        .arg(output)
        .current_dir(root());
    if let Some(folder) = subjects {
        command.env("CROSSCHECK_SUBJECTS", folder);
    }
    let ran = command.output().expect("the program runs");
    let text = std::fs::read_to_string(output).expect("results");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut verdicts = Verdicts::new();
    for line in lines {
        assert!(
            line.get("error").is_none_or(Value::is_null),
            "{line}: {}",
            String::from_utf8_lossy(&ran.stdout)
        );
        if let Some(verdict) = line["verdict"].as_str() {
            let deviations = line["deviations"].as_array().into_iter().flatten();
            let mut rules: Vec<String> = deviations.map(|deviation| deviation["rule"].to_string()).collect();
            rules.sort();
            verdicts.insert(
                line["id"].as_str().expect("a text").to_owned(),
                (verdict.to_owned(), rules),
            );
        }
    }
    verdicts
}

#[test]
fn process_mode_gives_the_verdicts_of_the_adapter() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, shared) in [
        ("express-cors", &["server.cjs"][..]),
        ("starlette", &["common"][..]),
        ("rs-cors", &["go-common"][..]),
    ] {
        let own = folder.path().join(name);
        in_process_mode(name, shared, &own);
        let by_adapter = run(name, None, &folder.path().join("adapter.jsonl"));
        let by_process = run(name, Some(&own), &folder.path().join("process.jsonl"));
        assert!(
            by_adapter.values().filter(|(verdict, _)| verdict == "pass").count() > 1000,
            "{name}"
        );
        let differ =
            |(id, found): (&String, &(String, Vec<String>))| (by_process.get(id) != Some(found)).then(|| id.clone());
        let different: Vec<String> = by_adapter.iter().filter_map(differ).collect();
        assert_eq!(different, Vec::<String>::new(), "{name}");
        assert_eq!(by_adapter.len(), by_process.len(), "{name}");
    }
}
