//! The environment of the checks: the origin server with the built-in fetches, and one adapter process per check.

use super::checks::{Check, What};
use super::{CheckError, ClientCheck, Patience};
use crate::client::adapter::{Adapter, ClientAdapterError, Finished, Lost, Ready, Reply, Starting, authority, hello};
use crate::client::case_queue::CaseQueue;
use crate::client::host_names::HostNames;
use crate::client::origin::{CertificateAuthority, Limits, OriginServer};
use crate::client::run::result;
use crate::client::site::{CaseSite, Pace};
use crate::process::TemporaryFile;
use crate::subject::BrowserPage;
use crosscheck_corpus::{Case, Corpus, Need};
use crosscheck_fetch::{Outcome, ResponseType};
use crosscheck_results::{CaseResult, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How to fix a command that cannot be started.
const HELP: &str = "write the command and its arguments after `--`";
/// The time limit for the end of an adapter that did not end by itself in an earlier check.
const SHORT: Duration = Duration::from_millis(200);
/// A browser number that no fetch uses.
const UNUSED_BROWSER: usize = 999;

pub(super) struct Bench<'a> {
    command: &'a [String],
    patience: Patience,
    cases: Vec<Arc<Case>>,
    site: Arc<CaseSite>,
    hello: Value,
    /// The needs that the adapter lists in `lacks`.
    lacks: Vec<String>,
    /// Whether an adapter process did not end after its stdin was closed.
    lingers: bool,
    _server: OriginServer,
    _authority: TemporaryFile,
}

/// The answer to a built-in fetch.
struct Fetched {
    outcome: Outcome,
    /// Whether its request arrived through the proxy.
    arrived: bool,
    result: CaseResult,
}

impl<'a> Bench<'a> {
    pub(super) async fn new(command: &'a [String], patience: Patience) -> Result<Self, CheckError> {
        let corpus = Corpus::from_text("check", include_str!("fetches.yaml"), BTreeMap::new());
        let cases: Vec<Arc<Case>> = corpus.cases;
        let pace = Pace {
            concurrency: 1,
            batch: cases.len(),
            limit: patience.fetch,
            walks: false,
            page: BrowserPage::Full,
        };
        let ca = Arc::new(CertificateAuthority::new()?);
        let authority = authority(&ca).map_err(CheckError::Authority)?;
        let site = Arc::new(CaseSite::new(CaseQueue::new(&cases), HostNames::of(&cases).names, pace));
        let server = OriginServer::start(Arc::clone(&site), ca, Limits::default(), 0)
            .await
            .map_err(CheckError::Socket)?;
        Ok(Self {
            command,
            patience,
            cases,
            site,
            hello: hello(server.address(), authority.path()),
            lacks: Vec::new(),
            lingers: false,
            _server: server,
            _authority: authority,
        })
    }

    /// Runs one check with its own process; returns whether the process got ready.
    pub(super) async fn check(&mut self, check: &Check, report: &mut ClientCheck) -> bool {
        let starting = Starting {
            name: "the adapter",
            words: self.command,
            help: HELP,
            patience: self.patience.start,
        };
        let (adapter, ready) = match Adapter::start(&starting, &self.hello).await {
            Ok(started) => started,
            Err(error) => {
                report.fault(message(&error));
                return false;
            }
        };
        let stopped = self.perform(check.what, &adapter, &ready, report).await.err();
        if let Some(stopped) = &stopped {
            report.fault(stopped.to_string());
        }
        let patience = if self.lingers { SHORT } else { self.patience.end };
        let shutdown = adapter.stop(patience).await;
        self.lingers |= shutdown.was_killed;
        let is_reported = matches!(&stopped, Some(Stopped::Lost(Lost::Finished(Finished::Fault(_), _))));
        if let Some(fault) = shutdown.fault.filter(|_| !is_reported) {
            report.fault(fault.to_string());
        }
        if check.what == What::End && shutdown.was_killed {
            let seconds = patience.as_secs_f64();
            report.fault(format!("it does not end within {seconds} s after its stdin is closed"));
        }
        true
    }

    async fn perform(
        &mut self,
        what: What,
        adapter: &Adapter,
        ready: &Ready,
        report: &mut ClientCheck,
    ) -> Result<(), Stopped> {
        match what {
            What::Ready => self.ready(ready, report),
            What::Must(id) => self.must(adapter, id, report).await?,
            What::MustFail(id) => {
                if let Some(fetched) = self.fetch(adapter, id, report).await? {
                    let kind = fetched.outcome.response_type;
                    if kind != ResponseType::Error {
                        report.fault(format!(
                            "the connection was closed without a response, but the outcome is `{kind}`"
                        ));
                    }
                }
            }
            What::Any(id) => {
                if let Some(fetched) = self.fetch(adapter, id, report).await? {
                    proxied(&fetched, report);
                    if fetched.result.verdict != Verdict::Pass {
                        let what = fetched.result.deviations.first().map(|d| d.what.clone());
                        report.note(format!(
                            "the client, not the adapter: {}: {}",
                            fetched.result.verdict.as_str(),
                            what.unwrap_or_default()
                        ));
                    }
                }
            }
            What::Several => self.several(adapter, report).await?,
            What::Reset => {
                self.must(adapter, "simple", report).await?;
                for browser in [self.number("simple"), UNUSED_BROWSER] {
                    adapter.send(&json!({ "reset": browser })).await?;
                }
                self.must(adapter, "simple", report).await?;
            }
            What::UnknownKeys => {
                let extra = json!({ "some-later-version": [1] });
                let reply = self.send_fetch(adapter, "simple", &extra).await?;
                if let Some(fetched) = self.take("simple", reply, report) {
                    good(&fetched, report);
                }
            }
            What::End => self.must(adapter, "simple", report).await?,
        }
        Ok(())
    }

