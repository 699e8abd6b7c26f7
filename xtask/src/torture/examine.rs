//! What must hold after a run, however it ended.

use super::program::Try;
use anyhow::{Context as _, Result};
use crosscheck_results::read_file;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns what does not hold.
pub(super) fn violations(program: &Path, tried: &Try) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if !tried.has_ended {
        found.push("the run did not end".to_owned());
    }
    if tried.stderr.contains("panicked at") || tried.code == Some(101) {
        found.push("a panic".to_owned());
    }
    if let Some(code) = tried.code.filter(|code| ![0, 1, 2, 3, 129, 130, 143].contains(code)) {
        found.push(format!("exit code {code}"));
    }
    results(tried, &mut found);
    if tried.is_forced {
        let status = Command::new(program)
            .args(["explain", "vary"])
            .env("TMPDIR", tried.temporary())
            .current_dir(crate::process::root())
            .output()
            .context("cannot start the program again")?
            .status;
        if !status.success() {
            found.push(format!("the next start: {status}"));
        }
    }
    let left = entries(&tried.temporary())?;
    if !left.is_empty() {
        found.push(format!("temporary files: {left:?}"));
    }
    let processes = processes(tried.folder());
    if !processes.is_empty() {
        found.push(format!("processes: {}", processes.join(", ")));
    }
    let names: Vec<PathBuf> = entries(tried.folder())?;
    let known = ["results.jsonl", "stderr", "stdout", "tmp"];
    let is_known = |path: &PathBuf| known.iter().any(|name| path.ends_with(name));
    if let Some(other) = names.iter().find(|path| !is_known(path)) {
        found.push(format!("another file: {}", other.display()));
    }
    Ok(found)
}

/// The file must be readable, have what was reported, and not claim more than it has.
fn results(tried: &Try, found: &mut Vec<String>) {
    let path = tried.results();
    if !path.exists() {
        return;
    }
    let runs = match read_file(&path) {
        Ok(runs) => runs,
        Err(error) => {
            found.push(format!("the results: {error}"));
            return;
        }
    };
    for run in &runs {
        let is_whole = run.cases.len() == run.header.cases;
        if run.is_complete() && !is_whole {
            let subject = &run.header.subject;
            found.push(format!(
                "{subject} is complete with {} of {} cases",
                run.cases.len(),
                run.header.cases
            ));
        }
    }
    // `incomplete: interrupted by INT after 41 of 252 cases`
    let reported = tried.stdout.lines().filter_map(|line| {
        let (_, rest) = line.split_once("interrupted by ")?;
        rest.split_ascii_whitespace().nth(2)?.parse::<usize>().ok()
    });
    let reported: usize = reported.sum();
    let cases: usize = runs.iter().map(|run| run.cases.len()).sum();
    if cases < reported {
        found.push(format!("{reported} cases were reported, and the file has {cases}"));
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

/// The processes whose environment names a folder, without those that have ended.
fn processes(folder: &Path) -> Vec<String> {
    let wanted = folder.as_os_str().as_encoded_bytes();
    let of = |entry: std::fs::DirEntry| {
        let environment = std::fs::read(entry.path().join("environ")).ok()?;
        let is_ours = environment.windows(wanted.len()).any(|part| part == wanted);
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let is_alive = !stat.rsplit_once(')')?.1.trim_start().starts_with(['Z', 'X']);
        (is_ours && is_alive).then(|| stat.split_once(')').map(|(name, _)| name.to_owned()))?
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(of).collect()
}
