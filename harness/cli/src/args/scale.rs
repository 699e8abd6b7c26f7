//! The command line of runs that are divided, merged, compared and repeated.

use super::Output;
use clap::Args as ClapArgs;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Which part of a run is done, and when it ends early.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct RunPart {
    /// Run only part K of N of the cases, so that N jobs share them; `auto` reads K and N from the variables of the CI system.
    /// `crosscheck merge` puts the results together.
    #[arg(long, value_name = "K/N", conflicts_with = "update_baseline")]
    pub(crate) shard: Option<String>,
    /// Run only the cases that were unexpected, stale, broken or not judged in this results file, each on the subjects on which it
    /// was.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shard", "resume"])]
    pub(crate) rerun_failed: Option<PathBuf>,
    /// Exit with 1 only for what is named here: `grade:D` (a server with D or worse), `rule:vary` or `verdict:over-grant`; may be repeated,
    /// or separated by commas. Known deviations do not count, stale ones do.
    #[arg(long, value_name = "CONDITION", value_delimiter = ',')]
    pub(crate) fail_on: Vec<String>,
    /// End the run after this many unexpected results.
    #[arg(long, value_name = "N")]
    pub(crate) max_fail: Option<NonZeroUsize>,
    /// Run the cases this many times, and report those whose verdict or rules differ between the runs. The results of the
    /// repetitions are written to FILE.2, FILE.3 and so on.
    #[arg(long, value_name = "N", conflicts_with_all = ["resume", "update_baseline"])]
    pub(crate) repeat: Option<NonZeroUsize>,
}

#[derive(Clone, Debug, ClapArgs)]
#[command(after_help = "\
The files must be of the same version of crosscheck, of the same corpus and of the same filters. No case of a subject may be in two
files, and no shard may be missing.

  crosscheck merge shard-*.jsonl --output all.jsonl

Exit codes: 0 the files are merged; 2 they are not, and the output is as it was. `crosscheck report` ends with the code of the run.")]
pub(crate) struct Merge {
    /// The results files of shards, or of runs of different subjects.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Write the results to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Merge results of runs that did not come to their end, and without shards that are missing. The output is marked as incomplete.
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    #[command(flatten)]
    pub(crate) output_format: Output,
}

#[derive(Clone, Debug, ClapArgs)]
#[command(after_help = "\
A case is new if it deviates in the second file only, fixed if it deviates in the first one only, and changed if its verdict or the
rules that it breaks differ otherwise. What only one file has is listed, and is neither new nor fixed. Baselines do not matter.

Exit codes: 0 nothing is new or has changed for the worse; 1 something is or has, or a file is incomplete; 2 wrong usage or bad input.")]
pub(crate) struct Diff {
    /// The results file of the earlier run.
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// The results file of the later run.
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
}
