//! `cargo xtask examples`: the example projects in Go, Java and Rust pass on their own server, fail on a faulty one, and give each case the
//! verdict of the program. Those in Python and Node.js need nothing that is built, so that the tests of the program run them.

use crate::process::{PROFILE, command, root, run, status, target};
use anyhow::{Context as _, Result, bail, ensure};
use crosscheck_results::Verdict;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An example project.
struct Example {
    /// Its folder in `docs/examples`.
    name: &'static str,
    /// The command of its tests.
    test: &'static [&'static str],
    /// The cases that are compared.
    filter: &'static str,
    /// The file of its server, and a text in it.
    server: (&'static str, &'static str),
    /// A text that replaces it: the server compares only the end of an origin.
    fault: &'static str,
    /// Whether the tests write a results file, as the program does, and no verdicts of their own.
    has_results: bool,
}

const EXAMPLES: [Example; 3] = [
    Example {
        name: "go-test",
        test: &["go", "test", "-count=1"],
        filter: "policies/*",
        server: ("server.go", "slices.Contains(policy.Origins.List, origin)"),
        fault: "slices.ContainsFunc(policy.Origins.List, func(o string) bool { return strings.HasSuffix(origin, strings.TrimPrefix(o, `https://`)) })",
        has_results: false,
    },
    Example {
        name: "junit",
        test: &["mvn", "--quiet", "--batch-mode", "test"],
        filter: "policies/*",
        server: (
            "src/main/java/cors/Server.java",
            "!policy.origins.list.contains(origin)",
        ),
        fault: "policy.origins.list.stream().noneMatch(o -> origin != null && origin.endsWith(o.replace(\"https://\", \"\")))",
        has_results: false,
    },
    Example {
        name: "cargo-test",
        test: &["cargo", "test", "--quiet", "--target-dir", ".crosscheck/target"],
        filter: "policies/*",
        server: ("src/lib.rs", "listed.as_bytes() == origin.as_bytes()"),
        fault: "origin.as_bytes().ends_with(&listed.as_bytes()[\"https://\".len()..])",
        has_results: true,
    },
];

/// The least share of the cases that apply, in percent, that a test must judge. The documentation states it.
const LEAST_SHARE: usize = 98;

/// Whether each case fails, by id. Cases that do not apply are left out.
type Fails = BTreeMap<String, bool>;

/// Runs the example projects with these names, or all.
pub(crate) fn main(names: &[String]) -> Result<()> {
    let is_selected = |example: &&Example| names.is_empty() || names.iter().any(|name| name == example.name);
    let selected: Vec<&Example> = EXAMPLES.iter().filter(is_selected).collect();
    ensure!(!selected.is_empty(), "no example has such a name");
    for example in selected {
        example
            .check()
            .with_context(|| format!("the example {}", example.name))?;
    }
    Ok(())
}

impl Example {
    fn check(&self) -> Result<()> {
        let folder = self.copy()?;
        let mut export = crosscheck(&folder);
        export.args(["export", self.filter, "--output", "cases.json"]);
        run(export)?;
        let failed = self.compare(&folder, "right")?;
        ensure!(failed == 0, "{failed} cases fail on its own server");
        let (file, right) = self.server;
        let text = fs::read_to_string(folder.join(file))?;
        ensure!(text.contains(right), "{file} has no `{right}`");
        fs::write(folder.join(file), text.replace(right, self.fault))?;
        let failed = self.compare(&folder, "faulty")?;
        ensure!(failed > 0, "no case fails on a faulty server");
        Ok(())
    }

    /// Copies the project into the build folder, so that a fault can be written into it.
    fn copy(&self) -> Result<PathBuf> {
        let folder = target().join("examples").join(self.name);
        // What an earlier run has built stays.
        copy(&root().join("docs/examples").join(self.name), &folder)?;
        let manifest = folder.join("Cargo.toml");
        if manifest.exists() {
            let text = fs::read_to_string(&manifest)?;
            let here = format!("\"{}/", root().display());
            fs::write(&manifest, text.replace("\"../../../", &here))?;
            fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        }
        Ok(folder)
    }

