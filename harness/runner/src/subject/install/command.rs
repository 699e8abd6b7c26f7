//! A package manager's command.

use super::InstallError;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// What is told of a command that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tell {
    /// The end of what it said.
    End,
    /// The first lines that speak of an error, where there are any: a compiler has one per line, and its end only counts them.
    Errors,
}

/// How many lines are told.
const TOLD: usize = 6;

/// How long a command may take: a cold build of a framework takes minutes on a slow machine, a registry that hangs takes forever.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// A command line, run in the folder of the installation.
pub(super) struct Line {
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(&'static str, String)>,
    /// What brings the program.
    pub(super) hint: &'static str,
    pub(super) tell: Tell,
}

impl Line {
    pub(super) fn new(program: impl Into<String>, arguments: &[&str], hint: &'static str) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
            environment: Vec::new(),
            hint,
            tell: Tell::End,
        }
    }
}

/// Runs it to the end, which is half an hour away at most; what it printed.
pub(super) async fn run(line: &Line, folder: &Path) -> Result<String, InstallError> {
    within(LIMIT, line, folder).await
}

async fn within(limit: Duration, line: &Line, folder: &Path) -> Result<String, InstallError> {
    let shown = format!("{} {}", line.program, line.arguments.join(" "));
    let failed = |what: String| InstallError::Command {
        command: shown.clone(),
        folder: folder.to_owned(),
        what,
    };
    let running = Command::new(&line.program)
        .args(&line.arguments)
        .envs(line.environment.iter().map(|(k, v)| (*k, v.as_str())))
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let Ok(output) = tokio::time::timeout(limit, running).await else {
        return Err(failed(format!(
            "it was stopped after {} s without an end",
            limit.as_secs()
        )));
    };
    let output = output.map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => InstallError::Missing {
            program: line.program.clone(),
            hint: line.hint,
        },
        _ => failed(e.to_string()),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let told = told(&said, line.tell);
    Err(failed(format!(
        "{}; {}",
        output.status,
        crosscheck_text::escape_truncated(told.join(" / ").as_bytes(), 1500)
    )))
}

/// The lines of a failed command's output that say why.
fn told(said: &str, tell: Tell) -> Vec<&str> {
    // Maven resets the colours before its first line even where it uses none.
    let lines = || {
        let lines = said.lines().map(|l| l.trim_start_matches("\u{1b}[0m"));
        lines.filter(|l| !l.trim().is_empty())
    };
    let speaks = |line: &&str| match line.split_once("[ERROR]") {
        Some((_, what)) => !what.trim().is_empty(),
        None => line.contains("error:") || line.contains("error["),
    };
    let errors: Vec<&str> = lines().filter(speaks).take(TOLD).collect();
    if tell == Tell::Errors && !errors.is_empty() {
        return errors;
    }
    let mut tail: Vec<&str> = lines().rev().take(TOLD).collect();
    tail.reverse();
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_that_does_not_end_is_stopped() {
        let line = Line::new("tail", &["-f", "/dev/null"], "it is there");
        let failed = within(Duration::from_millis(50), &line, Path::new("/")).await;
        let failed = failed.unwrap_err().to_string();
        assert!(failed.contains("stopped after 0 s"), "{failed}");
    }

    #[test]
    fn of_a_compiler_the_first_errors_are_told_of_others_the_end() {
        let said = "Compiling thiserror\n\nsrc/a.rs:1:1: error[E0432]: no `b`\nwarning: c\nerror: could not compile\nthe end\n";
        let errors = ["src/a.rs:1:1: error[E0432]: no `b`", "error: could not compile"];
        assert_eq!(told(said, Tell::Errors), errors);
        assert_eq!(told(said, Tell::End).last(), Some(&"the end"));
        assert_eq!(told("one\ntwo\n", Tell::Errors), ["one", "two"]);
        let maven = "[INFO] a\n\u{1b}[0m[ERROR] no b\n[ERROR] \n[ERROR] read c\n";
        assert_eq!(told(maven, Tell::Errors), ["[ERROR] no b", "[ERROR] read c"]);
        let many = "error: a\n".repeat(50);
        assert_eq!(told(&many, Tell::Errors).len(), TOLD);
    }
}
