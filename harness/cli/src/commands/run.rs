//! `crosscheck run`: runs the corpus on subjects.

mod addresses;
mod collector;
mod flaky;
mod live;
mod options;
mod rerun;
mod settings;
mod shard;

pub(super) use collector::{Collector, selected_results};
pub(super) use options::{corpus_arguments, default_jobs, seconds};
pub(super) use settings::read as read_project;

use super::baseline::{self, Update};
use super::fail_on::FailOn;
use super::reports::Reports;
use super::request_headers::{headers, repeated_headers};
use crate::args::{Format, Run as Args};
use crate::corpus::{
    check_filters_match, filters, is_of_project, nothing_selected, report_problems, requirements, selects,
};
use crate::ending::{Ended, Session};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_corpus::{Case, Corpus, Filter};
use crosscheck_report::terminal::Options;
use crosscheck_report::{Progress, clean, quoted, summary, write_closing};
use crosscheck_results::baseline::Recorder;
use crosscheck_results::{Events, Interruption, Run, WriteError, Written, exit_code};
use crosscheck_runner::run::{Addresses, FailLimit, RunError, RunOptions, Selection, all_cases, run as run_all};
use crosscheck_runner::server::AddedHeaders;
use crosscheck_runner::subject::{SubjectSpec, Subjects};
use crosscheck_text::Redactor;
use flaky::{Flaky, Repetitions};
use live::Live;
use options::{BROWSER, baselines, browser, engine_paths, subjects};
use rerun::Rerun;
use settings::Settings;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let settings = Settings::of(args)?;
    let args = &settings.args;
    let known = known_subjects(args)?;
    let redactor = addresses::redactor(args, &known);
    out.hide(&redactor);
    let fail_on = FailOn::parse(&args.part.fail_on)?;
    let filters = filters(&args.filters)?;
    let timeout = seconds("--timeout", settings.timeout)?;
    let baselines = baselines(args)?;
    let rerun = rerun(args)?;
    if let Some(rerun) = rerun.as_ref().filter(|rerun| rerun.is_empty()) {
        return rerun.report_nothing(out);
    }
    let subjects = match &rerun {
        Some(rerun) => rerun.subjects(&known)?,
        None => subjects(args, &known)?,
    };
    let selection = selection(args, rerun.as_ref())?;
    let reports = reports(&settings)?;
    if args.update_baseline {
        baseline::refuse_versions(&subjects)?;
    }
    let corpus = settings.corpus()?;
    let bad = report_problems(&corpus);
    // A filter over results does not exclude a case.
    let mut selected = all_cases(&corpus);
    let mut addresses = addresses::all(args, settings.timeout, &known, &subjects, &redactor)?;
    // Only the project's corpus, loaded whole, shows that a listed case no longer exists.
    let is_whole = args.update_baseline && !bad && is_of_project(&args.corpora.paths);
    let existing: Option<BTreeSet<String>> =
        is_whole.then(|| every(&selected, &addresses).map(|case| case.id.to_string()).collect());
    select(args, &filters, &mut selected, &mut addresses)?;
    rerun
        .iter()
        .for_each(|rerun| rerun.report_rest(&every(&selected, &addresses).map(|case| &case.id).collect()));
    let session = Session::new()?;
    let jobs = args.jobs.map_or_else(default_jobs, NonZeroUsize::get);
    let (headers, engine_paths) = (headers(&args.headers)?, engine_paths(&args.engine_paths)?);
    let max_fail = args.part.max_fail.map(|limit| FailLimit::new(limit, session.stopper()));
    let options = |repetition| RunOptions {
        corpus: &corpus,
        selected: &selected,
        selection: selection.clone(),
        filters: args.filters.clone(),
        repeat: repeat(args),
        known: &known.usable,
        addresses: addresses.clone(),
        subjects: subjects.clone(),
        baselines: baselines.clone(),
        jobs,
        timeout,
        headers: AddedHeaders::new(headers.clone(), redactor.clone()),
        engine_paths: engine_paths.clone(),
        output: Some(flaky::file(&settings.output, repetition)),
        resume: args.resume,
        max_fail: max_fail.clone(),
        stop: session.stop(),
    };
    let mut collector = Collector {
        progress: Progress::new(true),
        filters: filters.into_iter().filter(Filter::of_results).collect(),
        keeps_all: false,
        runs: Vec::new(),
    };
    let report = report_options(args, out);
    let mut live = Live {
        out: (args.output_format.format == Format::Text && !reports.take_stdout()).then_some(&mut *out),
        options: &report,
        collector: &mut collector,
        written: 0,
        failed: None,
    };
    let (driven, recorded) = if args.update_baseline {
        let mut recorder = Recorder::new(&mut live);
        (drive(&session, options(1), &mut recorder), recorder.into_recorded())
    } else {
        (drive(&session, options(1), &mut live), Vec::new())
    };
    let fail = |error| failure(error, baselines.as_deref(), &subjects, &corpus, &known);
    let mut driven = driven.map_err(fail)?;
    live.collector.progress.finish();
    live.rest()?;
    let runs = collector.runs;
    let mut repetitions = Repetitions::new(&settings.output, args.part.repeat);
    while let Some(repetition) = repetitions.next().filter(|_| driven.interrupted.is_none()) {
        driven.interrupted = drive(&session, options(repetition), &mut ()).map_err(fail)?.interrupted;
    }
    let flaky = repetitions.compare(driven.interrupted)?;
    let updates = match baselines.as_ref().filter(|_| args.update_baseline) {
        Some(folder) => baseline::update_all(folder, &recorded, existing.as_ref())?,
        None => Vec::new(),
    };
    let ran = Ran {
        driven,
        runs,
        flaky,
        updates,
        fail_on,
    };
    // The reports need memory of their own.
    drop((selected, corpus));
    conclude(&settings, ran, (&report, &reports), bad, out)
}

