//! `crosscheck run`: runs the corpus on subjects.

use super::baseline;
use crate::args::{Format, Run as Args};
use crate::corpus::{
    check_filters_match, filters, is_of_project, known_subjects, load, nothing_selected, report_problems, requirements,
    selects,
};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_corpus::Filter;
use crosscheck_report::terminal::Options;
use crosscheck_report::{Progress, clean, quoted, summary, write_closing, write_subject};
use crosscheck_results::baseline::Recorder;
use crosscheck_results::{CaseResult, Deviation, Events, Footer, Header, Run, Verdict, exit_code};
use crosscheck_runner::run::{RunError, RunOptions, all_cases, run as run_all};
use crosscheck_runner::subject::{Role, Subject, SubjectSpec};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The subjects that run by default: those that are part of the program.
const EMBEDDED: [&str; 3] = ["model", "tower-http", "actix-cors"];

pub(crate) fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let filters = filters(&args.filters)?;
    let timeout = seconds("--timeout", args.timeout)?;
    let baselines = baselines(args)?;
    let known = known_subjects()?;
    let subjects = subjects(args, &known)?;
    if args.update_baseline {
        baseline::refuse_versions(&subjects)?;
    }
    let corpus = load(&args.corpora.paths)?;
    let bad = report_problems(&corpus);
    // A filter over results does not exclude a case.
    let mut selected = all_cases(&corpus);
    // Only the project's corpus, loaded whole, shows that a listed case no longer exists.
    let existing = (args.update_baseline && !bad && is_of_project(&args.corpora.paths)).then(|| {
        selected
            .iter()
            .map(|case| case.id.clone())
            .collect::<BTreeSet<String>>()
    });
    if !selected.is_empty() {
        check_filters_match(&filters, &args.filters, selected.iter().map(|case| &**case))?;
    }
    selected.retain(|case| selects(&filters, case));
    if selected.is_empty() {
        return Err(match args.filters.is_empty() {
            true => Failure::message(
                "the corpus has no case that loads",
                "run `crosscheck lint` to see the errors, or name another folder with --cases PATH",
            )
            .with(Exit::Nothing),
            false => nothing_selected(&args.filters),
        });
    }
    let options = RunOptions {
        corpus: &corpus,
        selected: &selected,
        filters: args.filters.clone(),
        repeat: corpus_arguments(&args.corpora.paths),
        known: &known,
        subjects,
        baselines: baselines.clone(),
        jobs: args.jobs.unwrap_or_else(default_jobs).max(1),
        timeout,
        engine_paths: engine_paths(&args.engine_paths)?,
        output: Some(args.output.clone()),
    };
    let mut collector = Collector {
        progress: Progress::new(true),
        filters: filters.into_iter().filter(Filter::of_results).collect(),
        runs: Vec::new(),
    };
    let report = report_options(args, out);
    let mut live = Live {
        out: (args.output_format.format == Format::Text).then_some(&mut *out),
        options: &report,
        collector: &mut collector,
        written: 0,
        failed: None,
    };
    let (interrupted, recorded) = if args.update_baseline {
        let mut recorder = Recorder::new(&mut live);
        (drive(options, &mut recorder)?, recorder.into_recorded())
    } else {
        (drive(options, &mut live)?, Vec::new())
    };
    live.collector.progress.finish();
    live.rest()?;
    let runs = collector.runs;
    let updates = match baselines.filter(|_| args.update_baseline) {
        Some(folder) => baseline::update_all(&folder, &recorded, existing.as_ref())?,
        None => Vec::new(),
    };
    match args.output_format.format {
        Format::Json => {
            let mut value = summary(&runs);
            if args.update_baseline {
                value["baselines"] = updates.iter().map(baseline::value).collect();
            }
            out.json(&value)?;
        }
        Format::Text => {
            close(args, &runs, &report, out)?;
            for update in &updates {
                writeln!(out, "{}", baseline::line(update))?;
            }
        }
    }
    out.flush()?;
    if interrupted {
        report_interrupted(Some(&args.output));
    } else if runs.iter().all(had_no_case) {
        return Err(Failure::message(
            "no selected case applies to the requested subjects",
            "servers run the cases with a policy (`crosscheck list` shows them), clients those that state an outcome",
        )
        .with(Exit::Nothing));
    }
    let mut exit = Exit::from(exit_code(&baseline::updated(runs, &updates)));
    if interrupted {
        exit = exit.max(Exit::Unexpected);
    }
    Ok(if bad { exit.max(Exit::Usage) } else { exit })
}

/// Whether a subject could run, but no selected case applies to it.
fn had_no_case(run: &Run) -> bool {
    run.footer.as_ref().is_some_and(|f| f.cases == 0 && f.error.is_none())
}

