//! Where an adapter is checked: the origin server with the built-in fetches, and a process of the adapter per check.

use super::checks::{Check, What};
use super::{CheckError, ClientCheck, Patience};
use crate::client::adapter::{Adapter, ClientAdapterError, Finished, Lost, Ready, Reply, Starting, authority, hello};
use crate::client::book::Book;
use crate::client::hosts::Hosts;
use crate::client::origin::{Limits, Mint, OriginServer};
use crate::client::run::result;
use crate::client::site::{CaseSite, Pace};
use crosscheck_corpus::{Case, Corpus, Need};
use crosscheck_fetch::{Outcome, ResponseType};
use crosscheck_results::{CaseResult, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;

/// Where to read on.
const HELP: &str = "give the command as one types it, after `--`";
/// How long one that does not end by itself is waited for in later checks.
const SHORT: Duration = Duration::from_millis(200);
/// A browser that no fetch has.
const NOBODY: usize = 999;

pub(super) struct Bench<'a> {
    command: &'a [String],
    patience: Patience,
    cases: Vec<Arc<Case>>,
    site: Arc<CaseSite>,
    hello: Value,
    /// What the adapter says that it lacks.
    lacks: Vec<String>,
    /// It did not end when it was told to.
    lingers: bool,
    _server: OriginServer,
    _authority: NamedTempFile,
}

/// The answer to a built-in fetch.
struct Fetched {
    outcome: Outcome,
    /// Whether its request came through the proxy.
    came: bool,
    result: CaseResult,
}

