//! Checks what the compiler does not check: layers, file sizes, and what an adapter may do.

mod clock;
mod cycles;
mod known;
mod layers;
mod uses;

use crate::process::{command, root};
use anyhow::{Result, bail};
use std::path::Path;

/// The most lines of a source in Rust. A longer one has more than one purpose.
const LONGEST_FILE: usize = 500;
/// The limit of the median number of lines; the median must be below it.
const MEDIAN: usize = 200;
/// The first line of a `subject.yaml`: the schema, for editors.
const SUBJECT_SCHEMA: &str = "# yaml-language-server: $schema=../../../cases/schema/subject.schema.json\n";
/// The code that the adapters of configured servers share.
const SHARED_CONFIGURATION: &str = "harness/subjects/configuration.cjs";

/// Checks every file that git tracks.
pub(crate) fn run() -> Result<()> {
    let output = command("git").args(["ls-files"]).output()?;
    let files = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut faults = layers::check()?;
    let mut lengths = Vec::new();
    for file in files.lines() {
        let path = root().join(file);
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        check(file, &path, &text, &mut faults);
        clock::check(file, &text, &mut faults);
        if file.ends_with(".rs") {
            lengths.push(text.lines().count());
        }
    }
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or_default();
    if median >= MEDIAN {
        faults.push(format!(
            "the median source in Rust has {median} lines; keep it below {MEDIAN}"
        ));
    }
    for (key, why) in documents() {
        if !root().join(key).exists() {
            faults.push(format!("{key} is missing: {why}"));
        }
    }
    faults.extend(clock::missing());
    let faults = known::subtract(faults)?;
    if faults.is_empty() {
        return Ok(());
    }
    bail!("tidy found:\n{}", faults.join("\n"))
}

fn check(file: &str, path: &Path, text: &str, faults: &mut Vec<String>) {
    if file.starts_with("harness/subjects/") && file.ends_with("/subject.yaml") && !text.starts_with(SUBJECT_SCHEMA) {
        faults.push(format!(
            "{file}: the first line must be `{}`",
            SUBJECT_SCHEMA.trim_end()
        ));
    }
    let lines = text.lines().count();
    if file.ends_with(".rs") && lines > LONGEST_FILE {
        faults.push(format!(
            "file {file} has more than {LONGEST_FILE} lines; split it by purpose"
        ));
    }
    let adapter = file.starts_with("harness/subjects/") && file != SHARED_CONFIGURATION && !is_configuration(file);
    let code = path.extension().is_some_and(|e| {
        matches!(
            e.to_str(),
            Some("rs" | "js" | "cjs" | "mjs" | "py" | "go" | "java" | "kt" | "scala" | "pl" | "rb")
        )
    });
    // The application's own header on `/acao` is not a CORS header of the adapter, and neither is a Quarkus setting with such a name.
    let writes = |line: &str| {
        let line = line.to_ascii_lowercase().replace("\"cors.access-control-", "");
        line.contains("access-control-") && !line.contains("https://own.example")
    };
    if adapter && code && text.lines().any(writes) {
        faults.push(format!(
            "{file}: an adapter must not write a CORS header itself; let the library write it"
        ));
    }
    if text.contains(concat!("todo", "!(")) || text.contains(concat!("unimplemented", "!(")) {
        faults.push(format!("{file}: contains an unfinished function; complete it"));
    }
}

/// Returns whether a file belongs to a server without CORS support, for which the headers in its configuration are tested.
fn is_configuration(file: &str) -> bool {
    let Some((subject, _)) = file
        .strip_prefix("harness/subjects/")
        .and_then(|below| below.split_once('/'))
    else {
        return false;
    };
    let description = root().join("harness/subjects").join(subject).join("subject.yaml");
    std::fs::read_to_string(description)
        .is_ok_and(|text| text.lines().any(|line| line.trim_end() == "configuration: true"))
}

fn documents() -> [(&'static str, &'static str); 6] {
    [
        ("README.md", "it explains how to use the program"),
        ("ARCHITECTURE.md", "it explains where to find each part of the code"),
        (
            "CONTRIBUTING.md",
            "it explains how to add a case, a subject, a fuzz target",
        ),
        ("CHANGELOG.md", "it lists the changes"),
        ("LICENSE-MIT", "it is one of the two licences"),
        ("LICENSE-APACHE", "it is one of the two licences"),
    ]
}
