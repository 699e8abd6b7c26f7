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
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::time::timeout;

/// The longest line of an adapter.
const MAX_LINE: u64 = 16 << 20;
/// How much of stderr is kept.
const MAX_STDERR: usize = 8 << 10;
/// How long an adapter may take until it is ready.
const START: Duration = Duration::from_secs(60);
/// How long one that was told to end may take.
const STOP: Duration = Duration::from_secs(3);
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
    Timeout(u64, String),
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
}

/// What a fetch was answered.
enum Told {
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
        let pem = tempfile::Builder::new()
            .prefix("crosscheck-authority-")
            .suffix(".pem")
            .tempfile()
            .map_err(ClientAdapterError::Authority)?;
        std::fs::write(pem.path(), self.mint.authority_pem()).map_err(ClientAdapterError::Authority)?;
        let hello = json!({
            "crosscheck": 1,
            "proxy": format!("http://{}", self.proxy),
            "ca": pem.path(),
        });
        let mut fruitless = 0;
        loop {
            let before = self.site.stage().book.count().0;
            let (adapter, identity) = Adapter::start(self.known, &words, &hello).await?;
            tell(&identity);
            let lost = self.ask_all(&adapter).await;
            adapter.stop().await;
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
                    stage
                        .book
                        .end(n, End::Unsupported(crate::record::cut(why.as_bytes(), 200)));
                    None
                }
            };
        }
        adapter.send(&json!({ "reset": n })).await
    }
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Result<Told, String>>>>>;

/// A running adapter.
struct Adapter {
    stdin: AsyncMutex<Option<ChildStdin>>,
    waiting: Waiting,
    ids: AtomicU64,
    stderr: Arc<Mutex<Vec<u8>>>,
    child: AsyncMutex<tokio::process::Child>,
}

impl Adapter {
    async fn start(known: &Known, words: &[String], hello: &Value) -> Result<(Self, Identity), ClientAdapterError> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| ClientAdapterError::NoCommand(known.name.clone()))?;
        let help = if known.description.install.is_empty() {
            "`cargo xtask setup` installs what the subjects need".to_owned()
        } else {
            format!("install it with `{}`", known.description.install)
        };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| ClientAdapterError::Spawn(words.join(" "), e, help.clone()))?;
        let stderr = Arc::new(Mutex::new(Vec::new()));
        if let Some(pipe) = child.stderr.take() {
            tokio::spawn(keep(pipe, Arc::clone(&stderr)));
        }
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ClientAdapterError::NotReady("it has no pipes".to_owned()));
        };
        let adapter = Self {
            stdin: AsyncMutex::new(Some(stdin)),
            waiting: Waiting::default(),
            ids: AtomicU64::new(0),
            stderr,
            child: AsyncMutex::new(child),
        };
        adapter.send(hello).await.map_err(ClientAdapterError::NotReady)?;
        let mut lines = BufReader::new(stdout);
        let first = match timeout(START, line(&mut lines)).await {
            Ok(Ok(Some(line))) => line,
            Ok(Ok(None)) => {
                let said = adapter.said();
                return Err(ClientAdapterError::NotReady(format!("it ended{said}; {help}")));
            }
            Ok(Err(what)) => return Err(ClientAdapterError::NotReady(format!("{what}{}", adapter.said()))),
            Err(_) => return Err(ClientAdapterError::Timeout(START.as_secs(), adapter.said())),
        };
        if first.ready != Some(true) {
            return Err(ClientAdapterError::NotReady("its first line is not `ready`".to_owned()));
        }
        let cut = |text: Option<String>| crate::record::cut(text.unwrap_or_default().as_bytes(), 100);
        let identity = Identity {
            library: cut(first.client),
            version: cut(first.version),
        };
        tokio::spawn(listen(lines, Arc::clone(&adapter.waiting)));
        Ok((adapter, identity))
    }

    /// Asks one fetch and waits for its answer; an error is the loss of the adapter.
    async fn ask(&self, browser: usize, page: &Value, request: &Value, patience: Duration) -> Result<Told, String> {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, sender);
        self.send(&json!({ "id": id, "browser": browser, "page": page, "request": request }))
            .await?;
        match timeout(patience, receiver).await {
            Ok(Ok(told)) => told.map_err(|how| format!("{how}{}", self.said())),
            Ok(Err(_)) => Err(format!("the adapter is gone{}", self.said())),
            Err(_) => Err(format!("no answer within {} s{}", patience.as_secs(), self.said())),
        }
    }

    async fn send(&self, value: &Value) -> Result<(), String> {
        let mut line = value.to_string().into_bytes();
        line.push(b'\n');
        let mut stdin = self.stdin.lock().await;
        let pipe = stdin.as_mut().ok_or("the adapter was told to end")?;
        pipe.write_all(&line)
            .await
            .map_err(|e| format!("the adapter does not listen: {e}{}", self.said()))
    }

    fn said(&self) -> String {
        let kept = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        let tail = kept.get(kept.len().saturating_sub(600)..).unwrap_or_default();
        let tail = crate::record::cut(tail, 600);
        if tail.trim().is_empty() {
            String::new()
        } else {
            format!("; its stderr ends with: {tail}")
        }
    }

    /// Closes stdin, which ends it; kills what does not end.
    async fn stop(&self) {
        drop(self.stdin.lock().await.take());
        let mut child = self.child.lock().await;
        if timeout(STOP, child.wait()).await.is_err() {
            let _ = child.start_kill();
            let _ = child.wait().await;
        }
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
    let shown = || crate::record::cut(&bytes, 200);
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| format!("the adapter does not speak the protocol: {e}: {}", shown()))
}

/// Hands each answer to who waits for it, until the adapter ends or speaks nonsense.
async fn listen(mut lines: BufReader<ChildStdout>, waiting: Waiting) {
    let take = |id| waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    let how = loop {
        match line(&mut lines).await {
            Ok(None) => break "the adapter ended".to_owned(),
            Err(what) => break what,
            Ok(Some(line)) => {
                let Some(id) = line.id else {
                    break "the adapter wrote a line without id".to_owned();
                };
                let Some(sender) = take(id) else {
                    break format!("the adapter answered {id}, which was not asked or twice");
                };
                let told = match (line.outcome, line.unsupported) {
                    (Some(outcome), None) => Ok(Told::Outcome(outcome)),
                    (None, Some(why)) => Ok(Told::Unsupported(why)),
                    _ => Err("the adapter gave neither an outcome nor `unsupported`".to_owned()),
                };
                // Who asked may have given up.
                let _ = sender.send(told);
            }
        }
    };
    for (_, sender) in waiting.lock().unwrap_or_else(PoisonError::into_inner).drain() {
        let _ = sender.send(Err(how.clone()));
    }
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
