//! The command line of `crosscheck infer`.

use super::Output;
use clap::Args as ClapArgs;
use crosscheck_text::Secret;
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Sends GET and OPTIONS requests only, each once, at a limited rate, and none to another host. The origins are derived from one that the
server lets in; origins that it lists by name, and that have nothing to do with that one, are not found.

  crosscheck infer https://api.example/data --origin https://app.example
  crosscheck infer https://api.example/data --origin https://app.example --write-policy policy.yaml

Exit codes: 0 the comparison is known, and nobody else reads with credentials; 1 the comparison is not known or changes, an attacker can
have an origin that reads with credentials, or a signal ended the command; 2 wrong usage or bad input; 3 the server could not be asked.")]
pub(crate) struct Infer {
    /// The URL to ask.
    #[arg(value_name = "URL")]
    pub(crate) url: Secret<String>,
    /// An origin that the server lets in. Without it, some that are usual for the host of the URL are tried.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Option<String>,
    /// A header to add to every request, such as Authorization; may be repeated.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<Secret<String>>,
    /// Show the values of --header and secrets of the URL. Otherwise they are `[redacted]`.
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// The highest rate, in requests per second.
    #[arg(long, value_name = "N", default_value_t = 20.0)]
    pub(crate) rate: f64,
    /// Time limit for one request, in seconds.
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    pub(crate) timeout: f64,
    /// A PEM file of certificates to trust in addition to the system's.
    #[arg(long = "ca", value_name = "FILE")]
    pub(crate) authorities: Option<PathBuf>,
    /// Send at most this many requests.
    #[arg(long, value_name = "N", default_value_t = 80)]
    pub(crate) max_requests: usize,
    /// Show every origin that was asked, and whether it was let in.
    #[arg(long)]
    pub(crate) table: bool,
    /// Write what was inferred as a policy file, which `crosscheck probe --policy` takes.
    #[arg(long, value_name = "FILE")]
    pub(crate) write_policy: Option<PathBuf>,
    /// Write a page that reads the answer, to be served at the origin of the attacker.
    #[arg(long, value_name = "FILE")]
    pub(crate) write_page: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}
