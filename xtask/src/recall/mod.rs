//! Checks the rules against published vulnerabilities: does a named rule distinguish the vulnerable release from the fixed one?

mod show;
mod tracker;

use crate::process::root;
use anyhow::{Context as _, Result};
use clap::Args;
use crosscheck_corpus::{Corpus, Diagnostic, Sources};
use crosscheck_report::{Style, clean};
use crosscheck_runner::recall::{self, Finding};
use crosscheck_runner::release::{Release, ask};
use crosscheck_runner::run::{DEFAULT_TIMEOUT, all_cases};
use crosscheck_runner::subject::SubjectSpec;
use std::io::{IsTerminal as _, stderr};
use std::path::PathBuf;
use std::process::ExitCode;
use tracker::{EntryReport, RecallTracker};

/// The exit codes of the task.
const ALL_CAUGHT: u8 = 0;
const SOME_NOT: u8 = 1;
const BAD_INPUT: u8 = 2;
const NOTHING_RAN: u8 = 3;

#[derive(Args)]
pub(crate) struct Arguments {
    /// A list of {id, subject, bad, good, rules, source} (default: cases/recall.yaml).
    file: Option<PathBuf>,
    /// Run only this entry. Can be given several times.
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// Print JSON.
    #[arg(long, value_parser = ["text", "json"], default_value = "text")]
    format: String,
    /// How many listeners of a release to test at the same time.
    #[arg(long, value_name = "N", default_value_t = 2)]
    jobs: usize,
}

/// Runs both releases of every entry. The exit code states whether all entries are caught.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let file = arguments
        .file
        .clone()
        .unwrap_or_else(|| root().join("cases").join(recall::FILE));
    let known = crosscheck::subjects::all()?;
    let mut sources = Sources::default();
    let listed = recall::read(&file, &known, &mut sources);
    print_diagnostics(listed.problems.iter().chain(&listed.remarks), &sources);
    let mut worst = if listed.problems.is_empty() {
        ALL_CAUGHT
    } else {
        BAD_INPUT
    };
    let mut entries = listed.entries;
    for id in &arguments.only {
        if !entries.iter().any(|e| e.id == *id) {
            let (id, file) = (clean(id), file.display().to_string());
            eprintln!("error: {} has no valid entry `{id}`", clean(&file));
            worst = BAD_INPUT;
        }
    }
    entries.retain(|e| arguments.only.is_empty() || arguments.only.contains(&e.id));
    if entries.is_empty() {
        return Ok(ExitCode::from(BAD_INPUT));
    }
    let corpus = Corpus::load(&[root().join("cases")]);
    print_diagnostics(corpus.problems.iter(), &corpus.sources);
    if !corpus.problems.is_empty() {
        worst = BAD_INPUT;
    }
    let json = arguments.format == "json";
    let cases: Vec<_> = all_cases(&corpus).into_iter().filter(|c| c.for_servers()).collect();
    let mut tracker = RecallTracker::new(entries, &known);
    let releases = tracker.releases().to_vec();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if !releases.is_empty() {
        let mut watcher = |spec: &SubjectSpec, release: &Release| {
            let word = release.error.as_deref().unwrap_or("finished");
            eprintln!("{}: {}", clean(&spec.to_string()), clean(word));
            for report in tracker.take(spec, release) {
                if !json {
                    println!("{}", show::text(report));
                }
            }
        };
        let how = (arguments.jobs.max(1), DEFAULT_TIMEOUT);
        let runs = ask(&corpus, &cases, &known, &releases, how, &mut watcher);
        runtime.block_on(runs).context("the releases could not run")?;
    }
    let reports = tracker.reports();
    if json {
        println!("{}", serde_json::to_string_pretty(&show::json(reports))?);
    } else {
        println!("{}", show::summary(reports));
    }
    Ok(ExitCode::from(worst.max(code(reports))))
}

fn code(reports: &[EntryReport]) -> u8 {
    let every = |test: fn(&Finding) -> bool| reports.iter().all(|r| test(&r.finding));
    if every(|f| matches!(f, Finding::Unrun(_))) {
        NOTHING_RAN
    } else if every(|f| matches!(f, Finding::Caught(_))) {
        ALL_CAUGHT
    } else {
        SOME_NOT
    }
}

/// Prints diagnostics to stderr.
fn print_diagnostics<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>, sources: &Sources) {
    let colour = Style::detect(stderr().is_terminal()) == Style::Colour;
    for diagnostic in diagnostics {
        eprintln!("{}\n", diagnostic.render(sources, colour));
    }
}
