//! The adapter protocol: JSON lines over a child's stdin and stdout, its stderr kept, everything bounded.

use super::description::Known;
use super::running::{Documents, Listening};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How long an adapter may take until it is ready, where its description says nothing.
const START: Duration = Duration::from_secs(60);
/// How long an adapter may be ahead of its listeners.
const EARLY: Duration = Duration::from_secs(1);
/// How long a process that seems to be ending is waited for.
const DYING: Duration = Duration::from_millis(500);
/// How long a process that was told to end may take.
const STOP: Duration = Duration::from_secs(3);
/// The longest line.
const MAX_LINE: u64 = 64 << 10;
/// How much of stderr is kept.
const MAX_STDERR: usize = 16 << 10;

/// What an adapter did wrong.
#[derive(Debug, Error)]
pub enum AdapterError {
    /// It cannot be started.
    #[error("cannot start `{0}`: {1}{2}")]
    Spawn(String, io::Error, String),
    /// Its pipes broke.
    #[error("the pipes of the adapter broke: {0}")]
    Pipe(io::Error),
    /// It was not ready in time.
    #[error("the adapter was not ready after {} s{}", .0.as_secs(), shown(.1))]
    Timeout(Duration, String),
    /// It ended.
    #[error("the adapter ended before it was ready{1}: {0}")]
    Ended(Death, String),
    /// It said what the protocol does not know.
    #[error("the adapter does not speak the protocol: {what}: {line}{}", shown(.stderr))]
    Protocol {
        /// What is wrong.
        what: String,
        /// The line, cut and escaped.
        line: String,
        /// The end of its stderr.
        stderr: String,
    },
    /// Nobody listens where it says.
    #[error("the adapter says that it serves the policy `{policy}` at {address}, and nobody listens there{}", shown(.stderr))]
    Nobody {
        /// The policy.
        policy: String,
        /// Where nobody listens.
        address: SocketAddr,
        /// The end of its stderr.
        stderr: String,
    },
    /// It is to be reached from other machines.
    #[error(
        "the adapter listens on every address of this machine at port {port}, for the policy `{policy}`, where it must on a loopback \
         address alone{}",
        shown(.stderr)
    )]
    Everywhere {
        /// The policy.
        policy: String,
        /// The port.
        port: u16,
        /// The end of its stderr.
        stderr: String,
    },
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// Its exit status in words.
    pub status: String,
    /// The end of its stderr.
    pub stderr: String,
}

impl std::fmt::Display for Death {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.status, shown(&self.stderr))
    }
}

fn shown(stderr: &str) -> String {
    if stderr.is_empty() {
        String::new()
    } else {
        format!("; its stderr ends with: {stderr}")
    }
}

#[derive(Serialize)]
struct Hello<'a> {
    crosscheck: u32,
    policies: &'a Documents,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    apps: BTreeMap<&'a str, String>,
}

/// A line of an adapter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    policy: Option<String>,
    ready: Option<String>,
    refused: Option<String>,
    unsupported: Option<Vec<String>>,
    done: Option<bool>,
    library: Option<String>,
    version: Option<String>,
}

/// What an adapter said until it was done.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) library: String,
    pub(super) version: String,
    pub(super) listeners: BTreeMap<String, Listening>,
}

type Stderr = Arc<Mutex<Vec<u8>>>;

/// A running adapter.
#[derive(Debug)]
pub(super) struct Adapter {
    stdin: Option<ChildStdin>,
    ended: watch::Receiver<Option<String>>,
    kill: watch::Sender<bool>,
    stderr: Stderr,
    /// Whether stderr has been read to its end.
    drained: watch::Receiver<bool>,
    /// Its process group, which it leads.
    pub(super) group: Option<u32>,
}

