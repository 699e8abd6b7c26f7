//! Everything that CI runs, stage by stage, with the time of each.

use crate::process::{self, cargo, command, target};
use crate::setup::{REGISTRIES, SMOKE_SERVERS};
use anyhow::Result;
use crosscheck_runner::subject::{Role, Subject, subjects_folder};
use std::time::{Duration, Instant};

/// Executions of each fuzz target in a test run.
const FUZZ_RUNS: u64 = 50_000;

/// The browser engines of the tests.
pub(crate) const ENGINES: [&str; 3] = ["chromium", "firefox", "webkit"];
/// The other clients of the tests.
pub(crate) const EMULATORS: [&str; 3] = ["jsdom", "happy-dom", "undici"];
/// The cases that each engine is asked in a test run: the CORS check, tainting, the Origin header and the preflight itself. The
/// whole corpus is the business of `cargo xtask nightly`.
const SMOKE: [&str; 4] = [
    "cors-check/*",
    "redirect-taint/*",
    "origin-header/*",
    "preflight-request/*",
];

/// Stages and their times.
#[derive(Default)]
pub(crate) struct Stages(Vec<(&'static str, Duration)>);

impl Stages {
    /// Runs a stage.
    pub(crate) fn stage(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("=== {name}");
        let start = Instant::now();
        work()?;
        self.0.push((name, start.elapsed()));
        Ok(())
    }

    /// Prints what each took.
    pub(crate) fn tell(&self) {
        println!("=== time of each stage");
        for (name, time) in &self.0 {
            println!("{:>8.1} s  {name}", time.as_secs_f64());
        }
    }
}

/// Runs all stages; the first that fails ends the run.
pub(crate) fn run() -> Result<()> {
    let mut stages = Stages::default();
    let mut stage = |name, work: &dyn Fn() -> Result<()>| stages.stage(name, work);
    stage("setup", &crate::setup::run)?;
    stage("tidy", &crate::tidy::run)?;
    stage("format", &crate::format::check)?;
    stage("clippy", &|| {
        cargo_with(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ])
    })?;
    stage("schema", &|| crate::schema::run(true))?;
    stage("tests", &|| cargo_with(&["test", "--workspace", "--no-fail-fast"]))?;
    stage("lint", &|| crosscheck(&["lint"]))?;
    stage("run", &|| crosscheck(&["run"]))?;
    stage("run against servers out of process", &|| {
        rust_adapters(|name| name == "tower-http-process")?;
        let mut arguments = vec![
            "run",
            "--details",
            "3",
            "--server",
            "tower-http-process",
            "--server",
            "nginx",
        ];
        let servers = locked_servers()?;
        for server in &servers {
            arguments.extend(["--server", server]);
        }
        crosscheck(&arguments)
    })?;
    stage("run a few cases against servers of Go and Maven", &|| {
        let mut arguments = vec!["run", "server/vary", "server/several-origins"];
        for server in SMOKE_SERVERS {
            arguments.extend(["--server", server]);
        }
        crosscheck(&arguments)
    })?;
    stage("run on browsers and emulators", &|| {
        let mut arguments = vec!["run", "--details", "3"];
        arguments.extend(SMOKE);
        for client in ENGINES.iter().chain(&EMULATORS) {
            arguments.extend(["--client", client]);
        }
        crosscheck(&arguments)
    })?;
    stage("fuzz", &|| crate::fuzz::run("all", FUZZ_RUNS, None))?;
    stage("fuzz, seeded bugs", &crate::fuzz::seeded)?;
    stages.tell();
    Ok(())
}

/// The servers of the registries whose subjects are all part of the tests.
fn locked_servers() -> Result<Vec<String>> {
    let all = Subject::all(&subjects_folder())?.into_values();
    let meant = all.filter(|k| {
        let registry = k.description.package.registry;
        !k.is_built_in() && k.description.role == Role::Server && REGISTRIES.contains(&registry)
    });
    Ok(meant.map(|k| k.name).collect())
}

/// Builds the adapter processes that are crates of the workspace, of the subjects that are meant.
pub(crate) fn rust_adapters(is_meant: impl Fn(&str) -> bool) -> Result<()> {
    let crates = adapter_crates(is_meant)?;
    if crates.is_empty() {
        return Ok(());
    }
    let packages = crates.iter().flat_map(|name| ["--package", name]);
    cargo_with(&["build", "--quiet"].into_iter().chain(packages).collect::<Vec<_>>())
}

/// Their crates: `start` names the program in the build folder, and the program has the name of its crate.
fn adapter_crates(is_meant: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let all = Subject::all(&subjects_folder())?;
    let meant = all.values().filter(|k| !k.is_built_in() && is_meant(&k.name));
    let program = |k: &Subject| Some(k.description.start.first()?.strip_prefix("{target}/")?.to_owned());
    Ok(meant.filter_map(program).collect())
}

fn cargo_with(arguments: &[&str]) -> Result<()> {
    let mut command = cargo();
    command.args(arguments);
    process::run(command)
}

/// The binary that the tests have built.
pub(crate) fn crosscheck(arguments: &[&str]) -> Result<()> {
    cargo_with(&["build", "--quiet", "--package", "crosscheck"])?;
    let binary = target().join("debug/crosscheck");
    let mut command = command(&binary.to_string_lossy());
    command.args(arguments);
    process::run(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_adapter_in_rust_is_built_before_it_is_asked() -> Result<()> {
        let crates = adapter_crates(|_| true)?;
        assert!(crates.len() >= 6, "{crates:?}");
        for name in crates {
            let folder = name.strip_prefix("crosscheck-adapter-").unwrap_or(&name);
            let manifest = process::root().join("harness/subjects").join(folder).join("Cargo.toml");
            let text = std::fs::read_to_string(&manifest)?;
            assert!(
                text.contains(&format!("name = \"{name}\"")),
                "{} is another crate",
                manifest.display()
            );
        }
        Ok(())
    }
}