/// The subjects that can be named, and the browser of `--browser`.
fn known_subjects(args: &Args) -> Result<Subjects, Failure> {
    let mut known = crosscheck::subjects::load();
    if let Some(command) = &args.browser {
        known.usable.insert(BROWSER.to_owned(), browser(command)?);
    }
    Ok(known)
}

/// What came of a run.
struct Ran {
    driven: Driven,
    runs: Vec<Run>,
    flaky: Option<Flaky>,
    updates: Vec<Update>,
    fail_on: Option<FailOn>,
}

/// Writes the end of the report and the other reports, and returns the exit code.
fn conclude(
    settings: &Settings,
    ran: Ran,
    (options, reports): (&Options, &Reports),
    bad: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    ran.write(settings, options, reports, out)?;
    let Ran {
        driven,
        runs,
        flaky,
        updates,
        fail_on,
    } = ran;
    report_end(driven.interrupted, driven.file, Some(&settings.output), true);
    // Not every shard has a case.
    let is_whole = driven.interrupted.is_none() && settings.args.part.shard.is_none();
    if is_whole && runs.iter().all(had_no_case) {
        return Err(Failure::message(
            "no selected case applies to the requested subjects",
            "servers run the cases with a policy (`crosscheck list` shows them), clients those that state an outcome",
        )
        .with(Exit::Nothing));
    }
    let runs = baseline::updated(runs, &updates);
    let exit = match fail_on {
        Some(conditions) => conditions.exit(&runs, &Redactor::default()),
        None => exit_code(&runs).into(),
    };
    let is_flaky = flaky.is_some_and(|flaky| !flaky.is_empty());
    Ok(worsened(exit, driven.interrupted.is_some() || is_flaky, bad))
}

