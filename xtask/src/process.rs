//! Other programs, run in the project's root.

use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

/// The profile of everything that the tasks build, benchmarks apart: one, so that what one task has built the next one uses.
pub(crate) const PROFILE: &str = "ci";

/// The project's root folder.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// The build folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A command in the project's root.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// `cargo`, the one that started us.
pub(crate) fn cargo() -> Command {
    command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}

/// Runs a command; anything but success is an error that shows the command.
pub(crate) fn run(command: Command) -> Result<()> {
    let shown = shown(&command);
    let status = status(command)?;
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}

/// Runs a command.
pub(crate) fn status(mut command: Command) -> Result<ExitStatus> {
    let shown = shown(&command);
    command.status().with_context(|| format!("cannot start `{shown}`"))
}

/// The command line, for people.
pub(crate) fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|a| a.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
