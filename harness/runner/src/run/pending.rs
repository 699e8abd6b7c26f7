//! A subject of a run: it is started, and its results are reported in the order of the cases.

use super::subject_task::{ServerSlots, SubjectTask};
use super::tally::{Output, Tally};
use super::{RunError, RunOptions};
use crate::client::{ClientRun, run_client};
use crate::server::{ServerRun, run_server};
use crate::subject::{Role, Subject, SubjectSpec};
use crosscheck_corpus::Case;
use crosscheck_judge::{Examined, model};
use crosscheck_results::baseline::Baseline;
use crosscheck_results::{FORMAT, Footer, Header};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The shortest time limit of one fetch of a client.
const CLIENT_FETCH: Duration = Duration::from_secs(20);
/// The shortest time limit for a client that sends nothing. It includes the client's start.
const CLIENT_PATIENCE: Duration = Duration::from_secs(60);

/// A subject that is running or waits to run.
pub(super) struct PendingSubject {
    header: Header,
    cases: Vec<Arc<Case>>,
    /// `None` for the model, which runs when its results are reported.
    task: Option<SubjectTask>,
}

impl PendingSubject {
    pub(super) fn open(options: &RunOptions<'_>, spec: &SubjectSpec, known: &Subject, slots: &ServerSlots) -> Self {
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
                headers: options.headers.clone(),
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
    pub(super) async fn report(
        self,
        baseline: Option<&Baseline>,
        output: &mut Output<'_>,
    ) -> Result<(Header, Footer), RunError> {
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

/// Returns whether a case is for subjects with that role.
pub(super) fn is_for(case: &Case, role: Role) -> bool {
    match role {
        Role::Server => case.for_servers(),
        Role::Client => case.for_clients(),
    }
}

fn header(options: &RunOptions<'_>, spec: &SubjectSpec, known: &Subject) -> Header {
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
        repeat: options.repeat.clone(),
        started: now(),
    }
}

/// The system and the processor on which the run takes place.
pub(super) fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
