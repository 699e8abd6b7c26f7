//! Reports each command line of a package manager before it runs.

use std::path::Path;
use std::sync::OnceLock;

/// A command line that is about to run.
#[derive(Clone, Copy, Debug)]
pub struct CommandLine<'l> {
    /// The folder in which it runs.
    pub folder: &'l Path,
    /// The variables that this program sets for it.
    pub environment: &'l [(&'static str, String)],
    /// The program.
    pub program: &'l str,
    /// Its arguments.
    pub arguments: &'l [String],
}

/// A function that reports a command line.
pub type Announcer = fn(CommandLine<'_>);

static ANNOUNCER: OnceLock<Announcer> = OnceLock::new();

/// Calls a function with every command line of a package manager from now on, before it runs. A program has one such function: later
/// calls have no effect.
pub fn announce_commands(announcer: Announcer) {
    // A second one has no effect, as documented.
    let _ = ANNOUNCER.set(announcer);
}

pub(in super::super) fn announce(line: CommandLine<'_>) {
    if let Some(announcer) = ANNOUNCER.get() {
        announcer(line);
    }
}
