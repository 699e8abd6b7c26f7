//! A whole run: every subject, its results in the order of the cases, the counts at its end.

mod lane;
mod spool;

use crate::baseline::{Baseline, BaselineComparison, BaselineError};
use crate::client::{ClientRun, run_client};
use crate::server::{Probe, ServerRun, run_server};
use crate::subject::{Role, StartError, Subject, SubjectSpec};
use crosscheck_corpus::policy::Mode;
use crosscheck_corpus::{Case, Corpus, PolicyRef, probes};
use crosscheck_judge::Examined;
use crosscheck_judge::model;
use crosscheck_results::{
    CaseResult, Events, FORMAT, Footer, Header, Line, RunSummary, Status, Verdict, WriteError, Writer,
};
use lane::{Lane, Places};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use thiserror::Error;

/// How long a case may take unless said otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one fetch of a client may take, at the least.
const CLIENT_FETCH: Duration = Duration::from_secs(20);
/// How long a client may do nothing at all, at the least: its start is among what is waited for.
const CLIENT_PATIENCE: Duration = Duration::from_secs(60);

/// What to run.
pub struct RunOptions<'a> {
    /// The corpus.
    pub corpus: &'a Corpus,
    /// The selected cases, probes among them; sorted by id.
    pub selected: &'a [Arc<Case>],
    /// The filters that selected them, for the record.
    pub filters: Vec<String>,
    /// The arguments that belong into a command that repeats a case, for the record.
    pub repeat: Vec<String>,
    /// The subjects that there are.
    pub known: &'a BTreeMap<String, Subject>,
    /// The subjects to run.
    pub subjects: Vec<SubjectSpec>,
    /// The folder of the baselines; without one every deviation is unexpected.
    pub baselines: Option<PathBuf>,
    /// How many listeners of a subject are asked at once.
    pub jobs: usize,
    /// How long a case may take.
    pub timeout: Duration,
    /// The programs of browser engines, where other than the installed ones are named.
    pub engine_paths: BTreeMap<String, PathBuf>,
    /// Where the results go.
    pub output: Option<PathBuf>,
}

/// Why a run could not begin or go on. What a subject does is never an error of the run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The name is unknown.
    #[error("there is no subject `{0}`; `crosscheck list --subjects` shows all")]
    UnknownSubject(String),
    /// A baseline does not load.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// The results cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Every case of a corpus, and those that its policies imply, sorted by id.
#[must_use]
pub fn all_cases(corpus: &Corpus) -> Vec<Arc<Case>> {
    let mut cases: Vec<Arc<Case>> = corpus.cases.clone();
    for (name, named) in &corpus.policies {
        cases.extend(probes::derive(name, &named.policy).into_iter().map(Arc::new));
    }
    // A corpus without policies asks nothing of servers.
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

/// Runs everything. Dropping the future keeps what has been written, without a footer.
///
/// # Errors
/// Where a subject is unknown, a baseline does not load or results cannot be written.
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
            .map(|folder| Baseline::load(folder, &spec.name))
            .transpose()?;
        subjects.push((spec, known, baseline));
    }
    let mut writer = options.output.as_deref().map(Writer::create).transpose()?;
    let roles = subjects.iter().map(|(_, known, _)| known.description.role);
    let is_meant = |case: &Case| roles.clone().any(|role| is_for(case, role));
    let cases = options.selected.iter().filter(|case| is_meant(case)).count();
    let names: Vec<String> = options.subjects.iter().map(ToString::to_string).collect();
    events.run_started(&names, cases);
    let mut summary = RunSummary::default();
    let places = Places::new();
    let mut ahead: VecDeque<Asked> = VecDeque::new();
    for (at, (spec, known, baseline)) in subjects.iter().enumerate() {
        // Servers are asked side by side, but beside no client: those keep the machine busy, and are watched by the clock.
        if !is_client(known) && ahead.is_empty() {
            let rest = subjects.iter().skip(at).take_while(|(_, known, _)| !is_client(known));
            ahead = rest
                .map(|(spec, known, _)| Asked::open(&options, spec, known, &places))
                .collect();
        }
        let asked = ahead
            .pop_front()
            .unwrap_or_else(|| Asked::open(&options, spec, known, &places));
        let mut teller = Teller {
            writer: writer.as_mut(),
            events: &mut *events,
        };
        summary.subjects.push(asked.tell(baseline.as_ref(), &mut teller).await?);
    }
    Ok(summary)
}

/// Whether a case is asked of subjects with that role.
fn is_for(case: &Case, role: Role) -> bool {
    match role {
        Role::Server => case.for_servers(),
        Role::Client => case.for_clients(),
    }
}

/// Whether it is a client that takes time: the model takes none.
fn is_client(known: &Subject) -> bool {
    known.description.role == Role::Client && !known.is_model()
}