    fn ready(&mut self, ready: &Ready, report: &mut ClientCheck) {
        for (key, text) in [
            ("client", &ready.identity.library),
            ("version", &ready.identity.version),
        ] {
            if text.is_empty() {
                report.fault(format!("its first line has no `{key}`"));
            }
        }
        let words: Option<Vec<String>> = serde_json::from_value(ready.lacks.clone()).ok();
        match words {
            None if ready.lacks.is_null() => {
                report.note("its first line has no `lacks`; the harness assumes that it lacks nothing")
            }
            None => report.fault("`lacks` is not a list of strings"),
            Some(words) => {
                for word in &words {
                    if word.parse::<Need>().is_err() {
                        let shown = crosscheck_text::escape_truncated(word.as_bytes(), 40);
                        report.fault(format!("`lacks` has the unknown need `{shown}`"));
                    }
                }
                self.lacks = words;
            }
        }
    }

    /// Runs a fetch that every client must support.
    async fn must(&self, adapter: &Adapter, id: &str, report: &mut ClientCheck) -> Result<(), Stopped> {
        if self.lacks.iter().any(|word| word == id) {
            report.note(format!("it lacks {id}"));
            return Ok(());
        }
        if let Some(fetched) = self.fetch(adapter, id, report).await? {
            good(&fetched, report);
        }
        Ok(())
    }

    async fn several(&self, adapter: &Adapter, report: &mut ClientCheck) -> Result<(), Stopped> {
        let ids = ["several/a", "several/b", "several/c", "several/d"];
        let nothing = json!({});
        let all = futures_util::future::join_all(ids.iter().map(|id| self.send_fetch(adapter, id, &nothing))).await;
        for (id, reply) in ids.into_iter().zip(all) {
            if let Some(fetched) = self.take(id, reply?, report) {
                if fetched.outcome.body.starts_with(b"several ") && fetched.result.verdict != Verdict::Pass {
                    report.fault("the outcomes of concurrent fetches are mixed up");
                } else {
                    good(&fetched, report);
                }
            }
        }
        Ok(())
    }

    async fn fetch(&self, adapter: &Adapter, id: &str, report: &mut ClientCheck) -> Result<Option<Fetched>, Stopped> {
        let reply = self.send_fetch(adapter, id, &json!({})).await?;
        Ok(self.take(id, reply, report))
    }

    fn number(&self, id: &str) -> usize {
        let id = format!("check#{id}");
        self.cases
            .iter()
            .position(|c| c.id.as_str() == id)
            .unwrap_or(UNUSED_BROWSER)
    }

    /// Restarts the case of a fetch and sends the fetch, with extra keys in every object.
    async fn send_fetch(&self, adapter: &Adapter, id: &str, extra: &Value) -> Result<Reply, Stopped> {
        let n = self.number(id);
        let handed = {
            let mut state = self.site.state();
            state.queue.restart(n);
            state.queue.hand(n, Instant::now())
        };
        let handed = handed.ok_or_else(|| Stopped::NoFetch(id.to_owned()))?;
        let mut page = handed.page.json();
        let mut request = handed.request;
        let mut line = json!({ "browser": n });
        for value in [&mut page, &mut request, &mut line] {
            if let (Value::Object(value), Value::Object(extra)) = (value, extra) {
                value.extend(extra.clone());
            }
        }
        line["page"] = page;
        line["request"] = request;
        Ok(adapter.request_line(line, self.patience.fetch).await?)
    }

    /// Reads an answer and adds its faults to the report.
    fn take(&self, id: &str, reply: Reply, report: &mut ClientCheck) -> Option<Fetched> {
        let reported = match reply {
            Reply::Outcome(reported) => reported,
            Reply::Unsupported(why) => {
                let why = crosscheck_text::escape_truncated(why.as_bytes(), 200);
                report.note(format!("it reports that it cannot express {id}: {why}"));
                return None;
            }
        };
        let n = self.number(id);
        let outcome = match reported.outcome(n) {
            Ok(outcome) => outcome,
            Err(error) => {
                report.fault(error.to_string());
                return None;
            }
        };
        let mut state = self.site.state();
        state.queue.report(n, 0, reported, Instant::now());
        let ended = state.queue.ended(n)?;
        let arrived = ended.requests.iter().any(|r| !r.is_empty());
        Some(Fetched {
            outcome,
            arrived,
            result: result("check", &ended),
        })
    }
}

/// Why a check was stopped.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    /// The adapter was lost.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The built-in cases have no such fetch.
    #[error("there is no built-in fetch {0}")]
    NoFetch(String),
}

/// Checks that the request arrived through the proxy.
fn proxied(fetched: &Fetched, report: &mut ClientCheck) -> bool {
    if !fetched.arrived {
        let kind = fetched.outcome.response_type;
        report.fault(format!(
            "no request arrived through the proxy, and the outcome is `{kind}`"
        ));
    }
    fetched.arrived
}

/// Checks that the outcome is the expected one.
fn good(fetched: &Fetched, report: &mut ClientCheck) {
    if !proxied(fetched, report) {
        return;
    }
    if fetched.outcome.response_type == ResponseType::Error {
        report.fault("the request got a response, but the outcome is `error`; its stderr may show the reason");
        return;
    }
    for deviation in &fetched.result.deviations {
        report.fault(deviation.what.clone());
    }
}

/// Describes why an adapter is not ready.
fn message(error: &ClientAdapterError) -> String {
    match error {
        ClientAdapterError::NotReady(what) => format!("it is not ready: {what}"),
        other => other.to_string(),
    }
}