/// The reports to write, which are made from the results file.
fn reports(settings: &Settings) -> Result<Reports, Failure> {
    let args = &settings.args;
    let reports = Reports::open(
        &args.report_files.reports,
        Some(&settings.output),
        args.output_format.format,
    )?;
    reports.check_results(&settings.output)?;
    Ok(reports)
}

impl Ran {
    fn write(&self, settings: &Settings, options: &Options, reports: &Reports, out: &mut Out) -> Result<(), Failure> {
        let args = &settings.args;
        match args.output_format.format {
            Format::Json => {
                let mut value = summary(&self.runs);
                if args.update_baseline {
                    value["baselines"] = self.updates.iter().map(baseline::value).collect();
                }
                if let Some(flaky) = &self.flaky {
                    value["repetitions"] = flaky.value();
                }
                if !reports.is_empty() {
                    value["reports"] = reports.json();
                }
                self.write_reports(settings, reports, out)?;
                out.json(&value)?;
            }
            Format::Text if reports.take_stdout() => self.write_reports(settings, reports, out)?,
            Format::Text => {
                close(&settings.output, &self.runs, options, self.driven.file, out)?;
                if let Some(flaky) = &self.flaky {
                    flaky.write(out)?;
                }
                for update in &self.updates {
                    writeln!(out, "{}", baseline::line(update))?;
                }
                self.write_reports(settings, reports, out)?;
                reports.list(out)?;
            }
        }
        out.flush()?;
        Ok(())
    }

    /// Writes the reports. If no case has ended, the results file may still be that of an earlier run.
    fn write_reports(&self, settings: &Settings, reports: &Reports, out: &mut Out) -> Result<(), Failure> {
        match self.driven.file {
            Some(Written::Results) => reports.write_from(&settings.output, out),
            Some(Written::EarlierFile) => reports.write(&self.runs, out),
            None => Ok(()),
        }
    }
}

/// Leaves only the cases that the filters select.
fn select(
    args: &Args,
    filters: &[Filter],
    selected: &mut Vec<Arc<Case>>,
    addresses: &mut Addresses,
) -> Result<(), Failure> {
    if every(selected, addresses).next().is_some() {
        check_filters_match(filters, &args.filters, every(selected, addresses).map(|case| &**case))?;
    }
    selected.retain(|case| selects(filters, case));
    addresses::select(filters, addresses);
    if every(selected, addresses).next().is_none() {
        return Err(no_case(args));
    }
    Ok(())
}

/// The cases of the corpus, and those for the servers that are already running.
fn every<'c>(selected: &'c [Arc<Case>], addresses: &'c Addresses) -> impl Iterator<Item = &'c Arc<Case>> + Clone {
    selected.iter().chain(addresses::cases(addresses))
}

/// The error if no case is selected.
fn no_case(args: &Args) -> Failure {
    if args.filters.is_empty() {
        Failure::message(
            "the corpus has no case that loads",
            "run `crosscheck lint` to see the errors, or name another folder with --cases PATH",
        )
        .with(Exit::Nothing)
    } else {
        nothing_selected(&args.filters)
    }
}

/// The exit code if the run was interrupted or had different results, or part of the corpus did not load.
fn worsened(exit: Exit, unexpected: bool, bad: bool) -> Exit {
    let exit = if unexpected { exit.max(Exit::Unexpected) } else { exit };
    if bad { exit.max(Exit::Usage) } else { exit }
}

/// What failed in an earlier run, if only that runs.
fn rerun(args: &Args) -> Result<Option<Rerun>, Failure> {
    let named: Vec<&String> = args.clients.iter().chain(&args.servers).collect();
    let file = args.part.rerun_failed.as_deref();
    file.map(|file| Rerun::read(file, &named)).transpose()
}

/// Which of the selected cases run.
fn selection(args: &Args, rerun: Option<&Rerun>) -> Result<Selection, Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    let text = args.part.shard.as_deref();
    Ok(Selection {
        shard: text.map(|text| shard::shard(text, variable)).transpose()?,
        only: rerun.map(Rerun::only),
    })
}

