//! Clients behind an adapter: JSON lines over its stdin and stdout, several fetches in flight, everything bounded.

use super::book::{End, Handed};
use super::origin::Mint;
use super::outcome::Reported;
use super::site::CaseSite;
use crate::process::{ChildGroup, Tail};
use crate::server::Identity;
use crate::subject::{InstallError, Subject, SubjectSpec, start_command};
use crosscheck_fetch::{Origin, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The longest line of an adapter.
const MAX_LINE: u64 = 16 << 20;
/// How much of stderr is kept, in bytes.
const MAX_STDERR: usize = 8 << 10;
/// How much of stderr a message has, in bytes.
const SHOWN_STDERR: usize = 600;
/// How long an adapter may take until it is ready.
pub(super) const START: Duration = Duration::from_secs(60);
/// How long one whose stdin was closed may take to end.
pub(super) const STOP: Duration = Duration::from_secs(3);
/// How long the pipes of one that has ended are read.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How often an adapter may be lost without a finished case in between.
const MAX_FRUITLESS: usize = 3;

/// What a client's adapter did wrong.
#[derive(Debug, thiserror::Error)]
pub enum ClientAdapterError {
    /// It has no command.
    #[error("{0} has no `start` in its subject.yaml")]
    NoCommand(String),
    /// It cannot be started.
    #[error("cannot start `{0}`: {1}; {2}")]
    Spawn(String, io::Error, String),
    /// There is no file for the authority's certificate.
    #[error("the certificate of the authority cannot be written: {0}")]
    Authority(io::Error),
    /// It was not ready in time.
    #[error("the adapter was not ready after {0} s{1}")]
    Timeout(f64, String),
    /// It ended or broke the protocol before it was ready.
    #[error("the adapter is not ready: {0}")]
    NotReady(#[from] NotReady),
    /// It is lost again and again.
    #[error("the adapter gets nowhere: {0}")]
    Fruitless(Lost),
    /// It is not installed and could not be.
    #[error(transparent)]
    Install(#[from] InstallError),
}

/// Why an adapter is not ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The system gave it no pipes.
    #[error("it has no pipes")]
    NoPipes,
    /// It ended.
    #[error("it ended{stderr}; {help}")]
    Ended {
        /// The end of its stderr, as the end of a message.
        stderr: String,
        /// What to do.
        help: String,
    },
    /// Its first line breaks the protocol.
    #[error("{0}{1}")]
    Line(LineFault, String),
    /// Its first line is another one.
    #[error("its first line is not `ready`")]
    FirstLine,
    /// It does not read its stdin.
    #[error("it does not listen: {0}{1}")]
    Deaf(io::Error, String),
}

/// What is wrong with a line of an adapter.
#[derive(Debug, thiserror::Error)]
pub enum LineFault {
    /// The pipe broke.
    #[error("{0}")]
    Pipe(#[from] io::Error),
    /// It has no end.
    #[error("the adapter wrote a line that does not end")]
    Endless,
    /// It is no JSON object of the protocol.
    #[error("the adapter does not speak the protocol: {0}: {1}")]
    Json(serde_json::Error, String),
    /// It names no fetch.
    #[error("the adapter wrote a line without id")]
    NoId,
    /// It answers a fetch again.
    #[error("the adapter answered {0} twice")]
    Twice(u64),
    /// It answers a fetch that was not sent.
    #[error("the adapter answered {0}, which was not sent")]
    UnknownId(u64),
    /// It answers nothing.
    #[error("the adapter gave neither an outcome nor `unsupported`")]
    Neither,
    /// It answers too much.
    #[error("the adapter gave both an outcome and `unsupported`")]
    Both,
}

/// Why no further line comes.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Finished {
    /// The adapter ended.
    #[error("the adapter ended")]
    Ended,
    /// It broke the protocol.
    #[error(transparent)]
    Fault(Arc<LineFault>),
}

/// How an adapter was lost. The texts are the end of its stderr, as the end of a message.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// It ended or broke the protocol.
    #[error("{0}{1}")]
    Finished(Finished, String),
    /// It did not answer within so many seconds.
    #[error("no answer within {0} s{1}")]
    Silent(f64, String),
    /// It does not read its stdin.
    #[error("the adapter does not listen: {0}{1}")]
    Deaf(io::Error, String),
    /// Its stdin has been closed.
    #[error("the adapter was asked to end")]
    Stopped,
    /// Its answers are no longer read.
    #[error("the adapter is gone")]
    Gone,
}

/// A line of an adapter.
#[derive(Deserialize)]
struct Line {
    id: Option<u64>,
    outcome: Option<Reported>,
    unsupported: Option<String>,
    ready: Option<bool>,
    client: Option<String>,
    version: Option<String>,
    lacks: Option<Value>,
}

/// The answer to a fetch.
pub(super) enum Reply {
    Outcome(Reported),
    Unsupported(String),
}

/// What is needed to drive an adapter.
pub(super) struct AdapterDrive<'a> {
    pub(super) known: &'a Subject,
    pub(super) spec: &'a SubjectSpec,
    pub(super) site: Arc<CaseSite>,
    pub(super) mint: Arc<Mint>,
    pub(super) proxy: SocketAddr,
    /// How long one fetch may take.
    pub(super) patience: Duration,
    /// How many cases are in flight.
    pub(super) concurrency: usize,
}

