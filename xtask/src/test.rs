//! Everything that CI runs, stage by stage, with the time of each.

use crate::process::{self, cargo, command, target};
use anyhow::Result;
use std::time::Instant;

/// Executions of each fuzz target in a test run.
const FUZZ_RUNS: u64 = 50_000;

/// Runs all stages; the first that fails ends the run.
pub(crate) fn run() -> Result<()> {
    let mut times = Vec::new();
    let mut stage = |name: &'static str, work: &dyn Fn() -> Result<()>| -> Result<()> {
        println!("=== {name}");
        let start = Instant::now();
        work()?;
        times.push((name, start.elapsed()));
        Ok(())
    };
    stage("setup", &crate::setup::run)?;
    stage("tidy", &crate::tidy::run)?;
    stage("format", &|| cargo_with(&["fmt", "--all", "--check"]))?;
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
        cargo_with(&["build", "--quiet", "--package", "crosscheck-adapter-tower-http"])?;
        crosscheck(&[
            "run",
            "--server",
            "tower-http-process",
            "--server",
            "express-cors",
            "--server",
            "nginx",
        ])
    })?;
    stage("fuzz", &|| crate::fuzz::run("all", FUZZ_RUNS, None))?;
    stage("fuzz, seeded bugs", &crate::fuzz::seeded)?;
    println!("=== time of each stage");
    for (name, time) in times {
        println!("{:>8.1} s  {name}", time.as_secs_f64());
    }
    Ok(())
}

fn cargo_with(arguments: &[&str]) -> Result<()> {
    let mut command = cargo();
    command.args(arguments);
    process::run(command)
}

/// The binary that the tests have built.
fn crosscheck(arguments: &[&str]) -> Result<()> {
    cargo_with(&["build", "--quiet", "--package", "crosscheck"])?;
    let binary = target().join("debug/crosscheck");
    let mut command = command(&binary.to_string_lossy());
    command.args(arguments);
    process::run(command)
}
