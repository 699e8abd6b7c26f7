//! Clients behind an adapter: JSON lines over its stdin and stdout, several fetches in flight, limits for everything.

use super::case_queue::{End, Handed};
use super::origin::CertificateAuthority;
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

/// The maximum length of a line from an adapter, in bytes.
const MAX_LINE: u64 = 16 << 20;
/// The limit for the stderr that is kept, in bytes.
const MAX_STDERR: usize = 8 << 10;
/// The limit for the stderr that a message quotes, in bytes.
const SHOWN_STDERR: usize = 600;
/// The time limit for an adapter to get ready.
pub(super) const START: Duration = Duration::from_secs(60);
/// The time limit for an adapter to end after its stdin was closed.
pub(super) const STOP: Duration = Duration::from_secs(3);
/// How long the pipes of an adapter are read after it has ended.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// The number of consecutive losses of an adapter, without a finished case in between, after which the run fails.
const MAX_FRUITLESS: usize = 3;

/// Why a client's adapter could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientAdapterError {
    /// The subject has no command.
    #[error("{0} has no `start` in its subject.yaml")]
    NoCommand(String),
    /// The adapter cannot be started.
    #[error("cannot start `{0}`: {1}; {2}")]
    Spawn(String, io::Error, String),
    /// The certificate of the authority cannot be written to a file.
    #[error("cannot write the certificate of the authority: {0}")]
    Authority(io::Error),
    /// The adapter was not ready in time.
    #[error("the adapter was not ready after {0} s{1}")]
    Timeout(f64, String),
    /// The adapter ended or broke the protocol before it was ready.
    #[error("the adapter is not ready: {0}")]
    NotReady(#[from] NotReady),
    /// The adapter is lost again and again.
    #[error("the adapter makes no progress: {0}")]
    Fruitless(Lost),
    /// The subject cannot be installed.
    #[error(transparent)]
    Install(#[from] InstallError),
}

/// Why an adapter is not ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The system created no pipes for it.
    #[error("it has no stdin or no stdout")]
    NoPipes,
    /// The process ended.
    #[error("it ended{stderr}; {help}")]
    Ended {
        /// The end of its stderr, as the end of a message.
        stderr: String,
        /// How to fix it.
        help: String,
    },
    /// Its first line breaks the protocol.
    #[error("{0}{1}")]
    Line(LineFault, String),
    /// Its first line is not `ready`.
    #[error("its first line is not `ready`")]
    FirstLine,
    /// It does not read its stdin.
    #[error("it does not read its stdin: {0}{1}")]
    Deaf(io::Error, String),
}

/// What is wrong with a line of an adapter.
#[derive(Debug, thiserror::Error)]
pub enum LineFault {
    /// The pipe broke.
    #[error("{0}")]
    Pipe(#[from] io::Error),
    /// It has no line end within the limit.
    #[error("the adapter wrote a line that does not end")]
    Endless,
    /// It is not a JSON object of the protocol.
    #[error("the adapter does not speak the protocol: {0}: {1}")]
    Json(serde_json::Error, String),
    /// It has no id of a fetch.
    #[error("the adapter wrote a line without an id")]
    NoId,
    /// It answers a fetch for the second time.
    #[error("the adapter answered {0} twice")]
    Twice(u64),
    /// It answers a fetch that was not sent.
    #[error("the adapter answered {0}, which was not sent")]
    UnknownId(u64),
    /// It has no answer.
    #[error("the adapter gave neither an outcome nor `unsupported`")]
    Neither,
    /// It has two answers.
    #[error("the adapter gave both an outcome and `unsupported`")]
    Both,
}

/// Why no further lines follow.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Finished {
    /// The adapter ended.
    #[error("the adapter ended")]
    Ended,
    /// The adapter broke the protocol.
    #[error(transparent)]
    Fault(Arc<LineFault>),
}

