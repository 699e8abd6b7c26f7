//! A package manager's command.

use super::{CommandFailure, InstallError};
use crate::process::{OutputError, output};
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::process::Command;

/// The part of a failed command's output that a message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excerpt {
    /// The end.
    End,
    /// The first lines with an error, where there are any: a compiler has one per line, and its end only counts them.
    Errors,
}

/// How many lines an excerpt has.
const EXCERPT: usize = 6;
/// How much of each output stream is kept, in bytes.
const MAX_OUTPUT: usize = 16 << 20;

/// How long a command may take: a cold build of a framework takes minutes on a slow machine, a registry that hangs takes forever.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// A command line, run in the folder of the installation.
pub(super) struct Line {
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(&'static str, String)>,
    /// What installs the program.
    pub(super) hint: &'static str,
    pub(super) excerpt: Excerpt,
}

impl Line {
    pub(super) fn new(program: impl Into<String>, arguments: &[&str], hint: &'static str) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
            environment: Vec::new(),
            hint,
            excerpt: Excerpt::End,
        }
    }
}

/// Runs it to its end, for half an hour at most, and returns what it printed.
pub(super) async fn run(line: &Line, folder: &Path) -> Result<String, InstallError> {
    within(LIMIT, line, folder).await
}

async fn within(limit: Duration, line: &Line, folder: &Path) -> Result<String, InstallError> {
    let failed = |failure| InstallError::Command {
        command: format!("{} {}", line.program, line.arguments.join(" ")),
        folder: folder.to_owned(),
        failure,
    };
    let mut command = Command::new(&line.program);
    command
        .args(&line.arguments)
        .envs(line.environment.iter().map(|(k, v)| (*k, v.as_str())))
        .current_dir(folder);
    let output = match output(&mut command, MAX_OUTPUT, limit).await {
        Ok(output) => output,
        Err(OutputError::Spawn(e)) if e.kind() == io::ErrorKind::NotFound => {
            return Err(InstallError::Missing {
                program: line.program.clone(),
                hint: line.hint,
            });
        }
        Err(error) => return Err(failed(CommandFailure::Output(error))),
    };
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let lines = telling_lines(&printed, line.excerpt).join(" / ");
    Err(failed(CommandFailure::Status {
        status: output.status,
        lines: crosscheck_text::escape_truncated(lines.as_bytes(), 1500),
    }))
}

/// The lines of a failed command's output that give the reason.
fn telling_lines(printed: &str, excerpt: Excerpt) -> Vec<&str> {
    // Maven resets the colours before its first line even where it uses none.
    let lines = || {
        let lines = printed.lines().map(|l| l.trim_start_matches("\u{1b}[0m"));
        lines.filter(|l| !l.trim().is_empty())
    };
    let is_error = |line: &&str| match line.split_once("[ERROR]") {
        Some((_, what)) => !what.trim().is_empty(),
        None => line.contains("error:") || line.contains("error["),
    };
    let errors: Vec<&str> = lines().filter(is_error).take(EXCERPT).collect();
    if excerpt == Excerpt::Errors && !errors.is_empty() {
        return errors;
    }
    let mut tail: Vec<&str> = lines().rev().take(EXCERPT).collect();
    tail.reverse();
    tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::tests::{gone, grandchild, with_grandchild};

    #[tokio::test]
    async fn a_command_that_does_not_end_is_stopped() {
        let line = Line::new("tail", &["-f", "/dev/null"], "it is there");
        let failed = within(Duration::from_millis(50), &line, Path::new("/")).await;
        let failed = failed.unwrap_err().to_string();
        assert!(failed.contains("stopped after 0 s"), "{failed}");
    }

    #[tokio::test]
    async fn what_a_command_has_started_ends_with_it() {
        for rest in ["true", "exit 1"] {
            let folder = tempfile::tempdir().unwrap();
            let script = with_grandchild(rest);
            let line = Line::new("sh", &["-c", &script], "it is there");
            assert_eq!(run(&line, folder.path()).await.is_ok(), rest == "true", "{rest}");
            gone(grandchild(folder.path()).await).await;
        }
    }

    #[tokio::test]
    async fn what_a_command_has_started_ends_with_one_that_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let script = with_grandchild("sleep 1000");
        let line = Line::new("sh", &["-c", &script], "it is there");
        let process = tokio::select! {
            output = run(&line, folder.path()) => panic!("{output:?}"),
            process = grandchild(folder.path()) => process,
        };
        gone(process).await;
    }

    #[test]
    fn a_message_has_the_first_errors_of_a_compiler_and_the_end_of_others() {
        let printed = "Compiling thiserror\n\nsrc/a.rs:1:1: error[E0432]: no `b`\nwarning: c\nerror: could not compile\nthe end\n";
        let errors = ["src/a.rs:1:1: error[E0432]: no `b`", "error: could not compile"];
        assert_eq!(telling_lines(printed, Excerpt::Errors), errors);
        assert_eq!(telling_lines(printed, Excerpt::End).last(), Some(&"the end"));
        assert_eq!(telling_lines("one\ntwo\n", Excerpt::Errors), ["one", "two"]);
        let maven = "[INFO] a\n\u{1b}[0m[ERROR] no b\n[ERROR] \n[ERROR] read c\n";
        assert_eq!(
            telling_lines(maven, Excerpt::Errors),
            ["[ERROR] no b", "[ERROR] read c"]
        );
        let many = "error: a\n".repeat(50);
        assert_eq!(telling_lines(&many, Excerpt::Errors).len(), EXCERPT);
    }
}
