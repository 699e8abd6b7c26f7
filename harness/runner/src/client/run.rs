//! All cases of one client: an engine that walks by itself, or an adapter that is told.

use super::adapter::{AdapterDrive, ClientAdapterError};
use super::book::{Book, End, Ended};
use super::drive::{Drive, DriveError};
use super::engine::{Display, Engine, EngineError};
use super::hosts::Hosts;
use super::origin::{Limits, Mint, MintError, OriginServer};
use super::site::{CaseSite, Pace};
use super::turn::MAX_WAIT;
use crate::server::{Finished, Identity};
use crate::subject::{InstallError, Subject, SubjectSpec};
use crosscheck_corpus::replay::replay;
use crosscheck_corpus::{Case, CaseResponse, Exchange, FetchSpec, Need};
use crosscheck_fetch::Via;
use crosscheck_judge::Examined;
use crosscheck_judge::client::judge;
use crosscheck_judge::record;
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, Deviation, ExchangeRecord, Verdict};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Cases that one visit of a page takes.
const BATCH: usize = 600;
/// Fetches that an adapter has in flight.
const ADAPTER_LANES: usize = 4;

/// What is asked of a client.
#[derive(Clone, Debug)]
pub struct ClientRun {
    /// The subject.
    pub known: Subject,
    /// As it was asked for.
    pub spec: SubjectSpec,
    /// Its name in results.
    pub subject: String,
    /// The cases, sorted by id.
    pub cases: Vec<Arc<Case>>,
    /// The program of an engine, where another than the installed one is named.
    pub program: Option<PathBuf>,
    /// How long one fetch may take.
    pub limit: Duration,
    /// How long nothing may happen.
    pub patience: Duration,
}

/// Why a client could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no socket.
    #[error("no loopback socket can be had: {0}")]
    Socket(io::Error),
    /// There are no certificates.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Driving it.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// The adapter.
    #[error(transparent)]
    Adapter(#[from] ClientAdapterError),
    /// It is not installed and could not be.
    #[error(transparent)]
    Install(#[from] InstallError),
}

/// Starts the client, says what it is, asks every case, and sends each result when nothing of its case can be in flight. The
/// index is that of the case.
///
/// # Errors
/// Where the client cannot be asked. What was sent before stands.
pub async fn run_client(
    run: ClientRun,
    started: impl FnOnce(&Identity),
    finished: mpsc::Sender<Finished>,
) -> Result<(), ClientError> {
    let mut asked = Vec::new();
    let mut indices = Vec::new();
    let mut left_out = Vec::new();
    for (index, case) in run.cases.iter().enumerate() {
        match inapplicable(&run.known, case) {
            None => {
                indices.push(index);
                asked.push(Arc::clone(case));
            }
            Some(reason) => left_out.push((index, without(&run.subject, case, reason), Examined::new())),
        }
    }
    let hosts = Hosts::of(&asked);
    let mint = Arc::new(Mint::new()?);
    let engine = Engine::named(&run.known.name);
    let pace = Pace {
        lanes: engine.map_or(ADAPTER_LANES, Engine::lanes),
        batch: BATCH,
        limit: run.limit,
        walks: engine.is_some(),
    };
    let site = Arc::new(CaseSite::new(Book::new(&asked), hosts.names.clone(), pace));
    let server = OriginServer::start(Arc::clone(&site), Arc::clone(&mint), Limits::default(), 0)
        .await
        .map_err(ClientError::Socket)?;
    let judging = Judging {
        subject: &run.subject,
        site: &site,
        indices: &indices,
        left_out,
        finished: &finished,
    };
    let driven = match engine {
        Some(engine) => {
            let program = engine.program(run.program.as_deref())?;
            let display = if engine.needs_display() {
                Some(Display::start().await.map_err(EngineError::from)?)
            } else {
                None
            };
            let version = engine.version(&program, display.as_ref()).await?;
            started(&Identity {
                library: run.known.description.package.name.clone(),
                version,
            });
            let drive = Drive {
                engine,
                program,
                display,
                site: Arc::clone(&site),
                mint,
                hosts,
                proxy: server.address(),
                patience: run.patience,
            };
            judging
                .beside(async { drive.run().await.map_err(ClientError::from) })
                .await
        }
        None => {
            let drive = AdapterDrive {
                known: &run.known,
                spec: &run.spec,
                site: Arc::clone(&site),
                mint,
                proxy: server.address(),
                patience: run.patience,
                concurrency: ADAPTER_LANES,
            };
            let mut started = Some(started);
            let tell = |identity: &Identity| {
                if let Some(started) = started.take() {
                    started(identity);
                }
            };
            judging
                .beside(async { drive.run(tell).await.map_err(ClientError::from) })
                .await
        }
    };
    drop(server);
    driven
}

/// Why a case is not asked of a client at all.
fn inapplicable(known: &Subject, case: &Case) -> Option<String> {
    if let Some(lack) = known.description.lacks.iter().find(|l| case.needs.contains(&l.need)) {
        return Some(format!("lacks {}: {}", lack.need, lack.reason));
    }
    if case.fetches.iter().any(|f| f.is_over_http2(&f.exchange)) {
        return Some("a stream is sent over HTTP/2 only, and the harness answers over HTTP/1.1".to_owned());
    }
    let switches = |f: &FetchSpec| {
        let is_101 = |e: &Exchange| match &e.response {
            CaseResponse::Parts { status, .. } => *status == 101,
            CaseResponse::Raw(bytes) => bytes.starts_with(b"HTTP/1.1 101"),
            CaseResponse::Fail(_) => false,
        };
        f.request.via != Via::WebSocket && f.exchange.iter().any(is_101)
    };
    if case.fetches.iter().any(switches) {
        return Some(
            "after a 101 that nobody asked for, engines race the answer against the end of the connection".to_owned(),
        );
    }
    let longest = case.fetches.iter().map(|f| f.after).max().unwrap_or_default();
    let waits = case.needs.contains(&Need::WallClock) && longest > MAX_WAIT;
    waits.then(|| format!("waits {longest} s, and a client's own clock is waited for up to {MAX_WAIT} s"))
}

fn without(subject: &str, case: &Case, reason: String) -> CaseResult {
    CaseResult {
        reason: Some(reason),
        ..blank(subject, case, Verdict::NotApplicable)
    }
}

fn blank(subject: &str, case: &Case, verdict: Verdict) -> CaseResult {
    CaseResult {
        title: case.title.clone(),
        steps: case.steps.clone(),
        ..CaseResult::new(subject, &case.id, verdict)
    }
}

/// Judges what has settled while the client goes on.
struct Judging<'a> {
    subject: &'a str,
    site: &'a CaseSite,
    indices: &'a [usize],
    /// Results of the cases that are not asked.
    left_out: Vec<Finished>,
    finished: &'a mpsc::Sender<Finished>,
}

