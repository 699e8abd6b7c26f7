//! Runs every subject and reports its results in the order of the cases, then its counts.

mod addresses;
mod cases;
mod fail_limit;
mod pending;
mod probe;
mod recorder;
mod result_queue;
mod resume;
mod selection;
mod served;
mod subject_task;
mod tally;

pub use addresses::{AddressCases, Addresses};
pub use cases::{all_cases, all_ids};
pub use fail_limit::FailLimit;
pub use probe::{ProbeRun, run_probe};
pub use resume::ResumeError;
pub use selection::{Selection, unit};
pub use served::{ServedHeader, ServedRun};

use crate::baseline::{self, BaselineError};
use crate::process::{RunFolder, TemporaryFolderError};
use crate::server::AddedHeaders;
use crate::stop::StopRequest;
use crate::subject::{Role, Subject, SubjectSpec};
use crosscheck_corpus::{Case, Corpus};
use crosscheck_results::{Events, Footer, RunSummary, Verdict, WriteError};
use pending::{Chosen, PendingSubject, Shared, cases_of};
use recorder::ResultsFile;
use resume::Kept;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use subject_task::{ServerSlots, TaskError};
use thiserror::Error;

/// The default time limit of a case.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What to run.
pub struct RunOptions<'a> {
    /// The corpus.
    pub corpus: &'a Corpus,
    /// The selected cases, probes among them; sorted by id.
    pub selected: &'a [Arc<Case>],
    /// Which of them each subject runs.
    pub selection: Selection,
    /// The filters that selected them, for the header of the results.
    pub filters: Vec<String>,
    /// The arguments of a command that repeats a case, for the header of the results.
    pub repeat: Vec<String>,
    /// All subjects that exist.
    pub known: &'a BTreeMap<String, Subject>,
    /// The cases for the servers among them that are already running.
    pub addresses: Addresses,
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
    /// Keeps what that file has of the same run, and runs the rest.
    pub resume: bool,
    /// Ends the run after a number of unexpected results.
    pub max_fail: Option<FailLimit>,
    /// Ends the run before its end.
    pub stop: StopRequest,
}

impl<'a> RunOptions<'a> {
    /// Runs subjects without baselines, results file or limit on failures, and does not stop before the end. The author of a library
    /// changes what a test needs.
    #[must_use]
    pub fn new(
        corpus: &'a Corpus,
        selected: &'a [Arc<Case>],
        known: &'a BTreeMap<String, Subject>,
        subjects: Vec<SubjectSpec>,
    ) -> Self {
        Self {
            corpus,
            selected,
            selection: Selection::default(),
            filters: Vec::new(),
            repeat: Vec::new(),
            known,
            addresses: Addresses::default(),
            subjects,
            baselines: None,
            jobs: 4,
            timeout: DEFAULT_TIMEOUT,
            headers: AddedHeaders::default(),
            engine_paths: BTreeMap::new(),
            output: None,
            resume: false,
            max_fail: None,
            stop: StopRequest::never(),
        }
    }
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
    /// An earlier run cannot be continued.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// There is no folder for temporary files.
    #[error(transparent)]
    Folder(#[from] TemporaryFolderError),
    /// A task of the run failed.
    #[error(transparent)]
    Task(tokio::task::JoinError),
}

impl From<TaskError> for RunError {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Write(error) => Self::Write(error),
            TaskError::Read(error) => Self::Resume(ResumeError::Read(error)),
            TaskError::Panic(error) => Self::Task(error),
        }
    }
}

/// Runs all subjects. On request, it stops: subjects that run are ended, and their footers name the signal.
///
/// # Errors
/// Returns an error if a subject is unknown, a baseline does not load or results cannot be written.
pub async fn run(options: RunOptions<'_>, events: &mut dyn Events) -> Result<RunSummary, RunError> {
    // A folder that cannot be created is reported before the first case.
    let _folder = RunFolder::current()?;
    let mut subjects = Vec::new();
    for (place, spec) in options.subjects.iter().enumerate() {
        let known = options
            .known
            .get(&spec.name)
            .ok_or_else(|| RunError::UnknownSubject(spec.to_string()))?
            .in_release(spec);
        let baseline = options
            .baselines
            .as_ref()
            .map(|folder| baseline::load(folder, &spec.name))
            .transpose()?
            .map(Arc::new);
        subjects.push(Chosen {
            place,
            spec,
            known,
            baseline,
        });
    }
    let shared = Shared {
        options: &options,
        slots: ServerSlots::new(),
        one_address: ServerSlots::one(),
        file: ResultsFile::create(options.output.as_deref())?,
    };
    let mut kept = resume::keep(&shared, &subjects)?;
    let cases = count_cases(&options, &subjects);
    let names: Vec<String> = options.subjects.iter().map(ToString::to_string).collect();
    events.run_started(&names, cases);
    let (whole, part) = resume::counts(&kept);
    if (whole, part) != (0, 0) {
        events.results_kept(whole, part);
    }
    let mut summary = RunSummary::default();
    let mut ahead: VecDeque<PendingSubject> = VecDeque::new();
    for (at, chosen) in subjects.iter().enumerate() {
        // Servers run concurrently with each other, but not with a client: a client keeps the machine busy and has time limits.
        if !is_client(&chosen.known) && ahead.is_empty() {
            let rest = subjects.iter().skip(at).take_while(|chosen| !is_client(&chosen.known));
            ahead = rest
                .map(|chosen| PendingSubject::open(&shared, chosen, take(&mut kept, chosen)))
                .collect();
        }
        let pending = ahead
            .pop_front()
            .unwrap_or_else(|| PendingSubject::open(&shared, chosen, take(&mut kept, chosen)));
        summary
            .subjects
            .push(pending.report(&chosen.spec.to_string(), &mut *events).await?);
    }
    if cases == 0 && options.selection.shard.is_some() {
        // Not every shard has a case. Its file is not left to an earlier run.
        shared.file.begin()?;
    }
    summary.file = shared.file.finish()?;
    Ok(summary)
}

/// The number of different cases that any subject runs.
fn count_cases(options: &RunOptions<'_>, subjects: &[Chosen<'_>]) -> usize {
    let ids = subjects
        .iter()
        .flat_map(|chosen| cases_of(options, chosen.spec, &chosen.known));
    ids.map(|case| case.id.clone()).collect::<HashSet<_>>().len()
}

/// What is kept of a subject.
fn take(kept: &mut [Option<Kept>], chosen: &Chosen<'_>) -> Option<Kept> {
    kept.get_mut(chosen.place)?.take()
}

/// Returns whether the subject is a client other than the model, which takes no time.
fn is_client(known: &Subject) -> bool {
    known.description.role == Role::Client && !known.is_model()
}

/// Returns the worst verdict that a footer counts.
#[must_use]
pub fn worst(footer: &Footer) -> Option<Verdict> {
    footer.verdicts.keys().next().copied()
}
