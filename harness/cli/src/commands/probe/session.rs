//! Probes the servers one after the other, at one rate.

use super::known::Known;
use super::targets::Targets;
use super::{collector, repeat};
use crate::args::Probe as Args;
use crate::commands::baseline::Update;
use crate::commands::probing::{ProbeSettings, Setup, cannot_probe, is_usage};
use crate::commands::run::Collector;
use crate::corpus::{nothing_selected, selects};
use crate::ending::Session;
use crate::exit::Failure;
use crosscheck_corpus::{Case, Filter};
use crosscheck_results::baseline::Recorder;
use crosscheck_results::{Interruption, Written};
use crosscheck_runner::run::{ProbeRun, RunError};
use crosscheck_runner::server::{Pace, Probe, ProbeError};
use crosscheck_text::Redactor;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What came of the probes.
pub(super) struct Probed {
    pub(super) collector: Collector,
    pub(super) interrupted: Option<Interruption>,
    pub(super) file: Option<Written>,
    pub(super) updates: Vec<Update>,
}

/// Why there are no results.
enum Ended {
    NoCase,
    Probe(ProbeError),
    Run(RunError),
}

pub(super) fn probe_all(
    args: &Args,
    targets: &Targets,
    filters: &[Filter],
    redactor: &Redactor,
    session: &Session,
) -> Result<Probed, Failure> {
    let settings = ProbeSettings::of(&args.requests, args.allow_unsafe);
    let setup = Setup::of(&args.policy, &settings, redactor)?;
    let shown = |url: &str| redactor.text(url).into_owned();
    let subjects: Vec<String> = targets.urls.iter().map(|url| shown(url.expose().as_str())).collect();
    let known = Known::load(&args.ending, &subjects)?;
    let mut collector = collector(args, filters);
    let mut recorder = Recorder::new(&mut collector);
    let mut existing: Vec<BTreeSet<String>> = Vec::new();
    let mut file = None;
    let ended = session.run_to_end(async {
        let of_cases = filters.iter().filter(|f| !f.of_results()).count();
        let names = if of_cases == 0 {
            Vec::new()
        } else {
            targets.filters.clone()
        };
        let mut run: Option<ProbeRun> = None;
        let create = || ProbeRun::create(&subjects, names.clone(), repeat(args), args.output.as_deref());
        let mut pace: Option<Pace> = None;
        for (place, (url, subject)) in targets.urls.iter().zip(&subjects).enumerate() {
            if session.stop().is_requested().is_some() {
                break;
            }
            let mut probe = match Probe::open_after(&setup.probing(url), pace).await {
                Ok(probe) => probe,
                // Of several servers, the others are probed all the same.
                Err(error) if subjects.len() > 1 && !is_usage(&error) => {
                    existing.push(BTreeSet::new());
                    let run = match &mut run {
                        Some(run) => run,
                        None => run.insert(create().map_err(Ended::Run)?),
                    };
                    run.could_not_run(subject, shown(&error.to_string()), &mut recorder)
                        .map_err(Ended::Run)?;
                    continue;
                }
                Err(error) => return Err(Ended::Probe(error)),
            };
            existing.push(
                probe
                    .cases()
                    .iter()
                    .map(|case: &Arc<Case>| case.id.to_string())
                    .collect(),
            );
            probe.select(|case| selects(filters, case));
            if probe.cases().is_empty() {
                return Err(Ended::NoCase);
            }
            let run = match &mut run {
                Some(run) => run,
                None => run.insert(create().map_err(Ended::Run)?),
            };
            let baseline = known.baseline(place);
            let probed = run.probe(&mut probe, subject, baseline, session.stop(), &mut recorder);
            probed.await.map_err(Ended::Run)?;
            pace = Some(probe.pace());
        }
        if let Some(run) = run {
            file = run.finish().map_err(Ended::Run)?;
        }
        Ok(())
    });
    let ended = ended.interrupted().map_err(|e| failure(e, &targets.filters))?;
    let recorded = recorder.into_recorded();
    let updates = match args.ending.update_baseline {
        true => known.update(&recorded, &existing)?,
        false => Vec::new(),
    };
    let interrupted = ended.or(session.stop().is_requested());
    add_missing(&mut collector, &subjects);
    Ok(Probed {
        collector,
        interrupted,
        file,
        updates,
    })
}

/// Adds the servers that were not reached before the interruption.
fn add_missing(collector: &mut Collector, subjects: &[String]) {
    for subject in subjects.iter().skip(collector.runs.len()) {
        let mut run = crosscheck_results::Run::default();
        run.header.subject.clone_from(subject);
        "server".clone_into(&mut run.header.role);
        run.discrepancy = Some(crosscheck_results::Discrepancy::NoLines);
        collector.runs.push(run);
    }
}

fn failure(ended: Ended, texts: &[String]) -> Failure {
    match ended {
        Ended::NoCase => nothing_selected(texts),
        Ended::Probe(error) => cannot_probe(error),
        Ended::Run(error) => Failure::usage(error, "name another file with --output FILE"),
    }
}