/// Asks a server that is already there. Dropping the future keeps what has been written, without a footer.
///
/// # Errors
/// Where results cannot be written.
pub async fn run_probe(
    probe: &mut Probe,
    subject: &str,
    repeat: Vec<String>,
    output: Option<&Path>,
    events: &mut dyn Events,
) -> Result<RunSummary, RunError> {
    let began = Instant::now();
    let mut writer = output.map(Writer::create).transpose()?;
    let mut teller = Teller {
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
    tally.begin(&header, None, &mut teller)?;
    for case in &cases {
        let (result, examined) = probe.ask(subject, case).await;
        tally.add(result, &examined, &mut teller)?;
    }
    let footer = tally.end(began.elapsed().as_secs_f64(), &mut teller)?;
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

/// Writes lines and tells of them.
struct Teller<'a> {
    writer: Option<&'a mut Writer>,
    events: &'a mut dyn Events,
}

impl Teller<'_> {
    fn line(&mut self, line: &Line) -> Result<(), WriteError> {
        self.writer.as_mut().map_or(Ok(()), |w| w.line(line))
    }
}

/// A subject that is being asked, or will be in its turn.
struct Asked {
    header: Header,
    cases: Vec<Arc<Case>>,
    /// None for the model, which is asked when it is its turn.
    lane: Option<Lane>,
}

impl Asked {
    fn open(options: &RunOptions<'_>, spec: &SubjectSpec, known: &Subject, places: &Places) -> Self {
        let role = known.description.role;
        let is_server = role == Role::Server;
        let wanted = options.selected.iter().filter(|case| is_for(case, role));
        let cases: Vec<Arc<Case>> = wanted.cloned().collect();
        let header = header(options, spec, known);
        let (known, spec, subject) = (known.clone(), spec.clone(), header.subject.clone());
        let lane = if is_server {
            let run = ServerRun {
                known,
                spec,
                subject,
                policies: ServerRun::policies_of(options.corpus, &cases),
                cases: cases.clone(),
                jobs: options.jobs,
                timeout: options.timeout,
            };
            Some(Lane::open(Some(places), |say, sender| async move {
                let ended = run_server(run, |identity| drop(say.send(identity.clone())), sender).await;
                ended.map(|ended| ended.unexplained)
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
            Some(Lane::open(None, |say, sender| async move {
                let ended = run_client(run, |identity| drop(say.send(identity.clone())), sender).await;
                ended.map(|()| None).map_err(StartError::from)
            }))
        };
        Self { header, cases, lane }
    }

    /// Takes the results as they come, in the order of the cases.
    async fn tell(self, baseline: Option<&Baseline>, teller: &mut Teller<'_>) -> Result<(Header, Footer), RunError> {
        let Self {
            mut header,
            cases,
            lane,
        } = self;
        let mut tally = Tally::new(&header.subject, &cases);
        let Some(mut lane) = lane else {
            let began = Instant::now();
            tally.begin(&header, baseline, teller)?;
            for case in &cases {
                let result = model::run_case(&header.subject, case);
                tally.add(result, &Examined::new(), teller)?;
            }
            let footer = tally.end(began.elapsed().as_secs_f64(), teller)?;
            return Ok((header, footer));
        };
        // It says who it is before its first result.
        let mut item = lane.spool.next().await?;
        if let Some(identity) = lane.identity() {
            header.library = identity.library;
            header.version = identity.version;
        }
        tally.begin(&header, baseline, teller)?;
        while let Some((result, examined)) = item {
            tally.add(result, &examined, teller)?;
            item = lane.spool.next().await?;
        }
        let end = lane.end().await?;
        tally.footer.error = end.error;
        let footer = tally.end(end.took.as_secs_f64(), teller)?;
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

/// The counts of a subject as they grow.
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
        teller: &mut Teller<'_>,
    ) -> Result<(), WriteError> {
        self.comparison = BaselineComparison::new(baseline, &header.version);
        if header.role == "server" {
            // A rule that examines nothing says so.
            self.footer.examined = crosscheck_results::rules::RULES
                .iter()
                .map(|r| (r.id.to_owned(), 0))
                .collect();
        }
        teller.line(&Line::Header(header.clone()))?;
        teller.events.subject_started(header, self.footer.cases);
        Ok(())
    }

    fn add(&mut self, mut case: CaseResult, examined: &Examined, teller: &mut Teller<'_>) -> Result<(), WriteError> {
        self.comparison.classify(&mut case);
        if case.verdict >= Verdict::Allowed {
            // It is there to repeat what went wrong.
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
        teller.events.case_finished(&case);
        teller.line(&Line::Case(Box::new(case)))
    }

    fn end(mut self, seconds: f64, teller: &mut Teller<'_>) -> Result<Footer, WriteError> {
        self.comparison.finish(&mut self.footer, &self.ran);
        self.footer.seconds = (seconds * 1000.0).round() / 1000.0;
        self.footer.complete = self.ran.len() == self.footer.cases;
        if !self.ran.is_empty() {
            let ran = &self.ran;
            self.footer.missing = self.selected.into_iter().filter(|id| !ran.contains(id)).collect();
        }
        teller.line(&Line::Footer(self.footer.clone()))?;
        teller.events.subject_finished(&self.footer);
        Ok(self.footer)
    }
}

/// The worst verdict that a footer counts.
#[must_use]
pub fn worst(footer: &Footer) -> Option<Verdict> {
    footer.verdicts.keys().next().copied()
}