/// Runs until the end or Ctrl-C; returns whether it was Ctrl-C. A second Ctrl-C ends the program immediately.
pub(super) fn until_interrupted<E>(work: impl Future<Output = Result<(), E>>) -> Result<Result<bool, E>, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| {
        Failure::usage(
            e,
            "the system cannot create a thread or an event queue; end other programs and try again",
        )
    })?;
    let result = runtime.block_on(async {
        // Ctrl-C comes first: its handler is installed before anything runs.
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => Ok(true),
            result = work => result.map(|()| false),
        }
    });
    if matches!(result, Ok(true)) {
        runtime.spawn(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(130);
            }
        });
    }
    runtime.shutdown_timeout(Duration::from_secs(2));
    Ok(result)
}

fn drive(options: RunOptions<'_>, events: &mut dyn Events) -> Result<bool, Failure> {
    let result = until_interrupted(async { run_all(options, events).await.map(|_| ()) })?;
    result.map_err(|error| {
        let help = match &error {
            RunError::UnknownSubject(_) => "`crosscheck list --subjects` lists the subjects",
            RunError::Baseline(_) => "correct the file, or run with --no-baseline",
            RunError::Write(_) => "name another file with --output FILE",
        };
        Failure::usage(error, help)
    })
}

pub(super) fn report_interrupted(output: Option<&Path>) {
    let text = match output {
        Some(output) => format!(
            "interrupted: the results so far are in {}, marked as incomplete",
            output.display()
        ),
        None => "interrupted: the results above are incomplete".to_owned(),
    };
    let _ = writeln!(std::io::stderr(), "{}", clean(&text));
}

fn report_options(args: &Args, out: &Out) -> Options {
    Options {
        style: out.style,
        details: args.details,
        known: args.known,
        requirements: requirements(),
    }
}

/// The arguments that name the corpus in a command.
fn corpus_arguments(paths: &[PathBuf]) -> Vec<String> {
    let named = |path: &PathBuf| ["--cases".to_owned(), path.display().to_string()];
    paths.iter().flat_map(named).collect()
}

/// Writes the end of the report, after the last subject.
fn close(args: &Args, runs: &[Run], options: &Options, out: &mut Out) -> Result<(), Failure> {
    write_closing(out, runs, options)?;
    let file = quoted(&args.output.display().to_string());
    writeln!(
        out,
        "results: {}   as HTML: crosscheck report {} --html DIR",
        clean(&file),
        clean(&file)
    )?;
    Ok(())
}

fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Parses a time limit in seconds.
pub(super) fn seconds(flag: &str, value: f64) -> Result<Duration, Failure> {
    let duration = Duration::try_from_secs_f64(value).ok().filter(|d| !d.is_zero());
    duration.ok_or_else(|| {
        Failure::message(
            format!("{flag} {value} is not a valid time limit"),
            format!("give a number of seconds above 0, for example {flag} 5"),
        )
    })
}

/// `ENGINE=FILE` pairs.
fn engine_paths(texts: &[String]) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let pair = |text: &String| {
        let (name, file) = text.split_once('=').filter(|(n, f)| !n.is_empty() && !f.is_empty())?;
        Some((name.to_owned(), PathBuf::from(file)))
    };
    texts
        .iter()
        .map(|text| {
            pair(text).ok_or_else(|| {
                Failure::message(
                    format!("--engine-path {text} does not name an engine and a file"),
                    "write ENGINE=FILE, for example --engine-path chromium=/usr/bin/chromium",
                )
            })
        })
        .collect()
}

fn baselines(args: &Args) -> Result<Option<PathBuf>, Failure> {
    let default = PathBuf::from(super::BASELINES);
    match &args.baseline {
        _ if args.no_baseline => Ok(None),
        given if args.update_baseline => Ok(Some(given.clone().unwrap_or(default))),
        None => Ok(default.is_dir().then_some(default)),
        Some(folder) if folder.is_dir() => Ok(Some(folder.clone())),
        Some(folder) => Err(Failure::message(
            format!("the baseline folder {} does not exist", folder.display()),
            "name a folder with a file <subject>.yaml per subject, or run with --no-baseline",
        )),
    }
}

fn subjects(args: &Args, known: &BTreeMap<String, Subject>) -> Result<Vec<SubjectSpec>, Failure> {
    let help = "`crosscheck list --subjects` lists all; NAME@VERSION selects another version";
    let parse = |text: &String, role: Role| -> Result<SubjectSpec, Failure> {
        let spec: SubjectSpec = text.parse().map_err(|e| Failure::usage(anyhow::Error::new(e), help))?;
        match known.get(&spec.name) {
            Some(found) if found.description.role != role => Err(Failure::message(
                format!("`{}` is a {}", spec.name, found.description.role.as_str()),
                format!("write --{} {spec}", found.description.role.as_str()),
            )),
            Some(_) => Ok(spec),
            None => Err(Failure::message(format!("there is no subject `{}`", spec.name), help)),
        }
    };
    let mut specs = Vec::new();
    for (names, role) in [(&args.clients, Role::Client), (&args.servers, Role::Server)] {
        for name in names {
            let spec = parse(name, role)?;
            if !specs.contains(&spec) {
                specs.push(spec);
            }
        }
    }
    if specs.is_empty() {
        let embedded = EMBEDDED.iter().filter_map(|n| n.parse().ok());
        specs.extend(embedded);
    }
    Ok(specs)
}

