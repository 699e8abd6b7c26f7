//! Exit codes, and errors that say what to do.

use crosscheck_report::clean;
use crosscheck_results::RunExit;
use std::io::Write as _;
use std::process::ExitCode;

/// How the program ends; the highest that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Everything is as expected.
    Expected = 0,
    /// Something is unexpected or stale, a requested subject could not run, or the run was interrupted.
    Unexpected = 1,
    /// Wrong usage or bad input.
    Usage = 2,
    /// Nothing could run.
    Nothing = 3,
}

impl From<RunExit> for Exit {
    fn from(exit: RunExit) -> Self {
        match exit {
            RunExit::Expected => Self::Expected,
            RunExit::Unexpected => Self::Unexpected,
            RunExit::Nothing => Self::Nothing,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error with what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    error: anyhow::Error,
    help: String,
}

impl Failure {
    /// Wrong usage or bad input.
    pub(crate) fn usage(error: impl Into<anyhow::Error>, help: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            error: error.into(),
            help: help.into(),
        }
    }

    /// The same with a message of its own.
    pub(crate) fn message(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::usage(anyhow::Error::msg(message.into()), help)
    }

    /// The same error with another exit code.
    pub(crate) fn with(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The error with its causes. A cause that the words before it end with is not told again.
    fn told(&self) -> String {
        let mut told = String::new();
        for cause in self.error.chain().map(ToString::to_string) {
            match told.as_str() {
                "" => told = cause,
                before if before.ends_with(&cause) => {}
                _ => told = format!("{told}: {cause}"),
            }
        }
        told
    }

    /// Writes the error to stderr.
    pub(crate) fn print(&self) {
        let mut err = std::io::stderr().lock();
        let mut text = String::new();
        for (i, line) in self.told().lines().enumerate() {
            text.push_str(if i == 0 { "error: " } else { "\n       " });
            text.push_str(&clean(line));
        }
        // Where stderr is closed there is nobody to tell.
        let _ = writeln!(err, "{text}\nhelp:  {}", clean(&self.help));
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::usage(
            anyhow::Error::from(error).context("cannot write the output"),
            "check the disk, or where the output is redirected to",
        )
    }
}
