//! The commands.

mod announce;
mod answer;
mod baseline;
mod bisect;
mod case;
mod check_client;
mod completions;
mod diff;
mod explain;
mod export;
mod fail_on;
mod findings;
mod fuzz;
mod infer;
mod init;
mod leniency;
mod lint;
mod list;
mod merge;
mod probe;
mod probing;
mod report;
mod reports;
mod request_headers;
mod run;
mod serve;
mod serve_cases;
mod show;
mod subjects;
mod topics;

use crate::args::{Args, Command};
use crate::exit::{Exit, Failure};
use crate::output::Out;

/// Runs a command.
pub(crate) fn dispatch(args: Args) -> Result<Exit, Failure> {
    let mut out = Out::new();
    match args.command {
        Command::Init(args) => init::init(&args, &mut out),
        Command::Run(args) => run::run(&args, &mut out),
        Command::Bisect(args) => bisect::bisect(&args, &mut out),
        Command::Probe(args) => probe::probe(&args, &mut out),
        Command::Infer(args) => infer::infer(&args, &mut out),
        Command::Fuzz(args) => fuzz::fuzz(&args, &mut out),
        Command::List(args) => list::list(&args, &mut out),
        Command::Explain(args) => explain::explain(&args, &mut out),
        Command::Lint(args) => lint::lint(&args, &mut out),
        Command::Subjects(args) => subjects::subjects(&args, &mut out),
        Command::ServeCases(args) => serve_cases::serve_cases(&args, &mut out),
        Command::CheckClient(args) => check_client::check_client(&args, &mut out),
        Command::Export(args) => export::export(&args, &mut out),
        Command::Merge(args) => merge::merge(&args, &mut out),
        Command::Diff(args) => diff::diff(&args, &mut out),
        Command::Report(args) => report::report(&args, &mut out),
        Command::Completions(args) => completions::completions(&args, &mut out),
        Command::Man(args) => completions::man(&args),
    }
}