impl<'a> Bench<'a> {
    pub(super) async fn new(command: &'a [String], patience: Patience) -> Result<Self, CheckError> {
        let corpus = Corpus::from_text("check", include_str!("fetches.yaml"), BTreeMap::new());
        let cases: Vec<Arc<Case>> = corpus.cases;
        let pace = Pace {
            lanes: 1,
            batch: cases.len(),
            limit: patience.fetch,
            walks: false,
        };
        let mint = Arc::new(Mint::new()?);
        let authority = authority(&mint).map_err(CheckError::Authority)?;
        let site = Arc::new(CaseSite::new(Book::new(&cases), Hosts::of(&cases).names, pace));
        let server = OriginServer::start(Arc::clone(&site), mint, Limits::default(), 0)
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

    /// One check with a process of its own; whether that got ready.
    pub(super) async fn check(&mut self, check: &Check, came: &mut ClientCheck) -> bool {
        let starting = Starting {
            name: "the adapter",
            words: self.command,
            help: HELP,
            patience: self.patience.start,
        };
        let (adapter, ready) = match Adapter::start(&starting, &self.hello).await {
            Ok(started) => started,
            Err(error) => {
                came.fault(in_words(&error));
                return false;
            }
        };
        let stopped = self.ask(check.what, &adapter, &ready, came).await.err();
        if let Some(stopped) = &stopped {
            came.fault(stopped.to_string());
        }
        let patience = if self.lingers { SHORT } else { self.patience.end };
        let shutdown = adapter.stop(patience).await;
        self.lingers |= shutdown.was_killed;
        let is_reported = matches!(&stopped, Some(Stopped::Lost(Lost::Finished(Finished::Fault(_), _))));
        if let Some(fault) = shutdown.fault.filter(|_| !is_reported) {
            came.fault(fault.to_string());
        }
        if check.what == What::End && shutdown.was_killed {
            let seconds = patience.as_secs_f64();
            came.fault(format!("it does not end within {seconds} s after its stdin is closed"));
        }
        true
    }

    async fn ask(
        &mut self,
        what: What,
        adapter: &Adapter,
        ready: &Ready,
        came: &mut ClientCheck,
    ) -> Result<(), Stopped> {
        match what {
            What::Ready => self.ready(ready, came),
            What::Must(id) => self.must(adapter, id, came).await?,
            What::MustFail(id) => {
                if let Some(fetched) = self.fetch(adapter, id, came).await? {
                    let kind = fetched.outcome.response_type;
                    if kind != ResponseType::Error {
                        came.fault(format!(
                            "the connection was closed without an answer, and the outcome is `{kind}`"
                        ));
                    }
                }
            }
            What::Any(id) => {
                if let Some(fetched) = self.fetch(adapter, id, came).await? {
                    proxied(&fetched, came);
                    if fetched.result.verdict != Verdict::Pass {
                        let what = fetched.result.deviations.first().map(|d| d.what.clone());
                        came.note(format!(
                            "the client itself: {}: {}",
                            fetched.result.verdict.as_str(),
                            what.unwrap_or_default()
                        ));
                    }
                }
            }
            What::Several => self.several(adapter, came).await?,
            What::Reset => {
                self.must(adapter, "simple", came).await?;
                for browser in [self.number("simple"), NOBODY] {
                    adapter.send(&json!({ "reset": browser })).await?;
                }
                self.must(adapter, "simple", came).await?;
            }
            What::UnknownKeys => {
                let extra = json!({ "some-later-version": [1] });
                let told = self.told(adapter, "simple", &extra).await?;
                if let Some(fetched) = self.take("simple", told, came) {
                    good(&fetched, came);
                }
            }
            What::End => self.must(adapter, "simple", came).await?,
        }
        Ok(())
    }

    fn ready(&mut self, ready: &Ready, came: &mut ClientCheck) {
        for (key, text) in [
            ("client", &ready.identity.library),
            ("version", &ready.identity.version),
        ] {
            if text.is_empty() {
                came.fault(format!("its first line has no `{key}`"));
            }
        }
        let words: Option<Vec<String>> = serde_json::from_value(ready.lacks.clone()).ok();
        match words {
            None if ready.lacks.is_null() => came.note("its first line has no `lacks`, so that it lacks nothing"),
            None => came.fault("`lacks` is no list of words"),
            Some(words) => {
                for word in &words {
                    if word.parse::<Need>().is_err() {
                        let shown = crosscheck_text::escape_truncated(word.as_bytes(), 40);
                        came.fault(format!("`lacks` has the word `{shown}`, which no case needs"));
                    }
                }
                self.lacks = words;
            }
        }
    }

    /// A fetch that every client can do.
    async fn must(&self, adapter: &Adapter, id: &str, came: &mut ClientCheck) -> Result<(), Stopped> {
        if self.lacks.iter().any(|word| word == id) {
            came.note(format!("it lacks {id}"));
            return Ok(());
        }
        if let Some(fetched) = self.fetch(adapter, id, came).await? {
            good(&fetched, came);
        }
        Ok(())
    }

    async fn several(&self, adapter: &Adapter, came: &mut ClientCheck) -> Result<(), Stopped> {
        let ids = ["several/a", "several/b", "several/c", "several/d"];
        let nothing = json!({});
        let all = futures_util::future::join_all(ids.iter().map(|id| self.told(adapter, id, &nothing))).await;
        for (id, told) in ids.into_iter().zip(all) {
            if let Some(fetched) = self.take(id, told?, came) {
                if fetched.outcome.body.starts_with(b"several ") && fetched.result.verdict != Verdict::Pass {
                    came.fault("the answers of fetches in flight are mixed up");
                } else {
                    good(&fetched, came);
                }
            }
        }
        Ok(())
    }

    async fn fetch(&self, adapter: &Adapter, id: &str, came: &mut ClientCheck) -> Result<Option<Fetched>, Stopped> {
        let told = self.told(adapter, id, &json!({})).await?;
        Ok(self.take(id, told, came))
    }

    fn number(&self, id: &str) -> usize {
        let id = format!("check#{id}");
        self.cases.iter().position(|c| c.id == id).unwrap_or(NOBODY)
    }

    /// Asks a fetch anew, with further keys everywhere.
    async fn told(&self, adapter: &Adapter, id: &str, extra: &Value) -> Result<Reply, Stopped> {
        let n = self.number(id);
        let handed = {
            let mut stage = self.site.stage();
            stage.book.restart(n);
            stage.book.hand(n, Instant::now())
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

    /// Looks at an answer.
    fn take(&self, id: &str, reply: Reply, came: &mut ClientCheck) -> Option<Fetched> {
        let reported = match reply {
            Reply::Outcome(reported) => reported,
            Reply::Unsupported(why) => {
                let why = crosscheck_text::escape_truncated(why.as_bytes(), 200);
                came.note(format!("it says that it cannot express {id}: {why}"));
                return None;
            }
        };
        let n = self.number(id);
        let outcome = match reported.outcome(n) {
            Ok(outcome) => outcome,
            Err(error) => {
                came.fault(error.to_string());
                return None;
            }
        };
        let mut stage = self.site.stage();
        stage.book.report(n, 0, reported, Instant::now());
        let ended = stage.book.ended(n)?;
        let came = ended.requests.iter().any(|r| !r.is_empty());
        Some(Fetched {
            outcome,
            came,
            result: result("check", &ended),
        })
    }
}

/// Why a check could not go on.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    /// The adapter was lost.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The cases of the checks have no such fetch.
    #[error("there is no fetch {0}")]
    NoFetch(String),
}

/// Whether the request came through the proxy.
fn proxied(fetched: &Fetched, came: &mut ClientCheck) -> bool {
    if !fetched.came {
        let kind = fetched.outcome.response_type;
        came.fault(format!(
            "no request came through the proxy, and the outcome is `{kind}`"
        ));
    }
    fetched.came
}

/// Whether the outcome is that of a client that just fetches.
fn good(fetched: &Fetched, came: &mut ClientCheck) {
    if !proxied(fetched, came) {
        return;
    }
    if fetched.outcome.response_type == ResponseType::Error {
        came.fault("the request was answered, and the outcome is `error`; its stderr may say why");
        return;
    }
    for deviation in &fetched.result.deviations {
        came.fault(deviation.what.clone());
    }
}

/// What keeps an adapter from being ready.
fn in_words(error: &ClientAdapterError) -> String {
    match error {
        ClientAdapterError::NotReady(what) => format!("it does not get ready: {what}"),
        other => other.to_string(),
    }
}
