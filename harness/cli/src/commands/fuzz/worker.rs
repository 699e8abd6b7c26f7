//! Runs batches of trials on a server.

use crate::exit::{Exit, Failure};
use crosscheck_corpus::Flag;
use crosscheck_runner::server::{AddedHeaders, ServerRun, run_server};
use crosscheck_runner::subject::{Subject, SubjectSpec};
use crosscheck_search::fuzz::{Batch, Judged, Search, Step, Trial};
use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How many results can wait.
const QUEUE: usize = 256;

/// A server under search.
pub(super) struct Worker {
    subject: Subject,
    spec: SubjectSpec,
    timeout: Duration,
    version: String,
    /// The requests of generations.
    searched: usize,
    /// The requests of repetitions and simplifications.
    minimised: usize,
    began: Instant,
    shows_progress: bool,
}

impl Worker {
    pub(super) fn new(subject: Subject, spec: SubjectSpec, timeout: Duration) -> Self {
        Self {
            version: subject.description.package.version.clone(),
            subject,
            spec,
            timeout,
            searched: 0,
            minimised: 0,
            began: Instant::now(),
            shows_progress: std::io::stderr().is_terminal(),
        }
    }

    pub(super) fn flags(&self) -> BTreeSet<Flag> {
        self.subject.description.flags.iter().copied().collect()
    }

    pub(super) fn name(&self) -> String {
        self.spec.to_string()
    }

    /// The version that the server reported, else the one of its description.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) const fn searched(&self) -> usize {
        self.searched
    }

    pub(super) const fn minimised(&self) -> usize {
        self.minimised
    }

    /// Judges trials as the cases of a run.
    pub(super) async fn judge(&mut self, step: Step, trials: &[Trial]) -> Result<Vec<Judged>, Failure> {
        let batch = Batch::of(trials);
        if batch.cases.is_empty() {
            return Ok(batch.judged([]));
        }
        let run = ServerRun {
            known: self.subject.clone(),
            spec: self.spec.clone(),
            subject: self.name(),
            cases: batch.cases.clone(),
            policies: batch.policies.clone(),
            jobs: crate::commands::run::default_jobs(),
            timeout: self.timeout,
            headers: AddedHeaders::default(),
        };
        let (sender, mut finished) = mpsc::channel(QUEUE);
        let mut version = None;
        let running = run_server(run, |identity| version = Some(identity.version.clone()), sender);
        let collect = async {
            let mut results = Vec::with_capacity(batch.cases.len());
            while let Some((index, result, _)) = finished.recv().await {
                results.push((index, result));
            }
            results
        };
        let (ended, results) = tokio::join!(running, collect);
        self.version = version.unwrap_or_else(|| self.version.clone());
        let name = self.name();
        let ended = ended.map_err(|error| {
            Failure::usage(
                error,
                format!("`crosscheck subjects check {name}` shows whether it runs"),
            )
            .with(Exit::Nothing)
        })?;
        match step {
            Step::Generation => self.searched += ended.exchanges,
            Step::Repetition | Step::Simplification => self.minimised += ended.exchanges,
        }
        if let Some(reason) = ended.unexplained {
            return Err(Failure::message(
                format!("{name}: {reason}"),
                "what was found until then is written; run the command again with the same seed",
            )
            .with(Exit::Nothing));
        }
        Ok(batch.judged(results))
    }

    /// Shows the progress on a terminal.
    pub(super) fn show(&self, search: &Search) {
        if !self.shows_progress {
            return;
        }
        let exchanges = self.searched + self.minimised;
        let rate =
            f64::from(u32::try_from(exchanges).unwrap_or(u32::MAX)) / self.began.elapsed().as_secs_f64().max(0.001);
        // If stderr is closed, the progress cannot be shown.
        let _ = write!(
            std::io::stderr(),
            "\r\x1b[K{}: generation {}, {exchanges} requests, {rate:.0} a second, {} findings",
            crosscheck_report::clean(&self.name()),
            search.generations(),
            search.findings().len()
        );
    }

    /// Removes the line of the progress.
    pub(super) fn clear(&self) {
        if self.shows_progress {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