impl Adapter {
    /// Starts the adapter of a subject and waits until it is done with the policies.
    pub(super) async fn start(
        known: &Known,
        words: &[String],
        policies: &Documents,
        apps: &BTreeMap<String, SocketAddr>,
    ) -> Result<(Self, Said), AdapterError> {
        let (program, arguments) = words.split_first().ok_or_else(|| {
            AdapterError::Spawn(
                known.name.clone(),
                io::Error::other("its subject.yaml has no `start`"),
                String::new(),
            )
        })?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| AdapterError::Spawn(words.join(" "), e, hint(known)))?;
        let group = child.id();
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let stderr = Stderr::default();
        let (drain, drained) = watch::channel(false);
        if let Some(pipe) = child.stderr.take() {
            let kept = stderr.clone();
            tokio::spawn(async move {
                keep(pipe, kept).await;
                let _ = drain.send(true);
            });
        }
        let (kill, killed) = watch::channel(false);
        let (end, ended) = watch::channel(None);
        tokio::spawn(watch_over(child, group, killed, end));
        let mut adapter = Self {
            stdin,
            ended,
            kill,
            stderr,
            drained,
            group,
        };
        let limit = known.description.start_timeout.map_or(START, Duration::from_secs);
        let Some(stdout) = stdout else {
            return Err(AdapterError::Pipe(io::Error::other("no stdout")));
        };
        let said = match timeout(limit, adapter.talk(stdout, known, policies, apps)).await {
            Ok(said) => said?,
            Err(_) => return Err(AdapterError::Timeout(limit, adapter.stderr())),
        };
        adapter.see_that_it_listens(&said).await?;
        Ok((adapter, said))
    }

    /// Knocks at every address: a wrong one would look like a thousand broken cases.
    async fn see_that_it_listens(&self, said: &Said) -> Result<(), AdapterError> {
        for (policy, listening) in &said.listeners {
            let Listening::Ready(address) = listening else { continue };
            if !listens(*address).await {
                return Err(AdapterError::Nobody {
                    policy: policy.clone(),
                    address: *address,
                    stderr: self.stderr(),
                });
            }
            if listens_everywhere(*address).await {
                return Err(AdapterError::Everywhere {
                    policy: policy.clone(),
                    port: address.port(),
                    stderr: self.stderr(),
                });
            }
        }
        Ok(())
    }

    async fn talk(
        &mut self,
        stdout: ChildStdout,
        known: &Known,
        policies: &Documents,
        apps: &BTreeMap<String, SocketAddr>,
    ) -> Result<Said, AdapterError> {
        let hello = Hello {
            crosscheck: 1,
            policies,
            apps: apps
                .iter()
                .map(|(id, a)| (id.as_str(), format!("http://{a}")))
                .collect(),
        };
        let mut line = serde_json::to_vec(&hello).map_err(|e| AdapterError::Pipe(e.into()))?;
        line.push(b'\n');
        let mut lines = BufReader::new(stdout);
        // Both at once: an adapter may answer before it has read everything.
        let Some(mut stdin) = self.stdin.take() else {
            return Err(AdapterError::Pipe(io::Error::other("no stdin")));
        };
        let write = async {
            let written = stdin.write_all(&line).await;
            (stdin, written)
        };
        let ((stdin, written), said) = tokio::join!(write, self.read(&mut lines, known, policies));
        self.stdin = Some(stdin);
        let said = said?;
        written.map_err(AdapterError::Pipe)?;
        tokio::spawn(drain(lines));
        Ok(said)
    }

    async fn read(
        &self,
        lines: &mut BufReader<ChildStdout>,
        known: &Known,
        policies: &Documents,
    ) -> Result<Said, AdapterError> {
        let mut said = Said::default();
        let mut addresses = BTreeSet::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines
                .take(MAX_LINE)
                .read_until(b'\n', &mut line)
                .await
                .map_err(AdapterError::Pipe)?;
            let fault = |what: &str| AdapterError::Protocol {
                what: what.to_owned(),
                line: crosscheck_text::escape_truncated(&line, 200),
                stderr: self.stderr(),
            };
            if read == 0 {
                return Err(AdapterError::Ended(
                    self.death().await.unwrap_or_else(|| Death {
                        status: "it closed its stdout".to_owned(),
                        stderr: self.stderr(),
                    }),
                    hint(known),
                ));
            }
            if line.last() != Some(&b'\n') {
                return Err(fault("a line that does not end"));
            }
            let answer: Answer = serde_json::from_slice(&line).map_err(|e| fault(&e.to_string()))?;
            if answer.done == Some(true) {
                said.library = crosscheck_text::escape_truncated(answer.library.unwrap_or_default().as_bytes(), 100);
                said.version = crosscheck_text::escape_truncated(answer.version.unwrap_or_default().as_bytes(), 100);
                if let Some(missing) = policies.keys().find(|id| !said.listeners.contains_key(*id)) {
                    return Err(fault(&format!("done without a word on the policy `{missing}`")));
                }
                return Ok(said);
            }
            let listening = match (answer.ready, answer.refused, answer.unsupported) {
                (Some(url), None, None) => {
                    let address = address(&url).ok_or_else(|| fault("`ready` is no loopback URL"))?;
                    if !addresses.insert(address) {
                        return Err(fault(
                            "two policies at one address, where each has a listener of its own",
                        ));
                    }
                    Listening::Ready(address)
                }
                (None, Some(words), None) => {
                    Listening::Refused(crosscheck_text::escape_truncated(words.as_bytes(), 2000))
                }
                (None, None, Some(flags)) if flags.is_empty() => {
                    return Err(fault("`unsupported` names nothing that is not supported"));
                }
                (None, None, Some(flags)) => Listening::Unsupported(
                    flags
                        .into_iter()
                        .take(64)
                        .map(|f| crosscheck_text::escape_truncated(f.as_bytes(), 64))
                        .collect(),
                ),
                _ => return Err(fault("exactly one of `ready`, `refused`, `unsupported` is needed")),
            };
            let id = answer
                .policy
                .filter(|id| policies.contains_key(id))
                .ok_or_else(|| fault("a policy that was not asked for"))?;
            if said.listeners.insert(id, listening).is_some() {
                return Err(fault("a policy twice"));
            }
        }
    }

    /// Whether the process has ended; waits a moment for one that is ending.
    pub(super) async fn death(&self) -> Option<Death> {
        let mut ended = self.ended.clone();
        let status = match timeout(DYING, ended.wait_for(Option::is_some)).await {
            Ok(Ok(status)) => status.clone()?,
            Ok(Err(_)) => "its watch ended".to_owned(),
            Err(_) => return None,
        };
        // Its last words may still be in the pipe; a child that it left behind may keep that open.
        let _ = timeout(DYING, self.drained.clone().wait_for(|drained| *drained)).await;
        Some(Death {
            status,
            stderr: self.stderr(),
        })
    }

    /// Waits for the end of the process.
    pub(super) async fn ended(&self) -> Death {
        let mut ended = self.ended.clone();
        let status = match ended.wait_for(Option::is_some).await {
            Ok(status) => status.clone().unwrap_or_default(),
            Err(_) => "its watch ended".to_owned(),
        };
        Death {
            status,
            stderr: self.stderr(),
        }
    }

    pub(super) fn stderr(&self) -> String {
        let kept = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        let start = kept.len().saturating_sub(2000);
        crosscheck_text::escape_truncated(kept.get(start..).unwrap_or_default(), 2000)
            .trim()
            .to_owned()
    }

    /// Closes stdin, which ends it; kills what does not end.
    pub(super) async fn stop(mut self) {
        drop(self.stdin.take());
        let mut ended = self.ended.clone();
        if timeout(STOP, ended.wait_for(Option::is_some)).await.is_err() {
            let _ = self.kill.send(true);
            let _ = ended.wait_for(Option::is_some).await;
        }
    }
}

