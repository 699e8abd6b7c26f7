//! Runs every subject and reports its results in the order of the cases, then its counts.

mod result_queue;
mod subject_task;

use crate::baseline::{self, BaselineError};
use crate::client::{ClientRun, run_client};
use crate::server::{Probe, ServerRun, run_server};
use crate::subject::{Role, Subject, SubjectSpec};
use crosscheck_corpus::policy::Mode;
use crosscheck_corpus::{Case, Corpus, PolicyRef, probes};
use crosscheck_judge::Examined;
use crosscheck_judge::model;
use crosscheck_results::baseline::{Baseline, BaselineComparison};
use crosscheck_results::{
    CaseResult, Events, FORMAT, Footer, Header, Line, RunSummary, Status, Verdict, WriteError, Writer,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use subject_task::{ServerSlots, SubjectTask};
use thiserror::Error;

/// The default time limit of a case.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// The shortest time limit of one fetch of a client.
const CLIENT_FETCH: Duration = Duration::from_secs(20);
/// The shortest time limit for a client that sends nothing. It includes the client's start.
const CLIENT_PATIENCE: Duration = Duration::from_secs(60);

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

/// Returns every case of a corpus and the probes that its policies imply, sorted by id.
#[must_use]
pub fn all_cases(corpus: &Corpus) -> Vec<Arc<Case>> {
    let mut cases: Vec<Arc<Case>> = corpus.cases.clone();
    for (name, named) in &corpus.policies {
        cases.extend(probes::derive(name, &named.policy).into_iter().map(Arc::new));
    }
    // A corpus without policies has no cases for servers.
    if !corpus.policies.is_empty() {
        let modes = Mode::ALL.into_iter().flat_map(probes::derive_mode);
        cases.extend(modes.map(Arc::new));
    }
    for case in &corpus.cases {
        if let Some(PolicyRef::Inline(policy)) = &case.policy {
            let derived = probes::derive(&case.id, policy);
            cases.extend(derived.into_iter().map(|mut probe| {
                probe.policy = Some(PolicyRef::Inline(policy.clone()));
                Arc::new(probe)
            }));
        }
    }
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    cases
}

/// Returns the ids of every case of a corpus and of its probes; `None` if files of the corpus do not load, so that not all are known.
#[must_use]
pub fn all_ids(corpus: &Corpus) -> Option<BTreeSet<String>> {
    let ids = || all_cases(corpus).iter().map(|case| case.id.clone()).collect();
    corpus.problems.is_empty().then(ids)
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

/// Returns whether a case is for subjects with that role.
fn is_for(case: &Case, role: Role) -> bool {
    match role {
        Role::Server => case.for_servers(),
        Role::Client => case.for_clients(),
    }
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
        let (result, examined) = probe.run_case(subject, case).await;
        tally.add(result, &examined, &mut output)?;
    }
    let footer = tally.end(began.elapsed().as_secs_f64(), &mut output)?;
    Ok(RunSummary {
        subjects: vec![(header, footer)],
    })
}

fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// Writes result lines and emits their events.
struct Output<'a> {
    writer: Option<&'a mut Writer>,
    events: &'a mut dyn Events,
}

impl Output<'_> {
    fn line(&mut self, line: &Line) -> Result<(), WriteError> {
        self.writer.as_mut().map_or(Ok(()), |w| w.line(line))
    }
}

/// A subject that is running or waits to run.
struct PendingSubject {
    header: Header,
    cases: Vec<Arc<Case>>,
    /// `None` for the model, which runs when its results are reported.
    task: Option<SubjectTask>,
}

impl PendingSubject {
    fn open(options: &RunOptions<'_>, spec: &SubjectSpec, known: &Subject, slots: &ServerSlots) -> Self {
        let role = known.description.role;
        let is_server = role == Role::Server;
        let matching = options.selected.iter().filter(|case| is_for(case, role));
        let cases: Vec<Arc<Case>> = matching.cloned().collect();
        let header = header(options, spec, known);
        let (known, spec, subject) = (known.clone(), spec.clone(), header.subject.clone());
        let task = if is_server {
            let run = ServerRun {
                known,
                spec,
                subject,
                policies: ServerRun::policies_of(options.corpus, &cases),
                cases: cases.clone(),
                jobs: options.jobs,
                timeout: options.timeout,
            };
            Some(SubjectTask::open(Some(slots), |identify, sender| async move {
                let ended = run_server(run, |identity| drop(identify.send(identity.clone())), sender).await;
                Ok(ended?.unexplained)
            }))
        } else if known.is_model() {
            None
        } else {
            let run = ClientRun {
                known,
                program: options.engine_paths.get(&spec.name).cloned(),
                spec,
                subject,
                cases: cases.clone(),
                limit: options.timeout.max(CLIENT_FETCH),
                patience: options.timeout.max(CLIENT_PATIENCE),
            };
            Some(SubjectTask::open(None, |identify, sender| async move {
                let ended = run_client(run, |identity| drop(identify.send(identity.clone())), sender).await;
                Ok(ended.map(|()| None)?)
            }))
        };
        Self { header, cases, task }
    }

