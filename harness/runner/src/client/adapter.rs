//! Clients behind an adapter: JSON lines over its stdin and stdout, several fetches in flight, everything bounded.

use super::book::{End, Handed};
use super::origin::Mint;
use super::outcome::Reported;
use super::site::CaseSite;
use crate::server::Identity;
use crate::subject::{InstallError, Known, SubjectSpec, start_command};
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
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The longest line of an adapter.
const MAX_LINE: u64 = 16 << 20;
/// How much of stderr is kept.
const MAX_STDERR: usize = 8 << 10;
/// How long an adapter may take until it is ready.
pub(super) const START: Duration = Duration::from_secs(60);
/// How long one that was told to end may take.
pub(super) const STOP: Duration = Duration::from_secs(3);
/// How long the pipes of one that has ended are read.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How often an adapter may be gone without any case having ended since.
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
    /// No file for the authority's certificate.
    #[error("the certificate of the authority cannot be written: {0}")]
    Authority(io::Error),
    /// It was not ready in time.
    #[error("the adapter was not ready after {0} s{1}")]
    Timeout(f64, String),
    /// It ended or spoke nonsense before it was ready.
    #[error("the adapter is not ready: {0}")]
    NotReady(String),
    /// It is gone again and again.
    #[error("the adapter gets nowhere: {0}")]
    Fruitless(String),
    /// It is not installed and could not be.
    #[error(transparent)]
    Install(#[from] InstallError),
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

/// What a fetch was answered.
pub(super) enum Told {
    Outcome(Reported),
    Unsupported(String),
}

/// What it takes to drive an adapter.
pub(super) struct AdapterDrive<'a> {
    pub(super) known: &'a Known,
    pub(super) spec: &'a SubjectSpec,
    pub(super) site: Arc<CaseSite>,
    pub(super) mint: Arc<Mint>,
    pub(super) proxy: SocketAddr,
    /// How long one fetch may take.
    pub(super) patience: Duration,
    pub(super) lanes: usize,
}

