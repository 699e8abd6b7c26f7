//! Runs every subject and reports its results in the order of the cases, then its counts.

mod cases;
mod pending;
mod result_queue;
mod subject_task;
mod tally;

pub use cases::{all_cases, all_ids};

use crate::baseline::{self, BaselineError};
use crate::server::{AddedHeaders, Probe};
use crate::subject::{Role, Subject, SubjectSpec};
use crosscheck_corpus::{Case, Corpus};
use crosscheck_results::{Events, FORMAT, Footer, Header, RunSummary, Verdict, WriteError, Writer};
use pending::{PendingSubject, is_for, now, platform};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use subject_task::ServerSlots;
use tally::{Output, Tally};
use thiserror::Error;

/// The default time limit of a case.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What to run.
pub struct RunOptions<'a> {
    /// The corpus.
    pub corpus: &'a Corpus,
    /// The selected cases, probes among them; sorted by id.
    pub selected: &'a [Arc<Case>],
    /// The filters that selected them, for the header of the results.
    pub filters: Vec<String>,
    /// The arguments of a command that repeats a case, for the header of the results.
    pub repeat: Vec<String>,
    /// All subjects that exist.
    pub known: &'a BTreeMap<String, Subject>,
    /// The subjects to run.
    pub subjects: Vec<SubjectSpec>,
    /// The folder of the baselines. Without one, every deviation is unexpected.
    pub baselines: Option<PathBuf>,
    /// How many listeners of a subject are tested at the same time.
    pub jobs: usize,
    /// The time limit of a case.
    pub timeout: Duration,
    /// Headers on every request to a server; one without a value leaves out what browsers send.
    pub headers: AddedHeaders,
    /// The programs of browser engines that the user named instead of the installed ones.
    pub engine_paths: BTreeMap<String, PathBuf>,
    /// The file that the results are written to.
    pub output: Option<PathBuf>,
}

/// Why a run could not begin or continue. The behavior of a subject is never an error of the run.
#[derive(Debug, Error)]
pub enum RunError {
    /// No subject has this name.
    #[error("there is no subject `{0}`; `crosscheck list --subjects` shows all")]
    UnknownSubject(String),
    /// A baseline does not load.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// The results cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Runs all subjects. If the future is dropped, the results written so far remain, without a footer.
///
/// # Errors
/// Returns an error if a subject is unknown, a baseline does not load or results cannot be written.
pub async fn run(options: RunOptions<'_>, events: &mut dyn Events) -> Result<RunSummary, RunError> {
    let mut subjects = Vec::new();
    for spec in &options.subjects {
        let known = options
            .known
            .get(&spec.name)
            .ok_or_else(|| RunError::UnknownSubject(spec.to_string()))?
            .in_release(spec);
        let baseline = options
            .baselines
            .as_ref()
            .map(|folder| baseline::load(folder, &spec.name))
            .transpose()?;
        subjects.push((spec, known, baseline));
    }
    let mut writer = options.output.as_deref().map(Writer::create).transpose()?;
    let roles = subjects.iter().map(|(_, known, _)| known.description.role);
    let has_subject = |case: &Case| roles.clone().any(|role| is_for(case, role));
    let cases = options.selected.iter().filter(|case| has_subject(case)).count();
    let names: Vec<String> = options.subjects.iter().map(ToString::to_string).collect();
    events.run_started(&names, cases);
    let mut summary = RunSummary::default();
    let slots = ServerSlots::new();
    let mut ahead: VecDeque<PendingSubject> = VecDeque::new();
    for (at, (spec, known, baseline)) in subjects.iter().enumerate() {
        // Servers run concurrently with each other, but not with a client: a client keeps the machine busy and has time limits.
        if !is_client(known) && ahead.is_empty() {
            let rest = subjects.iter().skip(at).take_while(|(_, known, _)| !is_client(known));
            ahead = rest
                .map(|(spec, known, _)| PendingSubject::open(&options, spec, known, &slots))
                .collect();
        }
        let pending = ahead
            .pop_front()
            .unwrap_or_else(|| PendingSubject::open(&options, spec, known, &slots));
        let mut output = Output {
            writer: writer.as_mut(),
            events: &mut *events,
        };
        summary
            .subjects
            .push(pending.report(baseline.as_ref(), &mut output).await?);
    }
    Ok(summary)
}

/// Returns whether the subject is a client other than the model, which takes no time.
fn is_client(known: &Subject) -> bool {
    known.description.role == Role::Client && !known.is_model()
}

/// Probes a running server. If the future is dropped, the results written so far remain, without a footer.
///
/// # Errors
/// Returns an error if results cannot be written.
pub async fn run_probe(
    probe: &mut Probe,
    subject: &str,
    repeat: Vec<String>,
    output: Option<&Path>,
    events: &mut dyn Events,
) -> Result<RunSummary, RunError> {
    let began = Instant::now();
    let mut writer = output.map(Writer::create).transpose()?;
    let mut output = Output {
        writer: writer.as_mut(),
        events,
    };
    let header = Header {
        crosscheck: FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        subject: subject.to_owned(),
        role: Role::Server.as_str().to_owned(),
        platform: platform(),
        repeat,
        started: now(),
        ..Header::default()
    };
    let cases = probe.cases().to_vec();
    let mut tally = Tally::new(subject, &cases);
    tally.begin(&header, None, &mut output)?;
    for case in &cases {
        for (result, examined) in probe.run_case(subject, case).await {
            tally.add(result, &examined, &mut output)?;
        }
    }
    for (result, examined) in probe.finish().await {
        tally.add(result, &examined, &mut output)?;
    }
    let footer = tally.end(began.elapsed().as_secs_f64(), &mut output)?;
    Ok(RunSummary {
        subjects: vec![(header, footer)],
    })
}

/// Returns the worst verdict that a footer counts.
#[must_use]
pub fn worst(footer: &Footer) -> Option<Verdict> {
    footer.verdicts.keys().next().copied()
}