/// Waits for the child, kills it when told to or when nobody holds the adapter any more.
async fn watch_over(
    mut child: Child,
    group: Option<u32>,
    mut killed: watch::Receiver<bool>,
    end: watch::Sender<Option<String>>,
) {
    let told = async { killed.wait_for(|kill| *kill).await.is_ok() };
    let ended: Option<io::Result<ExitStatus>> = tokio::select! {
        status = child.wait() => Some(status),
        // False: the adapter was dropped, and its stdin with it.
        kill = told => if kill { None } else { timeout(STOP, child.wait()).await.ok() },
    };
    let status = match ended {
        Some(status) => status,
        None => {
            // With its children: whatever it has started would outlive it. It leads the group until it has been waited for.
            let group = group.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
            if group.is_none_or(|group| kill_process_group(group, Signal::KILL).is_err()) {
                let _ = child.start_kill();
            }
            child.wait().await
        }
    };
    let words = status.map_or_else(|e| e.to_string(), |s| s.to_string());
    let _ = end.send(Some(words));
}

/// Whether somebody takes connections; an adapter that says so a little too early has a moment.
async fn listens(address: SocketAddr) -> bool {
    let knock = async {
        while TcpStream::connect(address).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(EARLY, knock).await.is_ok()
}

/// Whether who listens there takes connections at an address that nobody has announced. On Linux all of 127/8 is loopback, and only
/// what listens on every address answers at this one; elsewhere there is no such address to ask at.
async fn listens_everywhere(announced: SocketAddr) -> bool {
    const UNANNOUNCED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 99, 111, 114));
    if !cfg!(target_os = "linux") || announced.ip() == UNANNOUNCED {
        return false;
    }
    let knock = TcpStream::connect((UNANNOUNCED, announced.port()));
    timeout(EARLY, knock).await.is_ok_and(|taken| taken.is_ok())
}

/// Keeps the end of stderr.
async fn keep(mut pipe: impl AsyncRead + Unpin, kept: Stderr) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let over = kept.len().saturating_sub(MAX_STDERR);
        kept.drain(..over);
    }
}

/// Reads what an adapter still says, so that its pipe does not fill up.
async fn drain(mut lines: BufReader<ChildStdout>) {
    let mut buffer = [0; 4096];
    while let Ok(1..) = lines.read(&mut buffer).await {}
}

/// What to type if it is not installed.
fn hint(known: &Known) -> String {
    // What is started from an installation has one: that was looked up before.
    let is_installed = known.description.start.iter().any(|word| word.contains("{install"));
    match known.description.install.as_str() {
        "" => String::new(),
        _ if is_installed => String::new(),
        command => format!("; if it is not installed, run `{command}`"),
    }
}

/// The address of a base URL, which must be on loopback.
fn address(url: &str) -> Option<SocketAddr> {
    let url = url::Url::parse(url).ok().filter(|u| u.scheme() == "http")?;
    let ip = match url.host()? {
        url::Host::Ipv4(ip) => IpAddr::V4(ip),
        url::Host::Ipv6(ip) => IpAddr::V6(ip),
        url::Host::Domain("localhost") => IpAddr::from([127, 0, 0, 1]),
        url::Host::Domain(_) => return None,
    };
    Some(SocketAddr::new(ip, url.port_or_known_default()?)).filter(|a| a.ip().is_loopback())
}
