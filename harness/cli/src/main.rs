//! Crosscheck, the CORS conformance suite: the command line. It parses the arguments, calls the other crates and writes text or JSON.

mod args;
mod commands;
mod corpus;
mod ending;
mod exit;
mod frameworks;
mod json;
mod known;
mod output;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = args::Args::parse();
    ending::clean_up();
    match commands::dispatch(args) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print();
            failure.exit.into()
        }
    }
}
