//! Runs other programs in the project's root.

use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

/// The profile of everything that the tasks build except benchmarks. All tasks use the same profile, so that they share their builds.
pub(crate) const PROFILE: &str = "ci";

/// Returns the project's root folder.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// Returns the build folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Creates a command that runs in the project's root.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Creates a command for the `cargo` that started this program.
pub(crate) fn cargo() -> Command {
    command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}

/// Runs a command. If it fails, the error shows the command.
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

/// Renders a command line for messages.
pub(crate) fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|a| a.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
