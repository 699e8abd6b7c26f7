//! The command line of `crosscheck infer`.

use super::{Output, RequestOptions};
use clap::Args as ClapArgs;
use crosscheck_text::Secret;
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Sends GET and OPTIONS requests only, at a limited rate, and none to another host. The queries are derived from an allowed origin; listed
origins that are not related to it are not found.

  crosscheck infer https://api.example/data --origin https://app.example
  crosscheck infer https://api.example/data --origin https://app.example --write-policy policy.yaml

Exit codes: 0 the comparison of origins is known, and no attack with credentials is easy; 1 the comparison is unknown, the responses
change, an attacker who has a domain or a sandboxed frame can read responses with credentials, or a signal ended the command; 2 wrong usage
or bad input; 3 the server could not be queried.")]
pub(crate) struct Infer {
    /// The URL that is requested.
    #[arg(value_name = "URL")]
    pub(crate) url: Secret<String>,
    /// An origin that the server allows (default: the first allowed one of some that are usual for the host).
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Option<String>,
    #[command(flatten)]
    pub(crate) requests: RequestOptions,
    /// Send at most this many requests.
    #[arg(long, value_name = "N", default_value_t = 120)]
    pub(crate) max_requests: usize,
    /// Show the result of every query.
    #[arg(long)]
    pub(crate) table: bool,
    /// Write the result as a policy file, for `crosscheck probe --policy`.
    #[arg(long, value_name = "FILE")]
    pub(crate) write_policy: Option<PathBuf>,
    /// Write a page that reads the response, to be served at the origin of the easiest attack.
    #[arg(long, value_name = "FILE")]
    pub(crate) write_page: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}