impl Judging<'_> {
    async fn beside(mut self, driving: impl Future<Output = Result<(), ClientError>>) -> Result<(), ClientError> {
        let mut moved = self.site.watch();

        let mut driving = std::pin::pin!(driving);
        loop {
            tokio::select! {
                driven = &mut driving => {
                    self.site.stage().settle();
                    if driven.is_ok() {
                        self.send_left_out().await;
                    }
                    self.send().await;
                    return driven;
                }
                _ = moved.changed() => {
                    // By now the client has said what it is.
                    self.send_left_out().await;
                    self.send().await;
                }
            }
        }
    }

    async fn send_left_out(&mut self) {
        for result in std::mem::take(&mut self.left_out) {
            if self.finished.send(result).await.is_err() {
                return;
            }
        }
    }

    async fn send(&self) {
        loop {
            let judged = {
                let mut stage = self.site.stage();
                let Some(n) = stage.next_settled() else { return };
                let result = stage.book.ended(n).map(|ended| result(self.subject, &ended));
                self.indices.get(n).copied().zip(result)
            };
            if let Some((index, result)) = judged
                && self.finished.send((index, result, Examined::new())).await.is_err()
            {
                return;
            }
        }
    }
}

/// The result of a case that has ended.
pub(super) fn result(subject: &str, ended: &Ended<'_>) -> CaseResult {
    let case = ended.case;
    let mut result = blank(subject, case, Verdict::Pass);
    result.outcome = ended
        .fetches
        .iter()
        .map(|l| record::outcome(&Ok(l.outcome.clone())))
        .collect();
    match ended.end {
        Some(End::Unsupported(reason)) => return without(subject, case, reason.clone()),
        Some(End::Broke(how)) => {
            result.verdict = Verdict::Broken;
            result.reason = Some(how.clone());
            result.deviations = vec![Deviation::of_rule(&rules::CRASH, None, how.clone())];
        }
        None => {
            let judged = judge(case, &ended.fetches);
            let mut deviations = judged.deviations;
            deviations.sort_by(|a, b| (a.verdict, &a.what).cmp(&(b.verdict, &b.what)));
            result.verdict = match deviations.first() {
                Some(worst) => worst.verdict,
                None if judged.allowed.is_empty() => Verdict::Pass,
                None => Verdict::Allowed,
            };
            if result.verdict == Verdict::Allowed {
                let words: Vec<String> = judged.allowed.iter().map(ToString::to_string).collect();
                result.reason = Some(format!("by the leniency {}", words.join(", ")));
            }
            result.deviations = deviations;
        }
    }
    if !result.deviations.is_empty() {
        explain(&mut result, ended);
    }
    result
}

/// The wire as it was, and how the standard goes.
fn explain(result: &mut CaseResult, ended: &Ended<'_>) {
    let replayed = replay(ended.case);
    for fetch in &replayed.fetches {
        result.trace.extend(fetch.trace.events.iter().map(record::event));
    }
    for (i, requests) in ended.requests.iter().enumerate() {
        for request in *requests {
            let what = if request.is_preflight() { "preflight" } else { "actual" };
            result.transcript.push(ExchangeRecord {
                what: if i == 0 {
                    what.to_owned()
                } else {
                    format!("{what} of fetch {}", i + 1)
                },
                ..record::exchange(what, &request.sent, &request.answered)
            });
        }
    }
}
