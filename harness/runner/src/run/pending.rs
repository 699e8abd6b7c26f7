//! A subject of a run: it is started, and its results are reported in the order of the cases.

use super::RunOptions;
use super::addresses::{AddressCases, AddressRun};
use super::recorder::{Recorder, ResultsFile, SubjectEnd};
use super::resume::{Kept, KeptSubject};
use super::subject_task::{Begun, Recording, ServerSlots, SubjectTask, TaskError};
use crate::client::{ClientRun, run_client};
use crate::process::left_behind;
use crate::server::{ServerRun, run_server};
use crate::stop::StopRequest;
use crate::subject::{Identity, Role, Subject, SubjectSpec};
use crosscheck_corpus::Case;
use crosscheck_judge::{Examined, model};
use crosscheck_results::baseline::Baseline;
use crosscheck_results::{Events, FORMAT, Footer, Header, ReadError, WriteError};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time limit of one fetch of a client, with the default limit of a case and shorter ones in proportion to it.
const CLIENT_FETCH: Duration = Duration::from_secs(20);
/// The same for a client that sends nothing. It includes the start of an engine.
const CLIENT_PATIENCE: Duration = Duration::from_secs(60);
/// The default limit of a case.
const CASE: Duration = Duration::from_secs(10);

/// Returns the limit of a client for a limit of a case: the usual one, less if a case has less than the default, and never less than
/// a case has.
fn client_limit(usual: Duration, case: Duration) -> Duration {
    usual
        .mul_f64((case.as_secs_f64() / CASE.as_secs_f64()).min(1.0))
        .max(case)
}

/// A subject that is running or waits to run.
pub(super) enum PendingSubject {
    /// The model, which runs when its results are reported.
    Model(Box<ModelRun>),
    Task(SubjectTask),
    /// Its results are those of an earlier run.
    Kept(Box<KeptSubject>),
}

/// A run of the model.
pub(super) struct ModelRun {
    recorder: Recorder,
    cases: Vec<Arc<Case>>,
    stop: StopRequest,
}

/// What the subjects of a run share.
pub(super) struct Shared<'a> {
    pub(super) options: &'a RunOptions<'a>,
    pub(super) slots: ServerSlots,
    /// The slot of the servers that are already running.
    pub(super) one_address: ServerSlots,
    pub(super) file: ResultsFile,
}

/// A subject of a run.
pub(super) struct Chosen<'a> {
    /// Its place on the command line.
    pub(super) place: usize,
    pub(super) spec: &'a SubjectSpec,
    pub(super) known: Cow<'a, Subject>,
    pub(super) baseline: Option<Arc<Baseline>>,
}

impl PendingSubject {
    pub(super) fn open(shared: &Shared<'_>, chosen: &Chosen<'_>, kept: Option<Kept>) -> Self {
        let options = shared.options;
        let (known, spec) = (&chosen.known, chosen.spec);
        let role = known.description.role;
        let is_server = role == Role::Server;
        let cases = cases_of(options, spec, known);
        let header = header(options, spec, known);
        let subject = header.subject.clone();
        let (baseline, file) = (chosen.baseline.clone(), shared.file.clone());
        let (recorder, begun, cases) = match kept {
            Some(Kept::Whole(kept)) => return Self::Kept(kept),
            Some(Kept::Part(part)) => {
                let missing = part.results.missing(cases.len());
                let rest = missing.iter().filter_map(|place| cases.get(*place)).cloned().collect();
                let begun = Begun {
                    results: part.results,
                    places: missing,
                };
                (part.recorder.with_limit(options.max_fail.clone()), Some(begun), rest)
            }
            None => {
                let recorder = Recorder::new(header, &cases, baseline, file, chosen.place);
                let recorder = recorder.with_limit(options.max_fail.clone());
                (recorder, None, cases)
            }
        };
        let stop = options.stop.clone();
        let (known, spec) = (known.clone().into_owned(), spec.clone());
        if cases.is_empty() && begun.is_none() && options.selection.shard.is_some() {
            // The subject has no case in this shard.
            let recording = Recording { recorder, begun };
            Self::Task(SubjectTask::open(None, recording, stop, |_, _, _| async { Ok(None) }))
        } else if let Some(address) = options.addresses.get(&spec.name) {
            let run = AddressRun {
                probing: address.probing.clone(),
                subject,
                cases,
                identity: Identity {
                    library: known.description.package.name.clone(),
                    version: known.description.package.version.clone(),
                },
            };
            let slots = Some(&shared.one_address);
            let recording = Recording { recorder, begun };
            Self::Task(SubjectTask::open(slots, recording, stop, |identify, sender, _| {
                run.run(identify, sender)
            }))
        } else if is_server {
            let run = ServerRun {
                known,
                spec,
                subject,
                policies: ServerRun::policies_of(options.corpus, &cases),
                cases,
                jobs: options.jobs,
                timeout: options.timeout,
                headers: options.headers.clone(),
            };
            let slots = Some(&shared.slots);
            Self::Task(SubjectTask::open(
                slots,
                Recording { recorder, begun },
                stop,
                |identify, sender, _| async move {
                    let ended = run_server(run, |identity| drop(identify.send(identity.clone())), sender).await;
                    Ok(ended?.unexplained)
                },
            ))
        } else if known.is_model() {
            Self::Model(Box::new(ModelRun { recorder, cases, stop }))
        } else {
            let run = ClientRun {
                known,
                program: options.engine_paths.get(&spec.name).cloned(),
                spec,
                subject,
                cases,
                limit: client_limit(CLIENT_FETCH, options.timeout),
                patience: client_limit(CLIENT_PATIENCE, options.timeout),
            };
            let recording = Recording { recorder, begun };
            Self::Task(SubjectTask::open(
                None,
                recording,
                stop,
                |identify, sender, notices| async move {
                    let started = |identity: &Identity| drop(identify.send(identity.clone()));
                    let ended = run_client(run, started, sender, notices).await;
                    Ok(left_behind(ended?.iter().map(String::as_str)))
                },
            ))
        }
    }