/// The maximum number of subjects that the first line names.
const NAMED: usize = 8;

/// Writes the report during the run: the number of cases and the subjects first, then each subject as soon as it has finished.
struct Live<'a> {
    /// `None` for JSON, which is written as one value at the end.
    out: Option<&'a mut Out>,
    options: &'a Options,
    collector: &'a mut Collector,
    /// The number of subjects that have been written.
    written: usize,
    /// The first write error.
    failed: Option<io::Error>,
}

impl Live<'_> {
    /// Writes, with the progress bar hidden.
    fn write(&mut self, write: impl FnOnce(&mut Out, &Options, &[Run]) -> io::Result<()>) {
        let Some(out) = self.out.as_deref_mut() else { return };
        if self.failed.is_some() {
            return;
        }
        let Collector { progress, runs, .. } = &mut *self.collector;
        let written = progress.aside(|| write(out, self.options, runs).and_then(|()| out.flush()));
        self.failed = written.err();
    }

    /// Writes the finished subjects that have not been written.
    fn subjects(&mut self) {
        let from = self.written;
        self.written = self.collector.runs.len();
        let filters = self.collector.filters.clone();
        self.write(|out, options, runs| {
            let mut left = runs.iter().skip(from);
            left.try_for_each(|run| write_subject(out, &selected_results(run, &filters), options))
        });
        for case in self.collector.runs.iter_mut().skip(from).flat_map(|run| &mut run.cases) {
            forget_details(case);
        }
    }

    /// Writes the remaining subjects at the end; returns the first write error.
    fn rest(mut self) -> io::Result<()> {
        self.subjects();
        self.failed.map_or(Ok(()), Err)
    }
}

impl Events for Live<'_> {
    fn run_started(&mut self, subjects: &[String], cases: usize) {
        let mut names: Vec<String> = subjects.iter().take(NAMED).cloned().collect();
        if subjects.len() > NAMED {
            names.push(format!("{} more", subjects.len() - NAMED));
        }
        let plural = if cases == 1 { "case" } else { "cases" };
        let line = format!("running {cases} {plural} on {}", names.join(", "));
        self.write(|out, options, _| writeln!(out, "{}\n", options.style.dim(&clean(&line))));
    }

    fn subject_started(&mut self, header: &Header, cases: usize) {
        self.collector.subject_started(header, cases);
    }

    fn case_finished(&mut self, case: &CaseResult) {
        self.collector.case_finished(case);
    }

    fn subject_finished(&mut self, footer: &Footer) {
        self.collector.subject_finished(footer);
        self.subjects();
    }
}

/// Keeps only the deviations of a case, which the comparison with other subjects needs. Their details are already on the terminal
/// and in the results file.
fn forget_details(case: &mut CaseResult) {
    let deviations = std::mem::take(&mut case.deviations);
    let deviations = deviations.into_iter().map(|d| Deviation {
        expected: None,
        actual: None,
        ..d
    });
    *case = CaseResult {
        deviations: deviations.collect(),
        ..CaseResult::new("", std::mem::take(&mut case.id), case.verdict)
    };
}

/// A run with only the results that the filters over results select; its counts are unchanged.
pub(super) fn selected_results<'r>(run: &'r Run, filters: &[Filter]) -> Cow<'r, Run> {
    if filters.is_empty() {
        return Cow::Borrowed(run);
    }
    let selects = |case: &&CaseResult| {
        filters.iter().all(|filter| match filter {
            Filter::Rule(rule) => case.deviations.iter().any(|d| d.rule.as_ref() == Some(rule)),
            Filter::Verdict(verdict) => case.verdict.as_str() == verdict,
            _ => true,
        })
    };
    Cow::Owned(Run {
        header: run.header.clone(),
        cases: run.cases.iter().filter(selects).cloned().collect(),
        footer: run.footer.clone(),
    })
}

/// Collects the results for the report.
pub(super) struct Collector {
    pub(super) progress: Progress,
    /// Filters over results: only the selected results are shown in full.
    pub(super) filters: Vec<Filter>,
    pub(super) runs: Vec<Run>,
}

impl Events for Collector {
    fn subject_started(&mut self, header: &Header, cases: usize) {
        self.progress.subject(&header.subject, cases);
        self.runs.push(Run {
            header: header.clone(),
            ..Run::default()
        });
    }

    fn case_finished(&mut self, case: &CaseResult) {
        self.progress.case();
        if let Some(run) = self.runs.last_mut() {
            // Cases that do not deviate are only counted.
            run.cases.push(if case.verdict < Verdict::Allowed {
                case.clone()
            } else {
                CaseResult::new("", &case.id, case.verdict)
            });
        }
    }

    fn subject_finished(&mut self, footer: &Footer) {
        if let Some(run) = self.runs.last_mut() {
            run.footer = Some(footer.clone());
        }
    }
}
