//! The command that builds a server of a project, before its first process.

use super::install::{CommandLine, announce, error_lines};
use crate::process::{OutputError, output};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// The time limit. A first build of a framework takes minutes on a slow machine.
const LIMIT: Duration = Duration::from_secs(30 * 60);
/// The limit for each output stream, in bytes.
const MAX_OUTPUT: usize = 16 << 20;
/// The longest excerpt of the output that a message quotes, in bytes.
const MAX_EXCERPT: usize = 1500;

/// Why a server is not built.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The command could not be run to its end.
    #[error("cannot run `{0}`, the `build` of crosscheck.yaml: {1}")]
    Output(String, #[source] OutputError),
    /// Its exit status is not 0.
    #[error("`{command}`, the `build` of crosscheck.yaml, failed with {status}: {lines}")]
    Status {
        /// The command.
        command: String,
        /// The status.
        status: ExitStatus,
        /// Lines of its output, escaped.
        lines: String,
    },
}

/// The command that builds a server, and whether it has run. Copies share it, so that it runs once in this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Build {
    words: Vec<String>,
    done: Arc<OnceCell<()>>,
}

impl Build {
    /// A command; nothing is built if it has no words.
    pub(crate) fn new(words: Vec<String>) -> Self {
        Self {
            words,
            done: Arc::default(),
        }
    }

    /// Whether there is a command.
    pub(crate) const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Runs the command in this folder, unless it has succeeded before.
    ///
    /// # Errors
    /// If it cannot be run, or fails.
    pub(super) async fn run(&self, folder: &Path) -> Result<(), BuildError> {
        self.done.get_or_try_init(|| self.run_now(folder)).await.copied()
    }

    async fn run_now(&self, folder: &Path) -> Result<(), BuildError> {
        let Some((program, arguments)) = self.words.split_first() else {
            return Ok(());
        };
        let is_here = folder.as_os_str().is_empty();
        let folder = if is_here { Path::new(".") } else { folder };
        announce(CommandLine {
            folder,
            environment: &[],
            program,
            arguments,
        });
        let line = || crosscheck_text::escape_truncated(shell_words::join(&self.words).as_bytes(), MAX_EXCERPT);
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder);
        let output = output(&mut command, MAX_OUTPUT, LIMIT)
            .await
            .map_err(|error| BuildError::Output(line(), error))?;
        if output.status.success() {
            return Ok(());
        }
        let printed = [output.stdout, output.stderr].concat();
        let lines = error_lines(&String::from_utf8_lossy(&printed)).join(" / ");
        Err(BuildError::Status {
            command: line(),
            status: output.status,
            lines: crosscheck_text::escape_truncated(lines.as_bytes(), MAX_EXCERPT),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Build {
        Build::new(["sh", "-c", script].map(str::to_owned).to_vec())
    }

    #[tokio::test]
    async fn a_build_runs_once_for_all_copies() {
        let folder = tempfile::tempdir().unwrap();
        let build = shell("echo built >> log");
        let copy = build.clone();
        let (one, two) = tokio::join!(build.run(folder.path()), copy.run(folder.path()));
        one.unwrap();
        two.unwrap();
        copy.run(folder.path()).await.unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("log")).unwrap(), "built\n");
    }

    #[tokio::test]
    async fn a_build_that_fails_is_an_error_with_its_output() {
        let folder = tempfile::tempdir().unwrap();
        let build = shell("echo 'a.rs:1: error: no \u{1b}[31mb' >&2; exit 3");
        let error = build.run(folder.path()).await.unwrap_err().to_string();
        assert!(
            error.contains("exit status: 3") && error.contains("a.rs:1: error: no"),
            "{error}"
        );
        assert!(!error.contains('\u{1b}'), "{error}");
        let missing = Build::new(vec!["no-such-compiler".to_owned()]).run(folder.path()).await;
        let missing = missing.unwrap_err().to_string();
        assert!(
            missing.starts_with("cannot run `no-such-compiler`, the `build`"),
            "{missing}"
        );
    }

    #[tokio::test]
    async fn without_a_command_nothing_runs() {
        Build::default().run(Path::new("/no-such-folder")).await.unwrap();
    }
}