/// The arguments of the command that repeats a case.
fn repeat(args: &Args) -> Vec<String> {
    let mut words = corpus_arguments(&args.corpora.paths);
    words.extend(repeated_headers(&args.headers, args.show_secrets));
    words
}

/// Whether a subject could run, but no selected case applies to it.
fn had_no_case(run: &Run) -> bool {
    run.footer.as_ref().is_some_and(|f| f.cases == 0 && f.error.is_none())
}

/// How a run ended.
struct Driven {
    interrupted: Option<Interruption>,
    file: Option<Written>,
}

fn drive(session: &Session, options: RunOptions<'_>, events: &mut dyn Events) -> Result<Driven, RunError> {
    let stop = session.stop();
    let summary = match session.run_to_end(run_all(options, events)) {
        Ended::ByItself(result) => result?,
        Ended::BySignal(why) => {
            return Ok(Driven {
                interrupted: Some(why),
                file: None,
            });
        }
    };
    Ok(Driven {
        interrupted: stop.is_requested(),
        file: summary.file,
    })
}

fn failure(
    error: RunError,
    baselines: Option<&Path>,
    subjects: &[SubjectSpec],
    corpus: &Corpus,
    known: &Subjects,
) -> Failure {
    if let (RunError::Baseline(_), Some(folder)) = (&error, baselines) {
        baseline::report_problems(folder, subjects, corpus, known);
    }
    let help = match &error {
        RunError::UnknownSubject(_) => "`crosscheck list --subjects` lists the subjects",
        RunError::Baseline(_) => "correct the file, or run with --no-baseline",
        RunError::Write(WriteError::InUse { .. }) => {
            "wait for the other run to end, or name another file with --output FILE"
        }
        RunError::Write(_) => "name another file with --output FILE",
        RunError::Resume(_) => "run without --resume, which replaces the file, or name another file with --output FILE",
        RunError::Folder(_) => "name a folder that you can write to with TMPDIR",
        RunError::Task(_) => "report this with the version of crosscheck",
    };
    Failure::usage(error, help)
}

/// Reports on stderr that results are missing.
pub(super) fn report_end(
    interrupted: Option<Interruption>,
    file: Option<Written>,
    output: Option<&Path>,
    can_resume: bool,
) {
    let text = match (interrupted, file, output) {
        (Some(why), Some(Written::EarlierFile), Some(output)) => format!(
            "interrupted by {} before the first case ended; {} still has the results of an earlier run",
            why.as_str(),
            output.display()
        ),
        (None, Some(Written::EarlierFile), Some(output)) => {
            format!(
                "no case ran; {} still has the results of an earlier run",
                output.display()
            )
        }
        (Some(why), Some(Written::Results), Some(output)) => format!(
            "interrupted by {}: the results so far are in {}, marked as incomplete{}",
            why.as_str(),
            output.display(),
            if can_resume {
                "; the same command with --resume continues"
            } else {
                ""
            }
        ),
        (Some(why), None, Some(output)) => format!(
            "interrupted by {}; the run did not end in time, and {} may have nothing of it or lack its last lines",
            why.as_str(),
            output.display()
        ),
        (Some(why), _, None) => format!("interrupted by {}: the results above are incomplete", why.as_str()),
        (None, ..) => return,
    };
    // If stderr is closed, the text cannot be shown.
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

/// Writes the end of the report, after the last subject.
fn close(
    output: &Path,
    runs: &[Run],
    options: &Options,
    written: Option<Written>,
    out: &mut Out,
) -> Result<(), Failure> {
    write_closing(out, runs, options)?;
    if written == Some(Written::EarlierFile) {
        return Ok(());
    }
    let file = quoted(&output.display().to_string());
    writeln!(
        out,
        "results: {}   as HTML: crosscheck report {} --html DIR",
        clean(&file),
        clean(&file)
    )?;
    Ok(())
}
