//! `cargo xtask`: what a maintainer of Crosscheck types.

mod bench;
mod format;
mod fuzz;
mod nightly;
mod process;
mod recall;
mod schema;
mod setup;
mod test;
mod tidy;

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
    /// Install what the tests need, then run everything.
    Test,
    /// Install what the tests need: npm, Python, Go and Maven packages into the user's cache, Debian packages
    /// when root.
    Setup,
    /// The whole corpus on every client and server, which takes too long for every change.
    Nightly,
    /// Measure, and print the figures as JSON.
    Bench {
        /// The browser engines too: some minutes.
        #[arg(long)]
        clients: bool,
    },
    /// Build a fuzz target, instrumented, and run it.
    Fuzz {
        /// The target, or `all`.
        target: String,
        /// How many executions.
        #[arg(long, default_value_t = 100_000)]
        runs: u64,
        /// Switch a seeded bug on; the run must then end in a finding.
        #[arg(long)]
        seeded_bug: Option<String>,
    },
    /// Find every seeded bug from an empty corpus.
    FuzzSeeded,
    /// Run published vulnerabilities again: the bad release must break a named rule where the good one keeps it. Exit codes: 0 all
    /// are caught; 1 some are not; 2 the file is not right; 3 nothing could run.
    Recall(recall::Arguments),
    /// Write the JSON Schemas into `cases/schema/`.
    Schema {
        /// Only compare: fail if a committed schema differs.
        #[arg(long)]
        check: bool,
    },
    /// Check what no compiler checks.
    Tidy,
}

fn main() -> ExitCode {
    match perform(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            // The chain of causes is for people, a backtrace is not.
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<ExitCode> {
    match task {
        Task::Recall(arguments) => return recall::run(&arguments),
        Task::Test => test::run(),
        Task::Setup => setup::run(),
        Task::Nightly => nightly::run(),
        Task::Bench { clients } => bench::run(clients),
        Task::Fuzz {
            target,
            runs,
            seeded_bug,
        } => fuzz::run(&target, runs, seeded_bug.as_deref()),
        Task::FuzzSeeded => fuzz::seeded(),
        Task::Schema { check } => schema::run(check),
        Task::Tidy => tidy::run(),
    }?;
    Ok(ExitCode::SUCCESS)
}