impl AdapterDrive<'_> {
    /// Until every case has ended.
    pub(super) async fn run(&self, mut started: impl FnMut(&Identity)) -> Result<(), ClientAdapterError> {
        let words = start_command(self.known, self.spec).await?;
        let install = &self.known.description.install;
        let help = match install.is_empty() {
            true => "`cargo xtask setup` installs what the subjects need".to_owned(),
            false => format!("install it with `{install}`"),
        };
        let pem = authority(&self.mint).map_err(ClientAdapterError::Authority)?;
        let hello = hello(self.proxy, pem.path());
        let mut fruitless = 0;
        loop {
            let before = self.site.stage().book.count().0;
            let starting = Starting {
                name: &self.known.name,
                words: &words,
                help: &help,
                patience: START,
            };
            let (adapter, ready) = Adapter::start(&starting, &hello).await?;
            started(&ready.identity);
            let lost = self.run_all(&adapter).await;
            adapter.stop(STOP).await;
            let mut stage = self.site.stage();
            let Some(lost) = lost else {
                stage.settle();
                return Ok(());
            };
            stage.book.client_is_gone(&lost.to_string());
            stage.settle();
            if stage.book.is_done() {
                return Ok(());
            }
            fruitless = if stage.book.count().0 > before {
                0
            } else {
                fruitless + 1
            };
            if fruitless >= MAX_FRUITLESS {
                return Err(ClientAdapterError::Fruitless(lost));
            }
        }
    }

    /// Runs the cases that wait, several at a time; returns how the adapter was lost, if it was.
    async fn run_all(&self, adapter: &Adapter) -> Option<Lost> {
        loop {
            let waiting = self.site.stage().book.waiting();
            if waiting.is_empty() {
                return None;
            }
            let queue = Mutex::new(waiting.into_iter());
            let lost = Mutex::new(None);
            let worker = || async {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(n) = next else { return };
                    if lost.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
                        return;
                    }
                    if let Err(how) = self.case(adapter, n).await {
                        lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(how);
                        return;
                    }
                }
            };
            futures_util::future::join_all((0..self.concurrency).map(|_| worker())).await;
            let lost = lost.into_inner().unwrap_or_else(PoisonError::into_inner);
            if lost.is_some() {
                return lost;
            }
            self.site.stage().settle();
        }
    }

    /// Runs one case: its cookies, its fetches, and the reset of its browser.
    async fn case(&self, adapter: &Adapter, n: usize) -> Result<(), Lost> {
        let seeds = self.site.stage().seed_case(n);
        for url in seeds {
            let origin = Url::parse(&url)
                .map(|u| Origin::of(&u).serialize().into_owned())
                .unwrap_or_default();
            let page = json!({ "origin": origin, "url": format!("{origin}/") });
            let request = json!({ "url": url, "credentials": "include" });
            adapter.request(n, &page, &request, self.patience).await?;
        }
        let mut next: Option<Handed> = self.site.stage().book.hand(n, Instant::now());
        while let Some(handed) = next {
            if !handed.wait.is_zero() {
                tokio::time::sleep(handed.wait).await;
            }
            let reply = adapter
                .request(n, &handed.page.json(), &handed.request, self.patience)
                .await?;
            let mut stage = self.site.stage();
            next = match reply {
                Reply::Outcome(reported) => stage
                    .book
                    .report(n, handed.leg, reported, Instant::now())
                    .or_else(|| stage.book.hand(n, Instant::now())),
                Reply::Unsupported(why) => {
                    stage.book.end(
                        n,
                        End::Unsupported(crosscheck_text::escape_truncated(why.as_bytes(), 200)),
                    );
                    None
                }
            };
        }
        adapter.send(&json!({ "reset": n })).await
    }
}