    /// Reports the results as they arrive, in the order of the cases; `name` is the subject's.
    pub(super) async fn report(self, name: &str, events: &mut dyn Events) -> Result<(Header, Footer), TaskError> {
        let mut task = match self {
            Self::Model(run) => return Ok(run.report(events)?),
            Self::Kept(kept) => return Ok(kept.report(events)?),
            Self::Task(task) => task,
        };
        if let Some(header) = task.begun(|notice| events.noticed(name, notice)).await {
            events.subject_started(&header);
        }
        while let Some(result) = task.next(|notice| events.noticed(name, notice)).await? {
            events.case_finished(&result);
        }
        let (header, footer) = task.end().await?;
        events.subject_finished(&footer);
        Ok((header, footer))
    }
}

impl KeptSubject {
    fn report(self, events: &mut dyn Events) -> Result<(Header, Footer), ReadError> {
        events.subject_started(&self.header);
        for kept in self.results.read() {
            let (_, result) = kept?;
            events.case_finished(&result);
        }
        events.subject_finished(&self.footer);
        Ok((self.header, self.footer))
    }
}

impl ModelRun {
    fn report(self, events: &mut dyn Events) -> Result<(Header, Footer), WriteError> {
        let Self {
            mut recorder,
            cases,
            stop,
        } = self;
        let began = Instant::now();
        let header = recorder.begin(None)?;
        events.subject_started(&header);
        for (place, case) in cases.iter().enumerate() {
            if stop.is_requested().is_some() {
                break;
            }
            let result = recorder.add(place, model::run_case(&header.subject, case), &Examined::new())?;
            events.case_finished(&result);
        }
        let (header, footer) = recorder.end(SubjectEnd {
            error: None,
            took: began.elapsed(),
            interrupted: stop.is_requested(),
        })?;
        events.subject_finished(&footer);
        Ok((header, footer))
    }
}

/// Returns whether a case is for subjects with that role.
fn is_for(case: &Case, role: Role) -> bool {
    match role {
        Role::Server => case.for_servers(),
        Role::Client => case.for_clients(),
    }
}

/// The selected cases for a subject.
pub(super) fn cases_of(options: &RunOptions<'_>, spec: &SubjectSpec, known: &Subject) -> Vec<Arc<Case>> {
    if let Some(address) = options.addresses.get(&spec.name) {
        return options.selection.of(&spec.to_string(), address.cases.clone());
    }
    let role = known.description.role;
    let matching = options.selected.iter().filter(|case| is_for(case, role));
    options.selection.of(&spec.to_string(), matching.cloned().collect())
}

/// The header of a subject before it has started.
pub(super) fn header(options: &RunOptions<'_>, spec: &SubjectSpec, known: &Subject) -> Header {
    Header {
        crosscheck: FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        corpus: options.corpus.digest.clone(),
        subject: spec.to_string(),
        subjects: options.subjects.iter().map(ToString::to_string).collect(),
        role: known.description.role.as_str().to_owned(),
        library: known.description.package.name.clone(),
        version: spec
            .version
            .clone()
            .unwrap_or_else(|| known.description.package.version.clone()),
        platform: platform(),
        filters: options.filters.clone(),
        shard: options.selection.shard,
        rerun: options.selection.only.is_some(),
        repeat: options.repeat.clone(),
        url: options.addresses.get(&spec.name).map(AddressCases::shown_url),
        baseline: options
            .baselines
            .as_deref()
            .and_then(|folder| causes_file(folder, &spec.name)),
        cases: 0,
        started: now(),
    }
}

/// The file of causes of a subject, if it exists.
fn causes_file(folder: &Path, subject: &str) -> Option<String> {
    let file = folder.join(format!("{subject}.yaml"));
    file.is_file().then(|| file.display().to_string())
}

/// The system and the processor on which the run takes place.
pub(super) fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_limit_of_a_case_shortens_those_of_a_client_and_a_longer_one_lengthens_them() {
        for (case, fetch, patience) in [(1, 2, 6), (5, 10, 30), (10, 20, 60), (30, 30, 60), (90, 90, 90)] {
            let case = Duration::from_secs(case);
            assert_eq!(client_limit(CLIENT_FETCH, case), Duration::from_secs(fetch));
            assert_eq!(client_limit(CLIENT_PATIENCE, case), Duration::from_secs(patience));
        }
    }
}
