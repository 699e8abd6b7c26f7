//! Runs all cases on one client: a self-driving engine or an adapter.

use super::adapter::{AdapterDrive, ClientAdapterError};
use super::case_queue::{CaseQueue, End, Ended};
use super::drive::{Drive, DriveError, advice};
use super::engine::{Display, Engine, EngineError};
use super::host_names::HostNames;
use super::origin::{CertificateAuthority, CertificateError, Limits, OriginServer};
use super::page::PageKey;
use super::scheduling::MAX_WAIT;
use super::site::{CaseSite, Pace};
use crate::finished::Finished;
use crate::subject::{BrowserPage, Identity, InstallError, Subject, SubjectSpec, start_command};
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

/// The number of cases in one visit of a page.
const BATCH: usize = 600;
/// The longest time without any request of a client before a notice about it.
const SILENCE: Duration = Duration::from_secs(30);
/// The number of fetches that an adapter has in flight.
const ADAPTER_CONCURRENCY: usize = 4;

/// The parameters of a client's run.
#[derive(Clone, Debug)]
pub struct ClientRun {
    /// The subject.
    pub known: Subject,
    /// The subject as the user wrote it.
    pub spec: SubjectSpec,
    /// The name of the subject in results.
    pub subject: String,
    /// The cases, sorted by id.
    pub cases: Vec<Arc<Case>>,
    /// The program of an engine, if it is not the installed one.
    pub program: Option<PathBuf>,
    /// The time limit for one fetch.
    pub limit: Duration,
    /// The time without any request after which the client counts as hung.
    pub patience: Duration,
}

/// Why a client could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server cannot listen.
    #[error("cannot listen on a loopback socket: {0}")]
    Socket(io::Error),
    /// The certificates cannot be created.
    #[error(transparent)]
    CertificateAuthority(#[from] CertificateError),
    /// The engine is not available.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine could not be driven.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// The adapter could not be used.
    #[error(transparent)]
    Adapter(#[from] ClientAdapterError),
    /// The subject cannot be installed.
    #[error(transparent)]
    Install(#[from] InstallError),
}

/// Starts the client, reports its identity, runs every case on it, and sends each result with the index of its case as soon as no
/// request of the case can be in flight. Sends a notice when the client has been silent for long. Returns the names of the processes
/// that the client left behind, which have been killed.
///
/// # Errors
/// If the client cannot be run. Results that were sent before remain valid.
pub async fn run_client(
    run: ClientRun,
    started: impl FnOnce(&Identity),
    finished: mpsc::Sender<Finished>,
    notices: mpsc::Sender<String>,
) -> Result<Vec<String>, ClientError> {
    let mut selected = Vec::new();
    let mut indices = Vec::new();
    let mut left_out = Vec::new();
    for (index, case) in run.cases.iter().enumerate() {
        match inapplicable(&run.known, case) {
            None => {
                indices.push(index);
                selected.push(Arc::clone(case));
            }
            Some(reason) => left_out.push((index, without(&run.subject, case, reason), Examined::new())),
        }
    }
    let hosts = HostNames::of(&selected);
    let ca = Arc::new(CertificateAuthority::new()?);
    let engine = match Engine::of(&run.known) {
        Some(engine) => Some(engine.started_by(start_command(&run.known, &run.spec).await?)),
        None => None,
    };
    let pace = Pace {
        concurrency: engine.as_ref().map_or(ADAPTER_CONCURRENCY, Engine::concurrency),
        batch: BATCH,
        limit: run.limit,
        walks: engine.is_some(),
        page: engine.as_ref().map_or(BrowserPage::Full, Engine::page),
    };
    let site = CaseSite::new(CaseQueue::new(&selected), hosts.names.clone(), pace);
    let site = Arc::new(site.with_authority(ca.authority_pem()));
    let server = OriginServer::start(Arc::clone(&site), Arc::clone(&ca), Limits::default(), 0)
        .await
        .map_err(ClientError::Socket)?;
    let judging = Judging {
        subject: &run.subject,
        site: &site,
        indices: &indices,
        left_out,
        finished: &finished,
        notices: &notices,
        drives_itself: engine.is_some(),
        silence: SILENCE.min(run.patience / 2),
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
                ca,
                hosts,
                proxy: server.address(),
                patience: run.patience,
            };
            judging
                .run(async { drive.run().await.map(|()| Vec::new()).map_err(ClientError::from) })
                .await
        }
        None => {
            let drive = AdapterDrive {
                known: &run.known,
                spec: &run.spec,
                site: Arc::clone(&site),
                ca,
                proxy: server.address(),
                patience: run.patience,
                concurrency: ADAPTER_CONCURRENCY,
            };
            let mut started = Some(started);
            let report = |identity: &Identity| {
                if let Some(started) = started.take() {
                    started(identity);
                }
            };
            judging
                .run(async { drive.run(report).await.map_err(ClientError::from) })
                .await
        }
    };
    drop(server);
    driven
}

