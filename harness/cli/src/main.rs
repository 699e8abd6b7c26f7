//! Crosscheck, the CORS conformance suite: the command line. Thin: arguments in, the crates below do the work, text or JSON out.

mod args;
mod commands;
mod corpus;
mod exit;
mod json;
mod output;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = args::Args::parse();
    match commands::dispatch(args) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print();
            failure.exit.into()
        }
    }
}
