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

use clap::{CommandFactory as _, FromArgMatches as _};
use exit::{Exit, Failure};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print();
            failure.exit.into()
        }
    }
}

fn run() -> Result<Exit, Failure> {
    let mut command = args::Args::command();
    // The digest of the corpus takes some milliseconds, which other commands do not spend.
    if std::env::args_os().nth(1).is_some_and(|first| first == "--version") {
        // The text exists as long as the program runs.
        let text: &'static str = corpus::long_version()?.leak();
        command = command.long_version(text);
    }
    let args = args::Args::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
    ending::clean_up();
    commands::dispatch(args)
}
