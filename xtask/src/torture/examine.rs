//! What must hold after a run, however it ended.

use super::program::Try;
use anyhow::{Context as _, Result};
use crosscheck_results::{CaseId, Run, Verdict, read_file};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a try may leave in its folder.
const KNOWN: [&str; 8] = [
    "results.jsonl",
    "stderr",
    "stdout",
    "tmp",
    "trace",
    "clock",
    "disk",
    "html",
];
/// The exit code of a program that the system's loader could not load.
const NOT_LOADED: i32 = 127;

/// Returns what does not hold.
pub(super) fn violations(program: &Path, tried: &Try) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if !tried.has_ended {
        found.push("the run did not end".to_owned());
    }
    let is_panic = tried.stderr.contains("panicked at") && !super::calls::is_before_main(tried);
    if is_panic || tried.code == Some(101) {
        found.push("a panic".to_owned());
    }
    if let Some(code) = tried
        .code
        .filter(|code| ![0, 1, 2, 3, 129, 130, 143, NOT_LOADED].contains(code))
    {
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
        let names: Vec<&str> = processes.iter().map(|process| process.name.as_str()).collect();
        found.push(format!("processes: {}", names.join(", ")));
        kill_all(tried.folder())?;
    }
    let names: Vec<PathBuf> = entries(tried.folder())?;
    let is_known = |path: &PathBuf| KNOWN.iter().any(|name| path.ends_with(name));
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

/// What a run must not change without saying so. If `is_broken_connection`, a connection to a subject broke, which is judged as the subject's
/// fault, since only the subject can break it on loopback.
pub(super) fn compare(tried: &Try, undisturbed: &Try, is_broken_connection: bool) -> Vec<String> {
    let mut found = Vec::new();
    if tried.code.is_none() {
        found.push("no exit code".to_owned());
    }
    let (Ok(before), Ok(after)) = (verdicts(undisturbed), verdicts(tried)) else {
        // Another check reports a file that cannot be read.
        return found;
    };
    if tried.code == undisturbed.code && before != after {
        found.push("the exit code is that of an undisturbed run, and the results are not".to_owned());
    }
    if tried.code == Some(0) && before.is_empty() && tried.shown() != undisturbed.shown() {
        found.push("exit code 0, and the output is not that of an undisturbed run".to_owned());
    }
    for (case, verdict) in &after {
        let is_known = before.get(case) == Some(verdict);
        if !is_known && !is_broken_connection && !matches!(verdict, Verdict::Broken | Verdict::NotJudged) {
            found.push(format!("{} of {} is `{}`", case.1, case.0, verdict.as_str()));
            break;
        }
    }
    found
}

/// The verdict of each case of each subject; nothing without a results file.
fn verdicts(tried: &Try) -> Result<BTreeMap<(String, CaseId), Verdict>> {
    let path = tried.results();
    let runs: Vec<Run> = if path.exists() { read_file(&path)? } else { Vec::new() };
    let cases = runs.into_iter().flat_map(|run| run.cases);
    Ok(cases.map(|case| ((case.subject, case.id), case.verdict)).collect())
}

/// A process of a try.
struct Process {
    id: String,
    name: String,
}

/// The processes whose environment names a folder, without those that have ended.
fn processes(folder: &Path) -> Vec<Process> {
    let wanted = folder.as_os_str().as_encoded_bytes();
    let of = |entry: std::fs::DirEntry| {
        let environment = std::fs::read(entry.path().join("environ")).ok()?;
        let is_ours = environment.windows(wanted.len()).any(|part| part == wanted);
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let is_alive = !stat.rsplit_once(')')?.1.trim_start().starts_with(['Z', 'X']);
        let (start, _) = stat.split_once(')').filter(|_| is_ours && is_alive)?;
        let (id, name) = start.split_once(" (")?;
        Some(Process {
            id: id.to_owned(),
            name: name.to_owned(),
        })
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(of).collect()
}

/// Ends the processes of a try.
pub(super) fn kill_all(folder: &Path) -> Result<()> {
    for process in processes(folder) {
        let mut command = Command::new("kill");
        command.args(["-s", "KILL", &process.id]).stderr(Stdio::null());
        command.status().context("cannot start kill")?;
    }
    Ok(())
}
