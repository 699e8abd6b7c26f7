//! The tasks of `cargo xtask` that need the crates of the project.

mod bench;
mod clients;
mod dist;
mod docs;
mod examples;
mod fuzz;
mod maven;
mod nightly;
mod process;
mod recall;
mod schema;
mod servers;
mod setup;
mod torture;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Maintain Crosscheck")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what the tests need: npm, Python, Go and Maven packages into the user's cache, Debian packages
    /// when root.
    Setup,
    /// Run the whole corpus on every client and server, which takes too long for every change.
    Nightly,
    /// Run the example projects in Go, Java and Rust, and compare their verdicts with those of the program.
    Examples {
        /// Only these; all if there is none.
        names: Vec<String>,
    },
    /// Run the benchmarks and print the figures as JSON.
    Bench {
        /// Measure the browser engines too, which takes some minutes.
        #[arg(long)]
        clients: bool,
        /// Measure a generated corpus of 250,000 cases too, which takes some minutes.
        #[arg(long)]
        large: bool,
    },
    /// Build an instrumented fuzz target and run it.
    Fuzz {
        /// The target, or `all`.
        target: String,
        /// The number of executions.
        #[arg(long, default_value_t = 100_000)]
        runs: u64,
        /// Switch a seeded bug on. The run must then find it.
        #[arg(long)]
        seeded_bug: Option<String>,
        #[command(flatten)]
        build: fuzz::Build,
    },
    /// Find every seeded bug from an empty corpus.
    FuzzSeeded {
        #[command(flatten)]
        build: fuzz::Build,
    },
    /// Check the rules against published vulnerabilities: the bad release must break a named rule that the good one keeps. Exit codes:
    /// 0 all are caught; 1 some are not caught; 2 the file has errors; 3 nothing could run.
    Recall(recall::Arguments),
    /// End runs at random moments and in bad conditions, and check that nothing is lost or left behind.
    Torture(torture::Arguments),
    /// Build the packages: an archive with a static program, a Python wheel, an npm package and the repository of the pre-commit hook.
    Dist(dist::Arguments),
    /// Write the generated pages of the documentation, build the book and check its links.
    Docs {
        /// Only compare: fail if a committed page differs.
        #[arg(long)]
        check: bool,
        /// Use the program that was built before.
        #[arg(long)]
        no_build: bool,
    },
    /// Write the checksums of all packages from Maven that the default releases need. It needs Maven 3.9 or newer.
    MavenChecksums,
    /// Write the JSON Schemas into `cases/schema/`.
    Schema {
        /// Only compare: fail if a committed schema differs.
        #[arg(long)]
        check: bool,
    },
    /// Check that each subject claims or denies every flag.
    Subjects,
    /// Run the corpus on nginx, and on every server from a registry whose packages the tests install.
    RunServers,
    /// Run a few cases on a server in Go and one from Maven.
    RunSmokeServers,
    /// Search deviations of a few servers with a fixed seed.
    FuzzServers,
    /// Run the cases of the CORS protocol on browsers and emulators.
    RunClients,
}

fn main() -> ExitCode {
    match perform(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<ExitCode> {
    match task {
        Task::Recall(arguments) => return recall::run(&arguments),
        Task::Torture(arguments) => torture::run(&arguments),
        Task::Dist(arguments) => dist::main(&arguments),
        Task::Setup => setup::run(),
        Task::Nightly => nightly::run(),
        Task::Examples { names } => examples::main(&names),
        Task::Bench { clients, large } => bench::run(clients, large),
        Task::Fuzz {
            target,
            runs,
            seeded_bug,
            build,
        } => fuzz::run(&target, runs, seeded_bug.as_deref(), build),
        Task::FuzzSeeded { build } => fuzz::seeded(build),
        Task::Docs { check, no_build } => docs::run(check, no_build),
        Task::MavenChecksums => maven::checksums(),
        Task::Schema { check } => schema::run(check),
        Task::Subjects => servers::check_flags(),
        Task::RunServers => servers::run(),
        Task::RunSmokeServers => servers::run_smoke(),
        Task::FuzzServers => servers::run_fuzz(),
        Task::RunClients => clients::run(),
    }?;
    Ok(ExitCode::SUCCESS)
}