impl AdapterDrive<'_> {
    /// Until every case has ended.
    pub(super) async fn run(&self, mut tell: impl FnMut(&Identity)) -> Result<(), ClientAdapterError> {
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
            tell(&ready.identity);
            let lost = self.ask_all(&adapter).await;
            adapter.stop(STOP).await;
            let mut stage = self.site.stage();
            let Some(how) = lost else {
                stage.settle();
                return Ok(());
            };
            stage.book.client_is_gone(&how);
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
                return Err(ClientAdapterError::Fruitless(how));
            }
        }
    }

    /// Asks what waits, several at a time; how the adapter was lost, if it was.
    async fn ask_all(&self, adapter: &Adapter) -> Option<String> {
        loop {
            let waiting = self.site.stage().book.waiting();
            if waiting.is_empty() {
                return None;
            }
            let queue = Mutex::new(waiting.into_iter());
            let lost = Mutex::new(None);
            let lane = || async {
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
            futures_util::future::join_all((0..self.lanes).map(|_| lane())).await;
            let lost = lost.into_inner().unwrap_or_else(PoisonError::into_inner);
            if lost.is_some() {
                return lost;
            }
            self.site.stage().settle();
        }
    }

    /// One case: its cookies, its fetches, and then its browser is forgotten.
    async fn case(&self, adapter: &Adapter, n: usize) -> Result<(), String> {
        let seeds = self.site.stage().seed_case(n);
        for url in seeds {
            let origin = Url::parse(&url)
                .map(|u| Origin::of(&u).serialize().into_owned())
                .unwrap_or_default();
            let page = json!({ "origin": origin, "url": format!("{origin}/") });
            let request = json!({ "url": url, "credentials": "include" });
            adapter.ask(n, &page, &request, self.patience).await?;
        }
        let mut next: Option<Handed> = self.site.stage().book.hand(n, Instant::now());
        while let Some(handed) = next {
            if !handed.wait.is_zero() {
                tokio::time::sleep(handed.wait).await;
            }
            let told = adapter
                .ask(n, &handed.page.json(), &handed.request, self.patience)
                .await?;
            let mut stage = self.site.stage();
            next = match told {
                Told::Outcome(reported) => stage
                    .book
                    .report(n, handed.leg, reported, Instant::now())
                    .or_else(|| stage.book.hand(n, Instant::now())),
                Told::Unsupported(why) => {
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

/// The fetches that an adapter was asked.
#[derive(Default)]
struct Talk {
    /// Those without an answer.
    open: HashMap<u64, oneshot::Sender<Result<Told, String>>>,
    /// The id of the next.
    next: u64,
    over: Option<Over>,
}

/// Why nothing more is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Over {
    Ended,
    Nonsense(String),
}

impl Over {
    fn how(&self) -> &str {
        match self {
            Self::Ended => "the adapter ended",
            Self::Nonsense(what) => what,
        }
    }
}

/// How an adapter is started.
pub(super) struct Starting<'a> {
    pub(super) name: &'a str,
    pub(super) words: &'a [String],
    /// What to do where it cannot be.
    pub(super) help: &'a str,
    /// How long it may take until it is ready.
    pub(super) patience: Duration,
}

/// What an adapter says of itself.
pub(super) struct Ready {
    pub(super) identity: Identity,
    pub(super) lacks: Value,
}

/// How an adapter took the end of its stdin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Farewell {
    /// It had to be killed.
    pub(super) lingers: bool,
    /// What it wrote that is no answer to anything.
    pub(super) nonsense: Option<String>,
}

/// A running adapter.
pub(super) struct Adapter {
    stdin: AsyncMutex<Option<ChildStdin>>,
    talk: Arc<Mutex<Talk>>,
    stderr: Arc<Mutex<Vec<u8>>>,
    child: AsyncMutex<Child>,
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
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| ClientAdapterError::Spawn(words.join(" "), e, (*help).to_owned()))?;
        let (Some(stdin), Some(stdout), Some(pipe)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(ClientAdapterError::NotReady("it has no pipes".to_owned()));
        };
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let mut keeping = tokio::spawn(keep(pipe, Arc::clone(&stderr)));
        let mut stdin = stdin;
        // Where it does not listen, its first line says more.
        let sent = write(&mut stdin, hello).await;
        let mut lines = BufReader::new(stdout);
        let first = timeout(*patience, line(&mut lines)).await;
        if !matches!(first, Ok(Ok(Some(_)))) {
            let _ = timeout(LAST_WORDS, &mut keeping).await;
        }
        let said = said(&stderr);
        let first = match first {
            Ok(Ok(Some(line))) => line,
            Ok(Ok(None)) => return Err(ClientAdapterError::NotReady(format!("it ended{said}; {help}"))),
            Ok(Err(what)) => return Err(ClientAdapterError::NotReady(format!("{what}{said}"))),
            Err(_) => return Err(ClientAdapterError::Timeout(patience.as_secs_f64(), said)),
        };
        if first.ready != Some(true) {
            return Err(ClientAdapterError::NotReady("its first line is not `ready`".to_owned()));
        }
        sent.map_err(|e| ClientAdapterError::NotReady(format!("it does not listen: {e}{said}")))?;
        let cut = |text: Option<String>| crosscheck_text::escape_truncated(text.unwrap_or_default().as_bytes(), 100);
        let ready = Ready {
            identity: Identity {
                library: cut(first.client),
                version: cut(first.version),
            },
            lacks: first.lacks.unwrap_or_default(),
        };
        let talk = Arc::new(Mutex::new(Talk::default()));
        let listening = tokio::spawn(listen(lines, Arc::clone(&talk), keeping));
        let adapter = Self {
            stdin: AsyncMutex::new(Some(stdin)),
            talk,
            stderr,
            child: AsyncMutex::new(child),
            listening: AsyncMutex::new(listening),
        };
        Ok((adapter, ready))
    }

    fn talk(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks one fetch and waits for its answer; an error is the loss of the adapter.
    pub(super) async fn ask(
        &self,
        browser: usize,
        page: &Value,
        request: &Value,
        patience: Duration,
    ) -> Result<Told, String> {
        let line = json!({ "browser": browser, "page": page, "request": request });
        self.ask_line(line, patience).await
    }

    /// Asks a line of one's own; it gets its id here.
    pub(super) async fn ask_line(&self, mut line: Value, patience: Duration) -> Result<Told, String> {
        let (sender, receiver) = oneshot::channel();
        let id = {
            let mut talk = self.talk();
            if let Some(over) = &talk.over {
                return Err(format!("{}{}", over.how(), self.said()));
            }
            let id = talk.next;
            talk.next += 1;
            talk.open.insert(id, sender);
            id
        };
        line["id"] = json!(id);
        let asked = async {
            // Who listens no more may have said why.
            let sent = self.send(&line).await;
            match receiver.await {
                Ok(told) => told.map_err(|how| format!("{how}{}", self.said())),
                Err(_) => Err(sent.err().unwrap_or_else(|| "the adapter is gone".to_owned())),
            }
        };
        match timeout(patience, asked).await {
            Ok(told) => told,
            Err(_) => Err(format!("no answer within {} s{}", patience.as_secs_f64(), self.said())),
        }
    }

    pub(super) async fn send(&self, value: &Value) -> Result<(), String> {
        let mut stdin = self.stdin.lock().await;
        let pipe = stdin.as_mut().ok_or("the adapter was told to end")?;
        write(pipe, value)
            .await
            .map_err(|e| format!("the adapter does not listen: {e}{}", self.said()))
    }

    fn said(&self) -> String {
        said(&self.stderr)
    }

    /// Closes stdin, which ends it; kills what does not end within that time.
    pub(super) async fn stop(&self, patience: Duration) -> Farewell {
        drop(self.stdin.lock().await.take());
        let mut child = self.child.lock().await;
        let lingers = timeout(patience, child.wait()).await.is_err();
        if lingers {
            let _ = child.start_kill();
            let _ = child.wait().await;
        }
        // What it still wrote; a child of its own may hold the pipe open.
        let mut listening = self.listening.lock().await;
        let _ = timeout(LAST_WORDS, &mut *listening).await;
        listening.abort();
        let nonsense = match &self.talk().over {
            Some(Over::Nonsense(what)) => Some(what.clone()),
            Some(Over::Ended) | None => None,
        };
        Farewell { lingers, nonsense }
    }
}

async fn write(pipe: &mut ChildStdin, value: &Value) -> io::Result<()> {
    let mut line = value.to_string().into_bytes();
    line.push(b'\n');
    pipe.write_all(&line).await
}

/// The end of its stderr, for a message.
fn said(stderr: &Mutex<Vec<u8>>) -> String {
    let kept = stderr.lock().unwrap_or_else(PoisonError::into_inner);
    let tail = kept.get(kept.len().saturating_sub(600)..).unwrap_or_default();
    let tail = crosscheck_text::escape_truncated(tail, 600);
    if tail.trim().is_empty() {
        String::new()
    } else {
        format!("; its stderr ends with: {tail}")
    }
}

/// The next line; `None` at the end.
async fn line(lines: &mut BufReader<ChildStdout>) -> Result<Option<Line>, String> {
    let mut bytes = Vec::new();
    let read = lines
        .take(MAX_LINE)
        .read_until(b'\n', &mut bytes)
        .await
        .map_err(|e| e.to_string())?;
    if read == 0 {
        return Ok(None);
    }
    if bytes.last() != Some(&b'\n') {
        return Err("the adapter wrote a line that does not end".to_owned());
    }
    let shown = || crosscheck_text::escape_truncated(&bytes, 200);
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| format!("the adapter does not speak the protocol: {e}: {}", shown()))
}

