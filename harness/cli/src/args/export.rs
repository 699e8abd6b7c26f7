//! The command line of `crosscheck export`.

use super::Corpora;
use clap::Args as ClapArgs;
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
The file has the requests that a browser sends, in order, what the policy promises, and the comparisons that decide it. A test in any
language replays it with an HTTP client and a JSON parser. The expectation comes from the policy and the standard, never from a server.

  crosscheck export 'policies/pair#*' --output cases.json

Exit codes: 0 the file is written; 2 wrong usage or bad input, and an earlier file is as it was.")]
pub(crate) struct Export {
    /// Select cases; all cases for servers without a filter.
    #[arg(value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    #[command(flatten)]
    pub(crate) corpora: Corpora,
    /// Write to this file, which is replaced at once (default: standard output).
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}
