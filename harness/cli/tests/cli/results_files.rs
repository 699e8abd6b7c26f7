//! Results files of the program in a temporary folder.

use crate::program::{Ran, root, run_in};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

pub(crate) struct Bench(TempDir);

impl Bench {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The path of a file as an argument.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("text").to_owned()
    }

    /// Runs the project's corpus.
    pub(crate) fn run(&self, output: &str, arguments: &[&str]) -> Ran {
        let output = self.text(output);
        run_in(&root(), &[&["run", "--output", &output], arguments].concat(), "")
    }

    pub(crate) fn merge(&self, files: &[&str], output: &str, arguments: &[&str]) -> Ran {
        let files: Vec<String> = files.iter().map(|name| self.text(name)).collect();
        let output = self.text(output);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        run_in(
            &root(),
            &[&["merge", "--output", &output], arguments, &files].concat(),
            "",
        )
    }

    pub(crate) fn diff(&self, before: &str, after: &str, arguments: &[&str]) -> Ran {
        let (before, after) = (self.text(before), self.text(after));
        run_in(&root(), &[&["diff", &before, &after], arguments].concat(), "")
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(name)).expect("a file");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("a line"))
            .collect()
    }

    pub(crate) fn write(&self, name: &str, lines: &[Value]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.path(name), text).expect("a file");
    }
}

/// A line without what depends on the time, on ports, and on the order in a hash table of a library.
pub(crate) fn timeless(line: &Value) -> Value {
    let mut line = line.clone();
    if let Some(object) = line.as_object_mut() {
        for key in ["millis", "seconds", "started"] {
            object.remove(key);
        }
    }
    for exchange in line["transcript"].as_array_mut().into_iter().flatten() {
        if let Some(response) = exchange["response"].as_str() {
            let lines = response.split("\r\n").filter(|line| !line.starts_with("date: "));
            let mut lines: Vec<String> = lines.map(sorted_list).collect();
            lines.sort();
            exchange["response"] = lines.join("\r\n").into();
        }
    }
    for list in ["deviations", "trace"] {
        for item in line[list].as_array_mut().into_iter().flatten() {
            for key in ["expected", "actual", "what", "detail"] {
                if let Some(text) = item[key].as_str() {
                    item[key] = sorted_list(text).into();
                }
            }
        }
    }
    line
}

/// A text whose words are sorted: actix-cors writes lists of headers and methods in a new order in each process.
fn sorted_list(text: &str) -> String {
    let mut words: Vec<&str> = text.split([',', ' ']).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

/// The report without its times.
pub(crate) fn report(bench: &Bench, file: &str) -> Value {
    let ran = run_in(&root(), &["report", &bench.text(file), "--format", "json"], "");
    let mut value = ran.json();
    for subject in value["subjects"].as_array_mut().into_iter().flatten() {
        subject["seconds"] = 0.into();
    }
    value["exit"] = ran.code.into();
    value
}

/// The verdicts by subject and case.
pub(crate) fn verdicts(lines: &[Value]) -> BTreeMap<(String, String), Value> {
    let cases = lines.iter().filter(|line| line["kind"] == "case");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    cases
        .map(|line| ((text(&line["subject"]), text(&line["id"])), line["verdict"].clone()))
        .collect()
}