/// Hands each answer to who waits for it, until the adapter ends or speaks nonsense.
async fn listen(mut lines: BufReader<ChildStdout>, talk: Arc<Mutex<Talk>>, mut keeping: JoinHandle<()>) {
    let lock = || talk.lock().unwrap_or_else(PoisonError::into_inner);
    let over = loop {
        match line(&mut lines).await {
            Ok(None) => break Over::Ended,
            Err(what) => break Over::Nonsense(what),
            Ok(Some(line)) => {
                if let Err(what) = answer(&mut lock(), line) {
                    break Over::Nonsense(what);
                }
            }
        }
    };
    if over == Over::Ended {
        let _ = timeout(LAST_WORDS, &mut keeping).await;
    }
    let mut talk = lock();
    for (_, sender) in talk.open.drain() {
        let _ = sender.send(Err(over.how().to_owned()));
    }
    talk.over = Some(over);
}

/// Takes one answer.
fn answer(talk: &mut Talk, line: Line) -> Result<(), String> {
    let id = line.id.ok_or("the adapter wrote a line without id")?;
    let Some(sender) = talk.open.remove(&id) else {
        return Err(match id < talk.next {
            true => format!("the adapter answered {id} twice"),
            false => format!("the adapter answered {id}, which was not asked"),
        });
    };
    let told = match (line.outcome, line.unsupported) {
        (Some(outcome), None) => Ok(Told::Outcome(outcome)),
        (None, Some(why)) => Ok(Told::Unsupported(why)),
        (None, None) => Err("the adapter gave neither an outcome nor `unsupported`".to_owned()),
        (Some(_), Some(_)) => Err("the adapter gave both an outcome and `unsupported`".to_owned()),
    };
    // Who asked may have given up.
    let _ = sender.send(told);
    Ok(())
}

/// Keeps the end of stderr.
async fn keep(mut pipe: impl AsyncRead + Unpin, kept: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let over = kept.len().saturating_sub(MAX_STDERR);
        kept.drain(..over);
    }
}
