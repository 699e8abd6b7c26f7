//! `cargo xtask test`: runs everything that CI runs, stage by stage.
//!
//! The whole workspace is built once, with one profile and one set of features: tests, the program, the adapters in Rust and
//! `maintain`. The fuzz targets are built again, instrumented. Lints and documentation need only type checks, no machine code.

use crate::pipeline::{Output, Runner, Slot, Stage};
use crate::process::{PROFILE, cargo, command, target};
use anyhow::Result;
use std::process::Command;

/// Executions of each fuzz target.
const FUZZ_RUNS: &str = "50000";

/// The stages, in the order in which they start if none has to wait.
const STAGES: &[Stage] = &[
    Stage {
        name: "build",
        slot: Slot::Compile,
        needs: &[],
        work: |output| build(output),
    },
    Stage {
        name: "format",
        slot: Slot::Run,
        needs: &[],
        work: |output| crate::format::check(output),
    },
    Stage {
        name: "tidy",
        slot: Slot::Run,
        needs: &[],
        work: |_| crate::tidy::run(),
    },
    Stage {
        name: "setup",
        slot: Slot::Run,
        needs: &["build"],
        work: |output| maintain(output, &["setup"]),
    },
    Stage {
        name: "schema",
        slot: Slot::Run,
        needs: &["build"],
        work: |output| maintain(output, &["schema", "--check"]),
    },
    Stage {
        name: "docs",
        slot: Slot::Compile,
        needs: &["build"],
        work: |output| maintain(output, &["docs", "--check", "--no-build"]),
    },
    Stage {
        name: "subjects",
        slot: Slot::Run,
        needs: &["build"],
        work: |output| maintain(output, &["subjects"]),
    },
    Stage {
        name: "lint",
        slot: Slot::Run,
        needs: &["build"],
        work: |output| crosscheck(output, &["lint"]),
    },
    Stage {
        name: "run",
        slot: Slot::Run,
        needs: &["build"],
        work: |output| crosscheck(output, &["run"]),
    },
    Stage {
        name: "tests",
        slot: Slot::Compile,
        needs: &["build", "setup"],
        work: |output| workspace(output, "test", &["--no-fail-fast"], &[]),
    },
    Stage {
        name: "run against servers out of process",
        slot: Slot::Run,
        needs: &["build", "setup"],
        work: |output| maintain(output, &["run-servers"]),
    },
    Stage {
        name: "run a few cases against servers of Go and Maven",
        slot: Slot::Run,
        needs: &["build", "setup"],
        work: |output| maintain(output, &["run-smoke-servers"]),
    },
    Stage {
        name: "fuzz servers",
        slot: Slot::Run,
        needs: &["build", "setup"],
        work: |output| maintain(output, &["fuzz-servers"]),
    },
    Stage {
        name: "run on browsers and emulators",
        slot: Slot::Run,
        needs: &["build", "setup"],
        work: |output| maintain(output, &["run-clients"]),
    },
    Stage {
        name: "install the packages and run a few cases",
        slot: Slot::Run,
        needs: &["build", "setup"],
        // The wheel needs a build of its own, without the features of the other packages; `nightly` makes it.
        work: |output| {
            maintain(
                output,
                &["dist", "--quick", "--only", "archive", "--only", "npm", "--try"],
            )
        },
    },
    Stage {
        name: "torture",
        slot: Slot::Run,
        needs: &["build", "setup"],
        work: |output| maintain(output, &["torture", "--short"]),
    },
    Stage {
        name: "build the fuzz targets",
        slot: Slot::Compile,
        needs: &["build"],
        work: |output| maintain(output, &["fuzz", "all", "--no-run"]),
    },
    Stage {
        name: "clippy",
        slot: Slot::Compile,
        needs: &[],
        work: |output| workspace(output, "clippy", &["--all-targets"], &["-D", "warnings"]),
    },
    Stage {
        name: "check the program alone",
        slot: Slot::Compile,
        needs: &[],
        work: check_alone,
    },
    Stage {
        name: "doc",
        slot: Slot::Compile,
        needs: &[],
        work: doc,
    },
    Stage {
        name: "fuzz",
        slot: Slot::Run,
        needs: &["build the fuzz targets"],
        work: |output| maintain(output, &["fuzz", "all", "--runs", FUZZ_RUNS, "--no-build"]),
    },
    Stage {
        name: "fuzz, seeded bugs",
        slot: Slot::Run,
        needs: &["build the fuzz targets"],
        work: |output| maintain(output, &["fuzz-seeded", "--no-build"]),
    },
];

/// Runs all stages.
pub(crate) fn run() -> Result<()> {
    println!(
        "Not checked here: the oldest supported Rust and the licences. .github/workflows/ci.yml has a job for each of them."
    );
    crate::pipeline::run(STAGES)
}

/// Builds every library, program and test of the workspace.
pub(crate) fn build(output: &impl Runner) -> Result<()> {
    workspace(output, "build", &["--all-targets"], &[])
}

/// Runs a Cargo command on the whole workspace, always with the same features.
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

/// Checks the program as `cargo run` builds it, without the features that other crates of the workspace switch on.
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

/// Runs a task of `maintain`.
fn maintain(output: &Output, arguments: &[&str]) -> Result<()> {
    built(output, "maintain", arguments)
}

fn crosscheck(output: &Output, arguments: &[&str]) -> Result<()> {
    built(output, "crosscheck", arguments)
}

/// Runs a program that the stage `build` built.
fn built(output: &Output, program: &str, arguments: &[&str]) -> Result<()> {
    let mut command = command(&target().join(PROFILE).join(program).to_string_lossy());
    command.args(arguments);
    output.run(command)
}
