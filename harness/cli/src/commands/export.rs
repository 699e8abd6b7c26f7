//! `crosscheck export`: the cases for servers as one JSON file, for runners in other languages.

use super::reports::Destination;
use crate::args::Export as Args;
use crate::corpus::{check_filters_match, filters, load, nothing_selected, report_problems, selects};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_corpus::Case;
use crosscheck_runner::export::{Counts, write};
use crosscheck_runner::run::all_cases;
use std::io::{self, Write};
use std::sync::Arc;

pub(crate) fn export(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let filters = filters(&args.filters)?;
    let of_results = filters
        .iter()
        .zip(&args.filters)
        .find(|(filter, _)| filter.of_results());
    if let Some((_, text)) = of_results {
        return Err(Failure::message(
            format!("`{text}` selects results, and `crosscheck export` has no results"),
            "select cases by id, step, tag, policy, need or see",
        ));
    }
    let corpus = load(&args.corpora.paths)?;
    if report_problems(&corpus) {
        return Err(Failure::message(
            "nothing is written, since not all cases load",
            "correct the files above",
        ));
    }
    let mut cases: Vec<Arc<Case>> = all_cases(&corpus);
    cases.retain(|case| case.for_servers());
    check_filters_match(&filters, &args.filters, cases.iter().map(|case| &**case))?;
    cases.retain(|case| selects(&filters, case));
    if cases.is_empty() {
        return Err(nothing_selected(&args.filters));
    }
    let version = env!("CARGO_PKG_VERSION");
    let mut counts = Counts::default();
    let write_all = |to: &mut dyn Write| -> io::Result<()> {
        counts = write(&corpus, cases.iter().map(|case| &**case), version, to)?;
        Ok(())
    };
    match &args.output {
        None => Destination::Stdout.write(out, write_all)?,
        Some(path) => {
            let cannot_write = |error: io::Error| {
                let error = anyhow::Error::from(error).context(format!("cannot write {}", path.display()));
                Failure::usage(error, "name a file that can be written with --output")
            };
            let destination = Destination::open(path).map_err(cannot_write)?;
            destination.write(out, write_all).map_err(cannot_write)?;
        }
    }
    out.flush()?;
    if args.output.is_some() {
        report(&counts, out)?;
    }
    Ok(Exit::Expected)
}

/// Prints what the file has, where the file is not the output itself.
fn report(counts: &Counts, out: &mut Out) -> io::Result<()> {
    writeln!(out, "{} cases", counts.cases)?;
    for (reason, count) in &counts.left_out {
        writeln!(out, "{count} left out: each {reason}")?;
    }
    out.flush()
}
