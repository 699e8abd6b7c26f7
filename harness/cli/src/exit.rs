//! Exit codes, and errors that state what to do.

use crosscheck_report::clean;
use crosscheck_results::RunExit;
use crosscheck_text::Redactor;
use std::io::Write as _;
use std::process::ExitCode;

/// The exit code of the program; if several apply, the highest one.
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

/// An error, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    error: anyhow::Error,
    help: String,
    redactor: Box<Redactor>,
}

impl Failure {
    /// Wrong usage or bad input.
    pub(crate) fn usage(error: impl Into<anyhow::Error>, help: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            error: error.into(),
            help: help.into(),
            redactor: Box::default(),
        }
    }

    /// Wrong usage or bad input, with the text of the error.
    pub(crate) fn message(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::usage(anyhow::Error::msg(message.into()), help)
    }

    /// The same error with another exit code.
    pub(crate) fn with(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The same error, printed without the secrets.
    pub(crate) fn redacted(mut self, redactor: &Redactor) -> Self {
        self.redactor = Box::new(redactor.clone());
        self
    }

    /// The error with its causes. A cause that the text before it already ends with is not repeated.
    fn render(&self) -> String {
        let mut text = String::new();
        for cause in self.error.chain().map(ToString::to_string) {
            match text.as_str() {
                "" => text = cause,
                before if before.ends_with(&cause) => {}
                _ => text = format!("{text}: {cause}"),
            }
        }
        text
    }

    /// Writes the error to stderr.
    pub(crate) fn print(&self) {
        let mut err = std::io::stderr().lock();
        let mut text = String::new();
        for (i, line) in self.redactor.text(&self.render()).lines().enumerate() {
            // A line of a file name or of an input must not look like one of the program, or like a command to the runner of a CI job.
            text.push_str(if i == 0 { "error: " } else { "\n     | " });
            text.push_str(&clean(line));
        }
        // If stderr is closed, the error cannot be reported.
        let _ = writeln!(err, "{text}\nhelp:  {}", clean(&self.redactor.text(&self.help)));
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::usage(
            anyhow::Error::from(error).context("cannot write the output"),
            "check the disk, or the file or program that the output is redirected to",
        )
    }
}
