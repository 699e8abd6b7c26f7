//! `cargo xtask`: the tasks of a maintainer of Crosscheck.
//!
//! This program is small, so that it builds in seconds. The tasks that need the crates of the project are in the program
//! `maintain`, which this program builds and starts.

mod format;
mod pipeline;
mod process;
mod test;
mod tidy;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Maintain Crosscheck", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// The arguments that are passed on to `maintain`.
#[derive(Args)]
#[command(disable_help_flag = true)]
struct Passed {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    arguments: Vec<OsString>,
}

#[derive(Subcommand)]
enum Task {
    /// Install what the tests need, then run every check and test.
    Test,
    /// Check what the compiler does not check: layers, file sizes, and what adapters may do.
    Tidy,
    /// Install what the tests need: npm, Python, Go and Maven packages into the user's cache, Debian packages when root.
    Setup(Passed),
    /// Run the whole corpus on every client and server, which takes too long for every change.
    Nightly(Passed),
    /// Run the example projects in Go, Java and Rust, and compare their verdicts with those of the program.
    Examples(Passed),
    /// Run the benchmarks and print the figures as JSON.
    Bench(Passed),
    /// Build an instrumented fuzz target and run it.
    Fuzz(Passed),
    /// Find every seeded bug from an empty corpus.
    FuzzSeeded(Passed),
    /// Check the rules against published vulnerabilities.
    Recall(Passed),
    /// End runs at random moments and in bad conditions, and check that nothing is lost or left behind.
    Torture(Passed),
    /// Write the checksums of all packages from Maven that the default releases need. It needs Maven 3.9 or newer.
    MavenChecksums(Passed),
    /// Build the packages: an archive with a static program, a Python wheel, an npm package and the repository of the pre-commit hook.
    Dist(Passed),
    /// Write the JSON Schemas into `cases/schema/`.
    Schema(Passed),
    /// Write the generated pages of the documentation, build the book and check its links.
    Docs(Passed),
}

fn main() -> ExitCode {
    let started = match Arguments::parse().task {
        Task::Test => test::run().map(|()| ExitCode::SUCCESS),
        Task::Tidy => tidy::run().map(|()| ExitCode::SUCCESS),
        Task::Setup(passed) => maintain("setup", passed),
        Task::Nightly(passed) => test::build(&pipeline::Inherited).and_then(|()| maintain("nightly", passed)),
        Task::Examples(passed) => test::build(&pipeline::Inherited).and_then(|()| maintain("examples", passed)),
        Task::Bench(passed) => maintain("bench", passed),
        Task::Fuzz(passed) => maintain("fuzz", passed),
        Task::FuzzSeeded(passed) => maintain("fuzz-seeded", passed),
        Task::Recall(passed) => maintain("recall", passed),
        Task::Torture(passed) => test::build(&pipeline::Inherited).and_then(|()| maintain("torture", passed)),
        Task::MavenChecksums(passed) => maintain("maven-checksums", passed),
        Task::Dist(passed) => maintain("dist", passed),
        Task::Schema(passed) => maintain("schema", passed),
        Task::Docs(passed) => maintain("docs", passed),
    };
    started.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Builds `maintain`, runs one of its tasks, and returns its exit code.
fn maintain(task: &str, passed: Passed) -> Result<ExitCode> {
    // A measurement needs the profile that users run.
    let profile = if task == "bench" { "release" } else { process::PROFILE };
    let mut command = process::cargo();
    command
        .args(["run", "--quiet", "--profile", profile, "--package", "xtask"])
        .args(["--features", "maintain", "--bin", "maintain", "--", task])
        .args(passed.arguments);
    let status = process::status(command)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