/// A file with the authority's certificate, which is gone when it is dropped.
pub(super) fn authority(mint: &Mint) -> io::Result<NamedTempFile> {
    let pem = tempfile::Builder::new()
        .prefix("crosscheck-authority-")
        .suffix(".pem")
        .tempfile()?;
    std::fs::write(pem.path(), mint.authority_pem())?;
    Ok(pem)
}

/// The first line.
pub(super) fn hello(proxy: SocketAddr, authority: &Path) -> Value {
    json!({ "crosscheck": 1, "proxy": format!("http://{proxy}"), "ca": authority })
}

/// The fetches that an adapter was sent.
#[derive(Default)]
struct Conversation {
    /// Those without an answer.
    open: HashMap<u64, oneshot::Sender<Result<Reply, Finished>>>,
    /// The id of the next one.
    next: u64,
    finished: Option<Finished>,
}

/// How an adapter is started.
pub(super) struct Starting<'a> {
    pub(super) name: &'a str,
    pub(super) words: &'a [String],
    /// What to do where it cannot be started.
    pub(super) help: &'a str,
    /// How long it may take until it is ready.
    pub(super) patience: Duration,
}

/// The first line of an adapter.
pub(super) struct Ready {
    pub(super) identity: Identity,
    pub(super) lacks: Value,
}

/// How an adapter took the end of its stdin.
#[derive(Clone, Debug)]
pub(super) struct Shutdown {
    /// Whether it had to be killed.
    pub(super) was_killed: bool,
    /// A line of it that the protocol does not have.
    pub(super) fault: Option<Arc<LineFault>>,
}

/// A running adapter. Its process ends with it, and so does whatever the process has started.
pub(super) struct Adapter {
    stdin: AsyncMutex<Option<ChildStdin>>,
    conversation: Arc<Mutex<Conversation>>,
    stderr: Tail,
    child: AsyncMutex<ChildGroup>,
    listening: AsyncMutex<JoinHandle<()>>,
}