    /// Runs the tests and the program, compares their verdicts, and returns how many cases fail.
    fn compare(&self, folder: &Path, state: &str) -> Result<usize> {
        let file = folder.join("verdicts.json");
        let (program, arguments) = self.test.split_first().context("the example has no command")?;
        let mut test = Command::new(program);
        test.args(arguments).current_dir(folder).env("VERDICTS", &file);
        let passes = is_successful(test, &folder.join(format!("{state}-test.txt")))?;
        let by_test = if self.has_results {
            read_results(&file)?
        } else {
            read_verdicts(&file)?
        };
        let failed = by_test.values().filter(|fails| **fails).count();
        ensure!(
            passes == (failed == 0),
            "{failed} cases fail, and the test passes: {passes}"
        );
        let results = folder.join("results.jsonl");
        if results.exists() {
            fs::remove_file(&results)?;
        }
        let mut program = crosscheck(folder);
        program.args(["run", self.filter, "--server", "app", "--no-baseline", "--details", "0"]);
        program.args(["--output", "results.jsonl"]);
        is_successful(program, &folder.join(format!("{state}-program.txt")))?;
        let by_program = read_results(&results)?;
        let shared: Vec<(&String, &bool)> = by_program.iter().filter(|(id, _)| by_test.contains_key(*id)).collect();
        let mut differences = shared.iter().filter(|(id, fails)| by_test.get(*id) != Some(fails));
        if let Some((id, _)) = differences.next() {
            bail!(
                "{} verdicts differ from those of the program; {id} is the first",
                differences.count() + 1
            );
        }
        let is_whole = shared.len() * 100 >= by_program.len() * LEAST_SHARE;
        ensure!(
            is_whole,
            "the test judges only {} of {} cases",
            shared.len(),
            by_program.len()
        );
        println!(
            "{}, {state} server: the test judges {} of the {} cases that apply, and none otherwise than the program; {failed} fail",
            self.name,
            shared.len(),
            by_program.len(),
        );
        Ok(failed)
    }
}

/// A command of the program in a folder.
fn crosscheck(folder: &Path) -> Command {
    let mut command = command(&target().join(PROFILE).join("crosscheck").to_string_lossy());
    command.current_dir(folder);
    command
}

/// Runs a command whose output goes to a file, because the failures on a faulty server fill the screen.
fn is_successful(mut command: Command, output: &Path) -> Result<bool> {
    let file = File::create(output)?;
    command.stdout(file.try_clone()?).stderr(file);
    Ok(status(command)?.success())
}

/// Reads the failures of each case that a test writes.
fn read_verdicts(file: &Path) -> Result<Fails> {
    let text = fs::read_to_string(file).with_context(|| format!("{} is not written", file.display()))?;
    let verdicts: BTreeMap<String, Vec<String>> = serde_json::from_str(&text)?;
    Ok(verdicts
        .into_iter()
        .map(|(id, failures)| (id, !failures.is_empty()))
        .collect())
}

/// Reads the verdicts of a results file.
fn read_results(file: &Path) -> Result<Fails> {
    let text = fs::read_to_string(file).with_context(|| format!("{} is not written", file.display()))?;
    let mut fails = Fails::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line)?;
        if let (Some(id), Some(verdict)) = (line["id"].as_str(), line["verdict"].as_str()) {
            let verdict: Verdict = verdict.parse()?;
            if verdict != Verdict::NotApplicable {
                fails.insert(id.to_owned(), verdict.fails_run());
            }
        }
    }
    ensure!(!fails.is_empty(), "{} has no verdict", file.display());
    Ok(fails)
}

/// Copies what is below a folder. Hidden files are left out, because builds write them.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let path = to.join(&name);
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &path)?;
        } else {
            fs::copy(entry.path(), path)?;
        }
    }
    Ok(())
}
