//! The command line of `crosscheck fuzz`.

use super::Output;
use clap::Args as ClapArgs;
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Policies that a server can express and visits to it are generated, and judged as the cases of a run are. A deviation is repeated three times,
minimised, and folded with those of the same cause. Each cause that no baseline names is written to a folder: finding.yaml states what was
found, case.yaml is a case that shows it, upstream.md is a report for the authors of the server.

  crosscheck fuzz --server tower-http --seconds 60
  crosscheck fuzz --server gin-cors --server express-cors --exchanges 20000 --seed 7

With --exchanges, the same seed gives the same findings.

Exit codes: 0 nothing new was found; 1 something new was found, or a signal ended the command; 2 wrong usage or bad input; 3 a server could
not be run.")]
pub(crate) struct Fuzz {
    /// A server, or NAME@VERSION for another release. Several may be named; the budget is for each.
    #[arg(long = "server", value_name = "NAME", required = true)]
    pub(crate) servers: Vec<String>,
    /// End the search on a server after this many seconds. What was found is still minimised.
    #[arg(long, value_name = "N", conflicts_with = "exchanges")]
    pub(crate) seconds: Option<u64>,
    /// End the search on a server after this many requests (default: 10000). What was found is still minimised.
    #[arg(long, value_name = "N")]
    pub(crate) exchanges: Option<usize>,
    /// The number that the generated policies and visits follow from (default: a random one, which is printed).
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// End the search on a server as soon as it has this many new findings.
    #[arg(long, value_name = "N")]
    pub(crate) max_findings: Option<usize>,
    /// How many policies a generation has. A server is started once for each generation.
    #[arg(long, value_name = "N", default_value_t = 24)]
    pub(crate) policies: usize,
    /// How many visits each policy gets.
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub(crate) visits: usize,
    /// The folder that findings are written to.
    #[arg(long, value_name = "DIR", default_value = "reports/findings")]
    pub(crate) findings: PathBuf,
    /// The folder of the baselines, whose causes are not new.
    #[arg(long, value_name = "DIR", conflicts_with = "no_baseline")]
    pub(crate) baseline: Option<PathBuf>,
    /// Report known causes as new, too.
    #[arg(long)]
    pub(crate) no_baseline: bool,
    /// Show the findings that a baseline explains.
    #[arg(long)]
    pub(crate) show_known: bool,
    /// The time limit of a visit, in seconds.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<f64>,
    #[command(flatten)]
    pub(crate) output: Output,
}