/// How an adapter was lost. The texts are the end of its stderr, as the end of a message.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The adapter ended or broke the protocol.
    #[error("{0}{1}")]
    Finished(Finished, String),
    /// It did not answer within this number of seconds.
    #[error("no answer within {0} s{1}")]
    Silent(f64, String),
    /// It does not read its stdin.
    #[error("the adapter does not read its stdin: {0}{1}")]
    Deaf(io::Error, String),
    /// Its stdin has been closed.
    #[error("the stdin of the adapter is closed")]
    Stopped,
    /// Its answers are no longer read.
    #[error("the adapter was dropped")]
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

/// The parts that are needed to drive an adapter.
pub(super) struct AdapterDrive<'a> {
    pub(super) known: &'a Subject,
    pub(super) spec: &'a SubjectSpec,
    pub(super) site: Arc<CaseSite>,
    pub(super) ca: Arc<CertificateAuthority>,
    pub(super) proxy: SocketAddr,
    /// The time limit for one fetch.
    pub(super) patience: Duration,
    /// The number of cases in flight.
    pub(super) concurrency: usize,
}

impl AdapterDrive<'_> {
    /// Drives the adapter until every case has ended.
    pub(super) async fn run(&self, mut started: impl FnMut(&Identity)) -> Result<(), ClientAdapterError> {
        let words = start_command(self.known, self.spec).await?;
        let install = &self.known.description.install;
        let help = match install.is_empty() {
            true => "install the requirements of the subjects with `cargo xtask setup`".to_owned(),
            false => format!("install it with `{install}`"),
        };
        let pem = authority(&self.ca).map_err(ClientAdapterError::Authority)?;
        let hello = hello(self.proxy, pem.path());
        let mut fruitless = 0;
        loop {
            let before = self.site.state().queue.count().0;
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
            let mut state = self.site.state();
            let Some(lost) = lost else {
                state.collect_ended();
                return Ok(());
            };
            state.queue.client_is_gone(&lost.to_string());
            state.collect_ended();
            if state.queue.is_done() {
                return Ok(());
            }
            fruitless = if state.queue.count().0 > before {
                0
            } else {
                fruitless + 1
            };
            if fruitless >= MAX_FRUITLESS {
                return Err(ClientAdapterError::Fruitless(lost));
            }
        }
    }

    /// Runs the waiting cases, several at a time; returns how the adapter was lost, if it was.
    async fn run_all(&self, adapter: &Adapter) -> Option<Lost> {
        loop {
            let waiting = self.site.state().queue.waiting();
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
            self.site.state().collect_ended();
        }
    }

    /// Runs one case: its cookies, its fetches, and the reset of its browser.
    async fn case(&self, adapter: &Adapter, n: usize) -> Result<(), Lost> {
        let seeds = self.site.state().seed_case(n);
        for url in seeds {
            let origin = Url::parse(&url)
                .map(|u| Origin::of(&u).serialize().into_owned())
                .unwrap_or_default();
            let page = json!({ "origin": origin, "url": format!("{origin}/") });
            let request = json!({ "url": url, "credentials": "include" });
            adapter.request(n, &page, &request, self.patience).await?;
        }
        let mut next: Option<Handed> = self.site.state().queue.hand(n, Instant::now());
        while let Some(handed) = next {
            if !handed.wait.is_zero() {
                tokio::time::sleep(handed.wait).await;
            }
            let reply = adapter
                .request(n, &handed.page.json(), &handed.request, self.patience)
                .await?;
            let mut state = self.site.state();
            next = match reply {
                Reply::Outcome(reported) => state
                    .queue
                    .report(n, handed.leg, reported, Instant::now())
                    .or_else(|| state.queue.hand(n, Instant::now())),
                Reply::Unsupported(why) => {
                    state.queue.end(
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

/// Writes the authority's certificate to a file that is deleted when the value is dropped.
pub(super) fn authority(ca: &CertificateAuthority) -> io::Result<NamedTempFile> {
    let pem = tempfile::Builder::new()
        .prefix("crosscheck-authority-")
        .suffix(".pem")
        .tempfile()?;
    std::fs::write(pem.path(), ca.authority_pem())?;
    Ok(pem)
}

/// The first line that the harness sends.
pub(super) fn hello(proxy: SocketAddr, authority: &Path) -> Value {
    json!({ "crosscheck": 1, "proxy": format!("http://{proxy}"), "ca": authority })
}

/// The fetches that were sent to an adapter.
#[derive(Default)]
struct Conversation {
    /// The fetches without an answer.
    open: HashMap<u64, oneshot::Sender<Result<Reply, Finished>>>,
    /// The id of the next fetch.
    next: u64,
    finished: Option<Finished>,
}

/// How an adapter is started.
pub(super) struct Starting<'a> {
    pub(super) name: &'a str,
    pub(super) words: &'a [String],
    /// How to fix a failure to start.
    pub(super) help: &'a str,
    /// The time limit for it to get ready.
    pub(super) patience: Duration,
}

/// The first line of an adapter.
pub(super) struct Ready {
    pub(super) identity: Identity,
    pub(super) lacks: Value,
}

/// How an adapter ended after its stdin was closed.
#[derive(Clone, Debug)]
pub(super) struct Shutdown {
    /// Whether it had to be killed.
    pub(super) was_killed: bool,
    /// A line that broke the protocol.
    pub(super) fault: Option<Arc<LineFault>>,
}

/// A running adapter. Dropping it ends its process and everything that the process has started.
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
        // If it does not read its stdin, its first line explains more than this error.
        let sent = write(&mut stdin, hello).await;
        let mut lines = BufReader::new(stdout);
        let first = timeout(*patience, line(&mut lines)).await;
        if !matches!(first, Ok(Ok(Some(_)))) {
            stderr.drained(LAST_WORDS).await;
        }
        let shown_stderr = stderr.suffix(SHOWN_STDERR);
        let first = match first {
            Ok(Ok(Some(line))) => line,
            Ok(Ok(None)) => {
                return Err(NotReady::Ended {
                    stderr: shown_stderr,
                    help: (*help).to_owned(),
                }
                .into());
            }
            Ok(Err(fault)) => return Err(NotReady::Line(fault, shown_stderr).into()),
            Err(_) => return Err(ClientAdapterError::Timeout(patience.as_secs_f64(), shown_stderr)),
        };
        if first.ready != Some(true) {
            return Err(NotReady::FirstLine.into());
        }
        sent.map_err(|e| NotReady::Deaf(e, shown_stderr))?;
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

    /// Adds an id to the line of a fetch, sends it and waits for the answer.
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
            // An adapter that no longer reads may have written the reason.
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

    /// Closes stdin so that the adapter ends; kills it if it does not end within that time.
    pub(super) async fn stop(&self, patience: Duration) -> Shutdown {
        drop(self.stdin.lock().await.take());
        let stopped = self.child.lock().await.stop(patience).await;
        // Reads the output that is left.
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

/// Reads the next line; `None` at the end.
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

/// Passes each answer to the task that waits for it, until the adapter ends or breaks the protocol.
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

/// Passes one answer to its task.
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
            help: "install it",
            patience: START,
        };
        let (adapter, _) = Adapter::start(&starting, &json!({})).await.unwrap();
        (adapter, grandchild(folder).await)
    }

    #[tokio::test]
    async fn stopping_a_client_adapter_ends_its_child_processes() {
        let folder = tempfile::tempdir().unwrap();
        let (adapter, process) = start(folder.path()).await;
        let shutdown = adapter.stop(STOP).await;
        assert!(!shutdown.was_killed && shutdown.fault.is_none(), "{shutdown:?}");
        gone(process).await;
    }

    #[tokio::test]
    async fn dropping_a_client_adapter_ends_its_child_processes() {
        let folder = tempfile::tempdir().unwrap();
        let (adapter, process) = start(folder.path()).await;
        drop(adapter);
        gone(process).await;
    }
}
