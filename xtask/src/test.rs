//! `cargo xtask test`: everything that CI runs, stage by stage.
//!
//! All of the workspace is built once, with one profile and one set of features: tests, the program, the adapters in Rust and
//! `maintain`. The fuzz targets are built once more, instrumented. Lints and documentation need no code, only the types.

use crate::pipeline::{Lane, Output, Runner, Stage};
use crate::process::{PROFILE, cargo, command, target};
use anyhow::Result;
use std::process::Command;

/// Executions of each fuzz target.
const FUZZ_RUNS: &str = "50000";

/// The stages, in the order in which they start where nothing holds them up.
const STAGES: &[Stage] = &[
    Stage {
        name: "build",
        lane: Lane::Compile,
        needs: &[],
        work: |output| build(output),
    },
    Stage {
        name: "format",
        lane: Lane::Run,
        needs: &[],
        work: |output| crate::format::check(output),
    },
    Stage {
        name: "tidy",
        lane: Lane::Run,
        needs: &[],
        work: |_| crate::tidy::run(),
    },
    Stage {
        name: "setup",
        lane: Lane::Run,
        needs: &["build"],
        work: |output| maintain(output, &["setup"]),
    },
    Stage {
        name: "schema",
        lane: Lane::Run,
        needs: &["build"],
        work: |output| maintain(output, &["schema", "--check"]),
    },
    Stage {
        name: "docs",
        lane: Lane::Compile,
        needs: &["build"],
        work: |output| maintain(output, &["docs", "--check", "--no-build"]),
    },
    Stage {
        name: "subjects",
        lane: Lane::Run,
        needs: &["build"],
        work: |output| maintain(output, &["subjects"]),
    },
    Stage {
        name: "lint",
        lane: Lane::Run,
        needs: &["build"],
        work: |output| crosscheck(output, &["lint"]),
    },
    Stage {
        name: "run",
        lane: Lane::Run,
        needs: &["build"],
        work: |output| crosscheck(output, &["run"]),
    },
    Stage {
        name: "tests",
        lane: Lane::Compile,
        needs: &["build", "setup"],
        work: |output| workspace(output, "test", &["--no-fail-fast"], &[]),
    },
    Stage {
        name: "run against servers out of process",
        lane: Lane::Run,
        needs: &["build", "setup"],
        work: |output| maintain(output, &["run-servers"]),
    },
    Stage {
        name: "run a few cases against servers of Go and Maven",
        lane: Lane::Run,
        needs: &["build", "setup"],
        work: |output| maintain(output, &["run-smoke-servers"]),
    },
    Stage {
        name: "run on browsers and emulators",
        lane: Lane::Run,
        needs: &["build", "setup"],
        work: |output| maintain(output, &["run-clients"]),
    },
    Stage {
        name: "build the fuzz targets",
        lane: Lane::Compile,
        needs: &["build"],
        work: |output| maintain(output, &["fuzz", "all", "--no-run"]),
    },
    Stage {
        name: "clippy",
        lane: Lane::Compile,
        needs: &[],
        work: |output| workspace(output, "clippy", &["--all-targets"], &["-D", "warnings"]),
    },
    Stage {
        name: "check the program alone",
        lane: Lane::Compile,
        needs: &[],
        work: check_alone,
    },
    Stage {
        name: "doc",
        lane: Lane::Compile,
        needs: &[],
        work: doc,
    },
    Stage {
        name: "fuzz",
        lane: Lane::Run,
        needs: &["build the fuzz targets"],
        work: |output| maintain(output, &["fuzz", "all", "--runs", FUZZ_RUNS, "--no-build"]),
    },
    Stage {
        name: "fuzz, seeded bugs",
        lane: Lane::Run,
        needs: &["build the fuzz targets"],
        work: |output| maintain(output, &["fuzz-seeded", "--no-build"]),
    },
];

/// Runs all stages.
pub(crate) fn run() -> Result<()> {
    println!(
        "Not checked here, but by a job of .github/workflows/ci.yml each: the oldest supported Rust, and the licences."
    );
    crate::pipeline::run(STAGES)
}

/// Builds every library, program and test of the workspace.
pub(crate) fn build(output: &impl Runner) -> Result<()> {
    workspace(output, "build", &["--all-targets"], &[])
}

/// Runs a command of Cargo on the whole workspace, always with the same features.
fn workspace(output: &impl Runner, verb: &str, options: &[&str], after: &[&str]) -> Result<()> {
    let mut command = on_workspace(verb);
    command.args(options);
    if !after.is_empty() {
        command.arg("--").args(after);
    }
    output.run(command)
}

fn on_workspace(verb: &str) -> Command {
    let mut command = cargo();
    command.args([verb, "--quiet", "--workspace", "--profile", PROFILE]);
    command.args(["--features", "xtask/maintain"]);
    command
}

/// The program without the features that other crates of the workspace switch on: what `cargo run` builds.
fn check_alone(output: &Output) -> Result<()> {
    let mut command = cargo();
    command.args(["check", "--quiet", "--profile", PROFILE, "--package", "crosscheck"]);
    output.run(command)
}

fn doc(output: &Output) -> Result<()> {
    let mut command = on_workspace("doc");
    command.arg("--no-deps").env("RUSTDOCFLAGS", "-D warnings");
    output.run(command)
}

/// A task of the program beside this one.
fn maintain(output: &Output, arguments: &[&str]) -> Result<()> {
    built(output, "maintain", arguments)
}

fn crosscheck(output: &Output, arguments: &[&str]) -> Result<()> {
    built(output, "crosscheck", arguments)
}

/// Runs a program that the stage `build` has built.
fn built(output: &Output, program: &str, arguments: &[&str]) -> Result<()> {
    let mut command = command(&target().join(PROFILE).join(program).to_string_lossy());
    command.args(arguments);
    output.run(command)
}