impl Adapter {
    pub(super) async fn start(
        Starting {
            name,
            words,
            help,
            patience,
        }: &Starting<'_>,
        hello: &Value,
    ) -> Result<(Self, Ready), ClientAdapterError> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| ClientAdapterError::NoCommand((*name).to_owned()))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = ChildGroup::spawn(&mut command)
            .map_err(|e| ClientAdapterError::Spawn(words.join(" "), e, (*help).to_owned()))?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin(), child.stdout()) else {
            return Err(NotReady::NoPipes.into());
        };
        let stderr = Tail::read(child.stderr(), MAX_STDERR);
        // Where it does not listen, its first line says more.
        let sent = write(&mut stdin, hello).await;
        let mut lines = BufReader::new(stdout);
        let first = timeout(*patience, line(&mut lines)).await;
        if !matches!(first, Ok(Ok(Some(_)))) {
            stderr.drained(LAST_WORDS).await;
        }
        let said = stderr.suffix(SHOWN_STDERR);
        let first = match first {
            Ok(Ok(Some(line))) => line,
            Ok(Ok(None)) => {
                return Err(NotReady::Ended {
                    stderr: said,
                    help: (*help).to_owned(),
                }
                .into());
            }
            Ok(Err(fault)) => return Err(NotReady::Line(fault, said).into()),
            Err(_) => return Err(ClientAdapterError::Timeout(patience.as_secs_f64(), said)),
        };
        if first.ready != Some(true) {
            return Err(NotReady::FirstLine.into());
        }
        sent.map_err(|e| NotReady::Deaf(e, said))?;
        let cut = |text: Option<String>| crosscheck_text::escape_truncated(text.unwrap_or_default().as_bytes(), 100);
        let ready = Ready {
            identity: Identity {
                library: cut(first.client),
                version: cut(first.version),
            },
            lacks: first.lacks.unwrap_or_default(),
        };
        let conversation = Arc::new(Mutex::new(Conversation::default()));
        let listening = tokio::spawn(listen(lines, Arc::clone(&conversation), stderr.clone()));
        let adapter = Self {
            stdin: AsyncMutex::new(Some(stdin)),
            conversation,
            stderr,
            child: AsyncMutex::new(child),
            listening: AsyncMutex::new(listening),
        };
        Ok((adapter, ready))
    }

    fn conversation(&self) -> MutexGuard<'_, Conversation> {
        self.conversation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends one fetch and waits for its answer.
    pub(super) async fn request(
        &self,
        browser: usize,
        page: &Value,
        request: &Value,
        patience: Duration,
    ) -> Result<Reply, Lost> {
        let line = json!({ "browser": browser, "page": page, "request": request });
        self.request_line(line, patience).await
    }

    /// Sends the line of a fetch, which gets its id here, and waits for its answer.
    pub(super) async fn request_line(&self, mut line: Value, patience: Duration) -> Result<Reply, Lost> {
        let (sender, receiver) = oneshot::channel();
        let id = {
            let mut conversation = self.conversation();
            if let Some(finished) = &conversation.finished {
                return Err(Lost::Finished(finished.clone(), self.stderr()));
            }
            let id = conversation.next;
            conversation.next += 1;
            conversation.open.insert(id, sender);
            id
        };
        line["id"] = json!(id);
        let answered = async {
            // An adapter that no longer reads may have written why.
            let sent = self.send(&line).await;
            match receiver.await {
                Ok(reply) => reply.map_err(|finished| Lost::Finished(finished, self.stderr())),
                Err(_) => Err(sent.err().unwrap_or(Lost::Gone)),
            }
        };
        match timeout(patience, answered).await {
            Ok(reply) => reply,
            Err(_) => Err(Lost::Silent(patience.as_secs_f64(), self.stderr())),
        }
    }

    pub(super) async fn send(&self, value: &Value) -> Result<(), Lost> {
        let mut stdin = self.stdin.lock().await;
        let pipe = stdin.as_mut().ok_or(Lost::Stopped)?;
        write(pipe, value).await.map_err(|e| Lost::Deaf(e, self.stderr()))
    }

    fn stderr(&self) -> String {
        self.stderr.suffix(SHOWN_STDERR)
    }

    /// Closes stdin, which ends it; kills what does not end within that time.
    pub(super) async fn stop(&self, patience: Duration) -> Shutdown {
        drop(self.stdin.lock().await.take());
        let stopped = self.child.lock().await.stop(patience).await;
        // What it still wrote.
        let mut listening = self.listening.lock().await;
        let _ = timeout(LAST_WORDS, &mut *listening).await;
        listening.abort();
        let fault = match &self.conversation().finished {
            Some(Finished::Fault(fault)) => Some(Arc::clone(fault)),
            Some(Finished::Ended) | None => None,
        };
        Shutdown {
            was_killed: stopped.was_killed,
            fault,
        }
    }
}

