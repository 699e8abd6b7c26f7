//! Runs the whole corpus on every client and every server that is installed, which takes too long for every change.

use crate::clients::{EMULATORS, ENGINES, PACKAGED};
use crate::dist;
use crate::examples;
use crate::servers::crosscheck;
use crate::torture;
use anyhow::{Result, bail};
use crosscheck_runner::subject::Role;
use std::time::{Duration, Instant};

/// The stages that have run so far.
#[derive(Default)]
struct Stages<'n> {
    times: Vec<(&'n str, Duration)>,
    failed: Vec<String>,
}

impl<'n> Stages<'n> {
    fn stage(&mut self, name: &'n str, work: impl FnOnce() -> Result<()>) {
        println!("=== {name}");
        let start = Instant::now();
        if let Err(error) = work() {
            self.failed.push(format!("{name}: {error:#}"));
        }
        self.times.push((name, start.elapsed()));
    }
}

/// Runs every stage with the programs that `cargo xtask nightly` has built. Continues after a stage that fails, and fails at the end.
pub(crate) fn run() -> Result<()> {
    crate::setup::everything()?;
    let mut stages = Stages::default();
    for client in ENGINES.into_iter().chain(PACKAGED).chain(EMULATORS) {
        stages.stage(client, || crosscheck(&["run", "--details", "3", "--client", client]));
    }
    let servers: Vec<String> = crosscheck::subjects::all()?
        .into_values()
        .filter(|k| k.description.role == Role::Server)
        .map(|k| k.name)
        .collect();
    let mut arguments = vec!["run", "--details", "3"];
    for server in &servers {
        arguments.extend(["--server", server]);
    }
    stages.stage("servers", || crosscheck(&arguments));
    stages.stage("examples", || examples::main(&[]));
    stages.stage("packages", || dist::main(&dist::Arguments::nightly()));
    stages.stage("torture", || torture::run(&torture::Arguments::nightly()));
    println!("=== time of each stage");
    for (name, time) in &stages.times {
        println!("{:>8.1} s  {name}", time.as_secs_f64());
    }
    if stages.failed.is_empty() {
        return Ok(());
    }
    bail!("some stages failed:\n{}", stages.failed.join("\n"))
}
