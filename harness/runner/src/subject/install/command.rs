//! Runs the command of a package manager.

use super::announce::{CommandLine, announce};
use super::{CommandFailure, InstallError, Registry, environment};
use crate::process::{OutputError, output};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// The part of a failed command's output that a message quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excerpt {
    /// The end.
    End,
    /// The first lines with an error, if there are any: a compiler prints one error per line and only their number at the end.
    Errors,
    /// The beginning of its stderr.
    Stderr,
}

/// The number of lines of an excerpt.
const EXCERPT: usize = 6;
/// The limit for each output stream, in bytes.
const MAX_OUTPUT: usize = 16 << 20;

/// The time limit for a command. A cold build of a framework takes minutes on a slow machine; a registry that hangs never ends.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// A command line of a package manager.
pub(super) struct Line {
    registry: Registry,
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    /// Variables in addition to those that the package manager gets from this program.
    pub(super) environment: Vec<(&'static str, String)>,
    /// The folder in which it runs, if it is not that of the installation.
    pub(super) folder: Option<PathBuf>,
    pub(super) excerpt: Excerpt,
}

impl Line {
    pub(super) fn new(registry: Registry, program: impl Into<String>, arguments: &[&str]) -> Self {
        Self {
            registry,
            program: program.into(),
            arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
            environment: Vec::new(),
            folder: None,
            excerpt: Excerpt::End,
        }
    }
}

/// How to install the package manager of a registry.
const fn hint(registry: Registry) -> &'static str {
    match registry {
        Registry::Npm => "install it with `apt-get install nodejs npm`",
        Registry::PyPi => "install it with `apt-get install python3 python3-venv`",
        Registry::Go => "install Go 1.25 or newer from go.dev, or `apt-get install golang`",
        Registry::Maven => "install it with `apt-get install maven default-jdk-headless`",
        Registry::Crates => "install Rust with rustup from rustup.rs",
        Registry::Debian | Registry::This => "install it with the package manager of the system",
    }
}

/// Runs a command to its end, for half an hour at most, and returns its stdout.
pub(super) async fn run(line: &Line, folder: &Path) -> Result<String, InstallError> {
    within(LIMIT, line, folder).await
}

/// Runs a command to its end, with a time limit, and returns its stdout.
pub(super) async fn within(limit: Duration, line: &Line, folder: &Path) -> Result<String, InstallError> {
    let folder = line.folder.as_deref().unwrap_or(folder);
    let failed = |failure| InstallError::Command {
        command: format!("{} {}", line.program, line.arguments.join(" ")),
        folder: folder.to_owned(),
        failure,
    };
    announce(CommandLine {
        folder,
        environment: &line.environment,
        program: &line.program,
        arguments: &line.arguments,
    });
    let mut command = Command::new(&line.program);
    command
        .args(&line.arguments)
        .env_clear()
        .envs(environment::passed(line.registry))
        .envs(line.environment.iter().map(|(k, v)| (*k, v.as_str())))
        .current_dir(folder);
    let output = match output(&mut command, MAX_OUTPUT, limit).await {
        Ok(output) => output,
        Err(OutputError::Spawn(e)) if e.kind() == io::ErrorKind::NotFound => {
            return Err(InstallError::Missing {
                program: line.program.clone(),
                hint: hint(line.registry),
            });
        }
        Err(error) => return Err(failed(CommandFailure::Output(error))),
    };
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let printed = match line.excerpt {
        Excerpt::Stderr => output.stderr,
        Excerpt::End | Excerpt::Errors => [output.stdout, output.stderr].concat(),
    };
    let printed = String::from_utf8_lossy(&printed);
    let lines = excerpt_lines(&printed, line.excerpt).join(" / ");
    Err(failed(CommandFailure::Status {
        status: output.status,
        lines: crosscheck_text::escape_truncated(lines.as_bytes(), 1500),
    }))
}

/// Returns the first lines of a failed command's output with an error, or else its last lines.
pub(in super::super) fn error_lines(printed: &str) -> Vec<&str> {
    excerpt_lines(printed, Excerpt::Errors)
}

/// Returns the lines of a failed command's output that show the reason.
fn excerpt_lines(printed: &str, excerpt: Excerpt) -> Vec<&str> {
    // Maven resets the colours before its first line even if it uses none.
    let lines = || {
        let lines = printed.lines().map(|l| l.trim_start_matches("\u{1b}[0m"));
        lines.filter(|l| !l.trim().is_empty())
    };
    let is_error = |line: &&str| match line.split_once("[ERROR]") {
        Some((_, what)) => !what.trim().is_empty(),
        None => line.contains("error:") || line.contains("error["),
    };
    let errors: Vec<&str> = lines().filter(is_error).take(EXCERPT).collect();
    if excerpt == Excerpt::Stderr {
        return lines().take(EXCERPT).collect();
    }
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
        let line = Line::new(Registry::This, "tail", &["-f", "/dev/null"]);
        let failed = within(Duration::from_millis(50), &line, Path::new("/")).await;
        let failed = failed.unwrap_err().to_string();
        assert!(failed.contains("stopped after 0 s"), "{failed}");
    }

    #[tokio::test]
    async fn the_end_of_a_command_ends_its_child_processes() {
        for rest in ["true", "exit 1"] {
            let folder = tempfile::tempdir().unwrap();
            let script = with_grandchild(rest);
            let line = Line::new(Registry::This, "sh", &["-c", &script]);
            assert_eq!(run(&line, folder.path()).await.is_ok(), rest == "true", "{rest}");
            gone(grandchild(folder.path()).await).await;
        }
    }

    #[tokio::test]
    async fn dropping_a_command_ends_its_child_processes() {
        let folder = tempfile::tempdir().unwrap();
        let script = with_grandchild("sleep 1000");
        let line = Line::new(Registry::This, "sh", &["-c", &script]);
        let process = tokio::select! {
            output = run(&line, folder.path()) => panic!("{output:?}"),
            process = grandchild(folder.path()) => process,
        };
        gone(process).await;
    }

    #[test]
    fn a_message_quotes_the_first_errors_of_a_compiler_and_the_end_of_other_output() {
        let printed = "Compiling thiserror\n\nsrc/a.rs:1:1: error[E0432]: no `b`\nwarning: c\nerror: could not compile\nthe end\n";
        let errors = ["src/a.rs:1:1: error[E0432]: no `b`", "error: could not compile"];
        assert_eq!(excerpt_lines(printed, Excerpt::Errors), errors);
        assert_eq!(excerpt_lines(printed, Excerpt::End).last(), Some(&"the end"));
        assert_eq!(excerpt_lines("one\ntwo\n", Excerpt::Errors), ["one", "two"]);
        let maven = "[INFO] a\n\u{1b}[0m[ERROR] no b\n[ERROR] \n[ERROR] read c\n";
        assert_eq!(
            excerpt_lines(maven, Excerpt::Errors),
            ["[ERROR] no b", "[ERROR] read c"]
        );
        let many = "error: a\n".repeat(50);
        assert_eq!(excerpt_lines(&many, Excerpt::Errors).len(), EXCERPT);
    }
}
