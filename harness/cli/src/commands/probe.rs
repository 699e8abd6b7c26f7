//! `crosscheck probe`: compares servers that are already running with a policy.

mod known;
mod routes;
mod session;
mod targets;

use super::baseline;
use super::fail_on::FailOn;
use super::reports::Reports;
use super::request_headers::{hide_headers, hide_url, repeated_headers};
use super::run::{Collector, report_end, selected_results};
use crate::args::{Format, Probe as Args};
use crate::corpus::{filters, requirements};
use crate::ending::Session;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_corpus::Filter;
use crosscheck_report::terminal::Options;
use crosscheck_report::{ProbeOptions, Progress, clean, probe_summary, write_probe};
use crosscheck_results::{Run, exit_code};
use crosscheck_text::Redactor;
use session::{Probed, probe_all};
use std::io::Write as _;
use targets::Targets;

/// How many cases are shown in full if a filter selects cases.
const IN_FULL: usize = 12;

pub(crate) fn probe(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let mut redactor = redactor(args);
    probe_without(args, &mut redactor, out).map_err(|failure| failure.redacted(&redactor))
}

/// What hides the secrets of the user and of the servers.
fn redactor(args: &Args) -> Redactor {
    if args.requests.show_secrets {
        return Redactor::default();
    }
    let mut redactor = Redactor::by_name();
    for word in &args.targets.words {
        hide_url(word.expose(), &mut redactor);
    }
    hide_headers(&args.requests.headers, &mut redactor);
    redactor
}

/// Probes without showing the secrets that the redactor knows.
fn probe_without(args: &Args, redactor: &mut Redactor, out: &mut Out) -> Result<Exit, Failure> {
    let reports = Reports::open(
        &args.report_files.reports,
        args.output.as_deref(),
        args.output_format.format,
    )?;
    let fail_on = FailOn::parse(&args.ending.fail_on)?;
    let targets = Targets::of(&args.targets)?;
    if !args.requests.show_secrets {
        for url in &targets.urls {
            hide_url(url.expose().as_str(), redactor);
        }
    }
    out.hide(redactor);
    let filters = filters(&targets.filters)?;
    for notice in &targets.notices {
        // If stderr is closed, the text cannot be shown.
        let _ = writeln!(std::io::stderr(), "note: {}", clean(&redactor.text(notice)));
    }
    let session = Session::new()?;
    let Probed {
        mut collector,
        interrupted,
        file,
        updates,
    } = probe_all(args, &targets, &filters, redactor, &session)?;
    collector.progress.finish();
    let runs = collector.runs;
    match args.output_format.format {
        Format::Json => {
            let mut value = probe_summary(&runs);
            if args.ending.update_baseline {
                value["baselines"] = updates.iter().map(baseline::value).collect();
            }
            if !reports.is_empty() {
                value["reports"] = reports.json();
            }
            reports.write(&runs, out)?;
            out.json(&value)?;
        }
        Format::Text if reports.take_stdout() => reports.write(&runs, out)?,
        Format::Text => {
            let shown: Vec<Run> = runs
                .iter()
                .map(|run| selected_results(run, &collector.filters).into_owned())
                .collect();
            let options = options(args, &filters, out);
            write_probe(out, &shown, &options)?;
            for update in updates.iter().filter(|_| !args.ending.quiet) {
                writeln!(out, "{}", baseline::line(update))?;
            }
            reports.write(&runs, out)?;
            if !args.ending.quiet {
                reports.list(out)?;
            }
        }
    }
    out.flush()?;
    report_end(interrupted, file, args.output.as_deref(), false);
    let runs = baseline::updated(runs, &updates);
    let exit = match &fail_on {
        None => exit_code(&runs).into(),
        Some(conditions) => conditions.exit(&runs, redactor),
    };
    Ok(match interrupted {
        Some(_) => exit.max(Exit::Unexpected),
        None => exit,
    })
}

fn options(args: &Args, filters: &[Filter], out: &Out) -> ProbeOptions {
    ProbeOptions {
        cases: Options {
            style: out.style,
            details: args.details.unwrap_or(IN_FULL),
            known: true,
            requirements: requirements(),
        },
        examples: args.details.unwrap_or(1),
        full: !filters.is_empty(),
        quiet: args.ending.quiet,
    }
}

/// What collects the results.
fn collector(args: &Args, filters: &[Filter]) -> Collector {
    Collector {
        progress: Progress::new(!args.ending.quiet),
        filters: filters.iter().filter(|f| f.of_results()).cloned().collect(),
        // A probe has a few hundred cases, and not always a results file.
        keeps_all: !args.report_files.reports.is_empty(),
        runs: Vec::new(),
    }
}

/// The arguments of the command that repeats a case.
fn repeat(args: &Args) -> Vec<String> {
    let mut words = vec!["--policy".to_owned(), args.policy.display().to_string()];
    words.extend(repeated_headers(&args.requests.headers, args.requests.show_secrets));
    if args.allow_unsafe {
        words.push("--allow-unsafe".to_owned());
    }
    if let Some(file) = &args.requests.authorities {
        words.extend(["--ca".to_owned(), file.display().to_string()]);
    }
    words
}