/// Why a case does not apply to a client.
pub(super) fn inapplicable(known: &Subject, case: &Case) -> Option<String> {
    if let Some(lack) = known.description.lacks.iter().find(|l| case.needs.contains(&l.need)) {
        return Some(format!("lacks {}: {}", lack.need, lack.reason));
    }
    let page = known.description.browser.as_ref().map(|browser| browser.page);
    if page == Some(BrowserPage::Simple)
        && let Some(what) = case.fetches().iter().find_map(beyond_simple)
    {
        return Some(format!("{what}, and the page that drives the browser has none"));
    }
    if case.fetches().iter().any(|f| f.is_over_http2(&f.exchange)) {
        return Some("clients send a stream over HTTP/2 only, and the harness serves HTTP/1.1".to_owned());
    }
    let switches = |f: &FetchSpec| {
        let is_101 = |e: &Exchange| match &e.response {
            CaseResponse::Parts { status, .. } => *status == 101,
            CaseResponse::Raw(bytes) => bytes.starts_with(b"HTTP/1.1 101"),
            CaseResponse::Fail(_) => false,
        };
        f.request.via != Via::WebSocket && f.exchange.iter().any(is_101)
    };
    if case.fetches().iter().any(switches) {
        return Some(
            "after an unrequested 101, the outcome depends on a race between the response and the end of the connection".to_owned(),
        );
    }
    let longest = case.fetches().iter().map(|f| f.after).max().unwrap_or_default();
    let waits = case.needs.contains(&Need::WallClock) && longest > MAX_WAIT;
    waits.then(|| {
        format!("the case waits {longest} s; the harness waits at most {MAX_WAIT} s for the clock of a client")
    })
}

/// What a fetch needs that the simple page does not have.
fn beyond_simple(fetch: &FetchSpec) -> Option<&'static str> {
    match fetch.request.via {
        Via::Form | Via::Navigate => Some("a form or a navigation needs a window"),
        _ => PageKey::of(fetch)
            .is_framed()
            .then_some("the page of the case needs a frame"),
    }
}

fn without(subject: &str, case: &Case, reason: String) -> CaseResult {
    CaseResult {
        reason: Some(reason),
        ..blank(subject, case, Verdict::NotApplicable)
    }
}

pub(super) fn blank(subject: &str, case: &Case, verdict: Verdict) -> CaseResult {
    CaseResult {
        title: case.title.clone(),
        steps: case.steps.clone(),
        ..CaseResult::new(subject, &case.id, verdict)
    }
}

/// Judges ended cases while the client goes on.
struct Judging<'a> {
    subject: &'a str,
    site: &'a CaseSite,
    indices: &'a [usize],
    /// Results of the cases that do not apply.
    left_out: Vec<Finished>,
    finished: &'a mpsc::Sender<Finished>,
    notices: &'a mpsc::Sender<String>,
    /// Whether the client is a browser with a page of the harness.
    drives_itself: bool,
    /// The time without any request after which a notice is sent.
    silence: Duration,
}

impl Judging<'_> {
    async fn run<T>(mut self, driving: impl Future<Output = Result<T, ClientError>>) -> Result<T, ClientError> {
        let mut moved = self.site.watch();
        let mut is_noticed = false;
        let mut driving = std::pin::pin!(driving);
        loop {
            tokio::select! {
                driven = &mut driving => {
                    self.site.state().collect_ended();
                    if driven.is_ok() {
                        self.send_left_out().await;
                    }
                    self.send().await;
                    return driven;
                }
                _ = moved.changed() => {
                    // By now the identity of the client has been reported.
                    self.send_left_out().await;
                    self.send().await;
                    is_noticed = false;
                }
                () = tokio::time::sleep(self.silence), if !is_noticed => {
                    is_noticed = true;
                    // A full channel has notices enough.
                    let _ = self.notices.try_send(self.notice());
                }
            }
        }
    }

    /// States where the client is silent, and what to check if it has run nothing.
    fn notice(&self) -> String {
        let state = self.site.state();
        let place = state
            .queue
            .place()
            .map(|place| format!(": {place}"))
            .unwrap_or_default();
        let has_run = state.queue.progress() > 0 || state.queue.is_in_hand();
        let advice = if self.drives_itself { advice(has_run) } else { "" };
        format!("silent for {} s{place}{advice}", self.silence.as_secs())
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
                let mut state = self.site.state();
                let Some(n) = state.next_ended() else { return };
                let result = state.queue.ended(n).map(|ended| result(self.subject, &ended));
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
            if ended.losses > 0 {
                // The case may be the cause all the same, so that the loss stays visible.
                let lost = format!(
                    "the client was lost with this case {} time(s), and ran it again",
                    ended.losses
                );
                let reason = result.reason.take();
                result.reason = Some(reason.map_or(lost.clone(), |reason| format!("{reason}; {lost}")));
            }
        }
    }
    if !result.deviations.is_empty() {
        explain(&mut result, ended);
    }
    result
}

/// Adds the recorded transcript and the trace of the reference model.
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