async fn write(pipe: &mut ChildStdin, value: &Value) -> io::Result<()> {
    let mut line = value.to_string().into_bytes();
    line.push(b'\n');
    pipe.write_all(&line).await
}

/// The next line; `None` at the end.
async fn line(lines: &mut BufReader<ChildStdout>) -> Result<Option<Line>, LineFault> {
    let mut bytes = Vec::new();
    let read = lines.take(MAX_LINE).read_until(b'\n', &mut bytes).await?;
    if read == 0 {
        return Ok(None);
    }
    if bytes.last() != Some(&b'\n') {
        return Err(LineFault::Endless);
    }
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| LineFault::Json(e, crosscheck_text::escape_truncated(&bytes, 200)))
}

/// Hands each answer to the task that waits for it, until the adapter ends or breaks the protocol.
async fn listen(mut lines: BufReader<ChildStdout>, conversation: Arc<Mutex<Conversation>>, stderr: Tail) {
    let lock = || conversation.lock().unwrap_or_else(PoisonError::into_inner);
    let finished = loop {
        match line(&mut lines).await {
            Ok(None) => break Finished::Ended,
            Err(fault) => break Finished::Fault(Arc::new(fault)),
            Ok(Some(line)) => {
                if let Err(fault) = answer(&mut lock(), line) {
                    break Finished::Fault(Arc::new(fault));
                }
            }
        }
    };
    if matches!(finished, Finished::Ended) {
        stderr.drained(LAST_WORDS).await;
    }
    let mut conversation = lock();
    for (_, sender) in conversation.open.drain() {
        // Its task may have given up.
        let _ = sender.send(Err(finished.clone()));
    }
    conversation.finished = Some(finished);
}

/// Takes one answer.
fn answer(conversation: &mut Conversation, line: Line) -> Result<(), LineFault> {
    let id = line.id.ok_or(LineFault::NoId)?;
    let Some(sender) = conversation.open.remove(&id) else {
        return Err(match id < conversation.next {
            true => LineFault::Twice(id),
            false => LineFault::UnknownId(id),
        });
    };
    let reply = match (line.outcome, line.unsupported) {
        (Some(outcome), None) => Ok(Reply::Outcome(outcome)),
        (None, Some(why)) => Ok(Reply::Unsupported(why)),
        (None, None) => Err(Finished::Fault(Arc::new(LineFault::Neither))),
        (Some(_), Some(_)) => Err(Finished::Fault(Arc::new(LineFault::Both))),
    };
    // Its task may have given up.
    let _ = sender.send(reply);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::tests::{gone, grandchild, with_grandchild};

    const READY: &str = r#"echo '{"ready":true,"client":"x","version":"1"}'; cat >&2"#;

    async fn start(folder: &Path) -> (Adapter, u32) {
        let script = format!("cd '{}'; read line; {}", folder.display(), with_grandchild(READY));
        let starting = Starting {
            name: "x",
            words: &["sh", "-c", &script].map(str::to_owned),
            help: "it is there",
            patience: START,
        };
        let (adapter, _) = Adapter::start(&starting, &json!({})).await.unwrap();
        (adapter, grandchild(folder).await)
    }

    #[tokio::test]
    async fn what_a_client_adapter_has_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let (adapter, process) = start(folder.path()).await;
        let shutdown = adapter.stop(STOP).await;
        assert!(!shutdown.was_killed && shutdown.fault.is_none(), "{shutdown:?}");
        gone(process).await;
    }

    #[tokio::test]
    async fn what_a_client_adapter_has_started_ends_with_one_that_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (adapter, process) = start(folder.path()).await;
        drop(adapter);
        gone(process).await;
    }
}
