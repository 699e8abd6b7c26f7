//! `crosscheck serve-cases`: runs only the origin server, for the tests of any HTTP client.

use super::run::{Collector, corpus_arguments};
use crate::args::{Format, ServeCases as Args};
use crate::corpus::{filters, load, nothing_selected, report_problems, requirements, select};
use crate::ending::Session;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_corpus::Case;
use crosscheck_report::terminal::Options;
use crosscheck_report::{Progress, clean, quoted, summary, write_subject};
use crosscheck_results::{CaseId, WriteError, exit_code};
use crosscheck_runner::client::{ServeError, ServedCases};
use crosscheck_runner::run::{ServedHeader, ServedRun};
use serde_json::json;
use std::io::{self, Write as _};
use std::sync::Arc;

/// How many deviations the summary shows in full.
const DETAILS: usize = 12;
/// How many cases without a verdict the summary names. The results file has all.
const NAMED: usize = 20;

/// Why the cases are not served.
enum Ended {
    Nothing,
    Serve(ServeError),
    File(WriteError),
    Write(io::Error),
}

pub(crate) fn serve_cases(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let filters = filters(&args.filters)?;
    let corpus = load(&args.corpora.paths)?;
    let bad = report_problems(&corpus);
    let cases: Vec<Arc<Case>> = select(&corpus, &filters).into_iter().cloned().map(Arc::new).collect();
    let header = ServedHeader {
        corpus: corpus.digest,
        filters: args.filters.clone(),
        repeat: corpus_arguments(&args.corpora.paths),
    };
    let session = Session::new()?;
    let mut begun = None;
    let ended = session.run(async {
        let served = ServedCases::start(&cases, args.port).await.map_err(Ended::Serve)?;
        if served.cases().is_empty() {
            return Err(Ended::Nothing);
        }
        let run = ServedRun::begin(header, served.cases(), args.output.as_deref()).map_err(Ended::File)?;
        let (served, _) = begun.insert((served, run));
        print_addresses(served, args.output_format.format, out).map_err(Ended::Write)?;
        std::future::pending::<()>().await;
        Ok(())
    });
    ended.interrupted().map_err(|why| failure(args, why))?;
    let exit = match begun {
        Some((served, run)) => conclude(args, &served, run, out)?,
        None => Exit::Expected,
    };
    Ok(if bad { exit.max(Exit::Usage) } else { exit })
}

fn failure(args: &Args, why: Ended) -> Failure {
    let (error, help): (anyhow::Error, _) = match why {
        Ended::Nothing => return nothing_selected(&args.filters),
        Ended::Write(error) => return error.into(),
        Ended::File(error) => return Failure::usage(error, "name another file with --output FILE"),
        Ended::Serve(error @ ServeError::Socket(..)) => {
            (error.into(), "end the program that listens there, or leave out --port")
        }
        Ended::Serve(error) => (
            error.into(),
            "https needs the certificate; report this with the version of crosscheck",
        ),
    };
    Failure::usage(error, help).with(Exit::Nothing)
}

/// Writes the results and a summary of them.
fn conclude(args: &Args, served: &ServedCases, run: ServedRun, out: &mut Out) -> Result<Exit, Failure> {
    let results = served.results();
    let mut collector = Collector {
        progress: Progress::new(false),
        filters: Vec::new(),
        keeps_all: true,
        runs: Vec::new(),
    };
    let ended = run.end(results.results, &mut collector);
    ended.map_err(|error| failure(args, Ended::File(error)))?;
    let runs = collector.runs;
    let without: [(&str, &[CaseId]); 2] = [
        ("not requested", &results.not_requested),
        ("not finished", &results.not_finished),
    ];
    match args.output_format.format {
        Format::Json => {
            let mut value = summary(&runs);
            for (name, ids) in without {
                value[name.replace(' ', "_")] = json!(ids);
            }
            out.json(&value)?;
        }
        Format::Text => {
            let options = Options {
                style: out.style,
                details: DETAILS,
                known: false,
                requirements: requirements(),
            };
            writeln!(out)?;
            runs.iter().try_for_each(|run| write_subject(out, run, &options))?;
            for (name, ids) in without.iter().filter(|(_, ids)| !ids.is_empty()) {
                writeln!(out, "{name}: {}", named(ids))?;
            }
            if let Some(file) = &args.output {
                let file = quoted(&file.display().to_string());
                writeln!(out, "results: {}", clean(&file))?;
            }
        }
    }
    out.flush()?;
    Ok(match args.output {
        Some(_) => exit_code(&runs).into(),
        None => Exit::Expected,
    })
}

/// The first of these cases, and how many more there are.
fn named(ids: &[CaseId]) -> String {
    let mut names: Vec<String> = ids.iter().take(NAMED).map(ToString::to_string).collect();
    if ids.len() > NAMED {
        names.push(format!("{} more", ids.len() - NAMED));
    }
    names.join(", ")
}

fn print_addresses(served: &ServedCases, format: Format, out: &mut Out) -> io::Result<()> {
    let address = format!("http://{}", served.address());
    let cases = served.cases().len();
    match format {
        Format::Json => out.json(&json!({ "crosscheck": 1, "address": address, "cases": cases }))?,
        Format::Text => {
            writeln!(out, "serving {cases} cases on {address} until Ctrl-C")?;
            writeln!(out, "  the cases: {address}/~cases")?;
            writeln!(out, "  the certificate authority for https: {address}/~ca.pem")?;
            writeln!(out, "  how to use them: crosscheck serve-cases --help")?;
        }
    }
    out.flush()
}
