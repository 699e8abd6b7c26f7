//! The flags of `crosscheck probe` that name servers, and those that decide its exit code.

use clap::Args as ClapArgs;
use crosscheck_text::Secret;
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
pub(crate) struct ProbeTargets {
    /// The URLs that the policy describes, and filters that select some of the cases that are derived from it.
    #[arg(value_name = "URL|FILTER")]
    pub(crate) words: Vec<Secret<String>>,
    /// Probe the URLs of this file, too: one on each line; `#` begins a comment.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["openapi", "har"])]
    pub(crate) urls: Option<PathBuf>,
    /// Probe the paths with a GET of this OpenAPI 3 or Swagger 2 document, JSON or YAML, below the URL. Without a path in the URL, the
    /// path of the document's server is kept. Only the origin of the URL gets requests.
    #[arg(long, value_name = "FILE", conflicts_with = "har")]
    pub(crate) openapi: Option<PathBuf>,
    /// Probe the URLs of the GET requests to one origin in this HAR file, at the origin of the URL.
    #[arg(long, value_name = "FILE")]
    pub(crate) har: Option<PathBuf>,
    /// Probe at most this many routes of --openapi or --har.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) max_routes: usize,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ProbeExit {
    /// The known deviations: FILE.yaml, and its exact cases in cases/FILE.txt beside it. For several URLs, a folder with such a file
    /// for each.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Update the baseline: remove stale cases, list new ones, and append causes that are `unexplained`.
    #[arg(long, requires = "baseline")]
    pub(crate) update_baseline: bool,
    /// Exit with 1 only for what is named here: `grade:D` (D or worse), `rule:vary` or `verdict:over-grant`; may be repeated, or separated
    /// by commas. Known deviations do not count, stale ones do.
    #[arg(long, value_name = "CONDITION", value_delimiter = ',')]
    pub(crate) fail_on: Vec<String>,
    /// Print only the grade and errors.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// The requests to a server that is already running.
#[derive(Debug, ClapArgs)]
pub(crate) struct RequestOptions {
    /// A header to add to every request, such as Authorization; may be repeated.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<Secret<String>>,
    /// Show the values of --header, secrets of the URL, and cookies and tokens of the server, on the terminal and in the files that are
    /// written. Otherwise they are `[redacted]`.
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// The highest rate, in requests per second.
    #[arg(long, value_name = "N", default_value_t = 20.0)]
    pub(crate) rate: f64,
    /// The time limit in seconds: of one case of a probe, of one request of an inference.
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    pub(crate) timeout: f64,
    /// A PEM file of certificates to trust in addition to the system's.
    #[arg(long = "ca", value_name = "FILE")]
    pub(crate) authorities: Option<PathBuf>,
}
