//! Measures the commands on a generated corpus, and on one ten times as large: the peak memory, and whether the time grows in proportion.

use super::against;
use super::program::{Took, once};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// The number of cases of both corpora.
const SIZES: [usize; 2] = [25_000, 250_000];
const CASES_OF_FILE: usize = 500;
const FILES_OF_FOLDER: usize = 50;
/// The most memory that a command may take: 400 MB, in MiB.
const MEMORY: f64 = 400e6 / 1024.0 / 1024.0;
/// How many origins the pages have, as `lint` wants few.
const ORIGINS: usize = 7;

/// Measures both sizes, in turn.
pub(crate) fn measure() -> Result<Value> {
    let folder = tempfile::tempdir().context("cannot create a folder")?;
    let mut took: Vec<Vec<Took>> = Vec::new();
    for size in SIZES {
        let corpus = folder.path().join(size.to_string());
        generate(&corpus, size)?;
        took.push(commands(&corpus, folder.path())?);
        std::fs::remove_dir_all(&corpus)?;
    }
    let mut figures = Map::new();
    figures.insert("cases".to_owned(), json!(SIZES));
    if let [small, large] = took.as_slice() {
        for ((name, small), large) in NAMES.iter().zip(small).zip(large) {
            let growth = large.seconds / small.seconds;
            figures.insert(format!("{name}_seconds"), json!(large.seconds));
            figures.insert(format!("{name}_growth_for_ten_times"), against(growth, 12.0, false));
            figures.insert(format!("{name}_peak_mib"), against(large.peak, MEMORY, false));
        }
    }
    Ok(Value::Object(figures))
}

const NAMES: [&str; 4] = ["lint", "list", "run_model", "report"];

/// Runs each command once. All cases pass.
fn commands(corpus: &Path, folder: &Path) -> Result<Vec<Took>> {
    let results = folder.join("results.jsonl");
    let (corpus, results) = (corpus.to_string_lossy(), results.to_string_lossy());
    let (corpus, results) = (corpus.as_ref(), results.as_ref());
    let commands: [&[&str]; 4] = [
        &["lint", corpus],
        &["list", "--cases", corpus],
        &[
            "run",
            "--client",
            "model",
            "--cases",
            corpus,
            "--no-baseline",
            "--output",
            results,
        ],
        &["report", results],
    ];
    let took = |command: &&[&str]| {
        let took = once(command)?;
        // What `lint` reports of a generated corpus is no matter.
        ensure!(
            took.as_expected || command.first() == Some(&"lint"),
            "a generated case fails"
        );
        Ok(took)
    };
    commands.iter().map(took).collect()
}

/// Writes a corpus about the comparison of origins.
fn generate(folder: &Path, size: usize) -> Result<()> {
    for first in (0..size).step_by(CASES_OF_FILE) {
        let file = first / CASES_OF_FILE;
        let below = folder.join(format!("folder{}", file / FILES_OF_FOLDER));
        std::fs::create_dir_all(&below)?;
        let mut text = "# yaml-language-server: $schema=../schema/case.schema.json\n\
                        title: The origin is compared byte by byte\ncases:\n"
            .to_owned();
        for case in first..size.min(first + CASES_OF_FILE) {
            let page = case % ORIGINS;
            let is_granted = case % 3 > 0;
            let granted = if is_granted { page } else { page + 1 };
            let expect = if is_granted {
                "{ type: cors, status: 200 }"
            } else {
                "{ type: error, decided_by: cors-check/exact-origin }"
            };
            write!(
                text,
                "  - id: case{case}\n    title: case {case} of a large corpus\n    steps: [cors-check/exact-origin]\n    \
                 origin: https://app{page}.example\n    request: {{ url: \"https://api.example/data/{case}\" }}\n    \
                 exchange:\n      - request: {{ headers: {{ Origin: \"https://app{page}.example\" }} }}\n        \
                 response: {{ headers: {{ Access-Control-Allow-Origin: \"https://app{granted}.example\" }} }}\n    \
                 expect: {expect}\n"
            )?;
        }
        std::fs::write(below.join(format!("file{file}.yaml")), text)?;
    }
    Ok(())
}
