//! What takes too long for every change: the whole corpus on every client and every server that is installed.

use crate::test::{EMULATORS, ENGINES, Stages, crosscheck, rust_adapters};
use anyhow::{Result, bail};
use crosscheck_runner::subject::{Role, Subject, subjects_folder};

/// Runs everything, goes on after a stage that fails, and fails at the end.
pub(crate) fn run() -> Result<()> {
    let mut stages = Stages::default();
    let mut failed = Vec::new();
    stages.stage("setup", crate::setup::everything)?;
    stages.stage("build", || crosscheck(&["list", "--subjects"]))?;
    stages.stage("build the adapters in Rust", || rust_adapters(|_| true))?;
    for client in ENGINES.into_iter().chain(EMULATORS) {
        if let Err(error) = stages.stage(client, || crosscheck(&["run", "--details", "3", "--client", client])) {
            failed.push(format!("{client}: {error}"));
        }
    }
    let servers: Vec<String> = Subject::all(&subjects_folder())?
        .into_values()
        .filter(|k| k.description.role == Role::Server)
        .map(|k| k.name)
        .collect();
    let mut arguments = vec!["run", "--details", "3"];
    for server in &servers {
        arguments.extend(["--server", server]);
    }
    if let Err(error) = stages.stage("servers", || crosscheck(&arguments)) {
        failed.push(format!("servers: {error}"));
    }
    stages.tell();
    if failed.is_empty() {
        return Ok(());
    }
    bail!("some stages failed:\n{}", failed.join("\n"))
}