    /// Reports the results as they arrive, in the order of the cases.
    async fn report(self, baseline: Option<&Baseline>, output: &mut Output<'_>) -> Result<(Header, Footer), RunError> {
        let Self {
            mut header,
            cases,
            task,
        } = self;
        let mut tally = Tally::new(&header.subject, &cases);
        let Some(mut task) = task else {
            let began = Instant::now();
            tally.begin(&header, baseline, output)?;
            for case in &cases {
                let result = model::run_case(&header.subject, case);
                tally.add(result, &Examined::new(), output)?;
            }
            let footer = tally.end(began.elapsed().as_secs_f64(), output)?;
            return Ok((header, footer));
        };
        // A subject sends its identity before its first result.
        let mut item = task.results.next().await?;
        if let Some(identity) = task.identity() {
            header.library = identity.library;
            header.version = identity.version;
        }
        tally.begin(&header, baseline, output)?;
        while let Some((result, examined)) = item {
            tally.add(result, &examined, output)?;
            item = task.results.next().await?;
        }
        let end = task.end().await?;
        tally.footer.error = end.error;
        let footer = tally.end(end.took.as_secs_f64(), output)?;
        Ok((header, footer))
    }
}

fn header(options: &RunOptions<'_>, spec: &SubjectSpec, known: &Subject) -> Header {
    Header {
        crosscheck: FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        corpus: options.corpus.digest.clone(),
        subject: spec.to_string(),
        role: known.description.role.as_str().to_owned(),
        library: known.description.package.name.clone(),
        version: spec
            .version
            .clone()
            .unwrap_or_else(|| known.description.package.version.clone()),
        platform: platform(),
        filters: options.filters.clone(),
        repeat: options.repeat.clone(),
        started: now(),
    }
}

/// The running counts of a subject.
struct Tally {
    footer: Footer,
    /// The ids of the selected cases, in their order.
    selected: Vec<String>,
    comparison: BaselineComparison,
    ran: BTreeSet<String>,
}

impl Tally {
    fn new(subject: &str, cases: &[Arc<Case>]) -> Self {
        Self {
            footer: Footer {
                subject: subject.to_owned(),
                cases: cases.len(),
                ..Footer::default()
            },
            selected: cases.iter().map(|case| case.id.clone()).collect(),
            comparison: BaselineComparison::new(None, ""),
            ran: BTreeSet::new(),
        }
    }

    fn begin(
        &mut self,
        header: &Header,
        baseline: Option<&Baseline>,
        output: &mut Output<'_>,
    ) -> Result<(), WriteError> {
        self.comparison = BaselineComparison::new(baseline, &header.version);
        if header.role == "server" {
            // A rule that examines nothing appears with a count of 0.
            self.footer.examined = crosscheck_results::rules::RULES
                .iter()
                .map(|r| (r.id.to_owned(), 0))
                .collect();
        }
        output.line(&Line::Header(header.clone()))?;
        output.events.subject_started(header, self.footer.cases);
        Ok(())
    }

    fn add(&mut self, mut case: CaseResult, examined: &Examined, output: &mut Output<'_>) -> Result<(), WriteError> {
        self.comparison.classify(&mut case);
        if case.verdict >= Verdict::Allowed {
            // The requests serve to repeat a failure; a case that passes does not need them.
            case.asked.clear();
        }
        self.ran.insert(case.id.clone());
        *self.footer.verdicts.entry(case.verdict).or_default() += 1;
        if let Some(status) = case.status {
            *self.footer.statuses.entry(status).or_default() += 1;
            if status == Status::Unexpected {
                self.footer.unexpected.push(case.id.clone());
            }
        }
        for (rule, times) in examined {
            *self.footer.examined.entry((*rule).to_owned()).or_default() += times;
        }
        output.events.case_finished(&case);
        output.line(&Line::Case(Box::new(case)))
    }

    fn end(mut self, seconds: f64, output: &mut Output<'_>) -> Result<Footer, WriteError> {
        self.comparison.finish(&mut self.footer, &self.ran);
        self.footer.seconds = (seconds * 1000.0).round() / 1000.0;
        self.footer.complete = self.ran.len() == self.footer.cases;
        if !self.ran.is_empty() {
            let ran = &self.ran;
            self.footer.missing = self.selected.into_iter().filter(|id| !ran.contains(id)).collect();
        }
        output.line(&Line::Footer(self.footer.clone()))?;
        output.events.subject_finished(&self.footer);
        Ok(self.footer)
    }
}

/// Returns the worst verdict that a footer counts.
#[must_use]
pub fn worst(footer: &Footer) -> Option<Verdict> {
    footer.verdicts.keys().next().copied()
}
