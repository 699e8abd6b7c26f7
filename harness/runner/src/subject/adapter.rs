//! An adapter process: starts it, exchanges lines with it, checks its listeners and stops it.

use super::everywhere::listens_everywhere;
use super::protocol::{self, Ended, Hello, Reading};
use super::running::Configurations;
use super::subjects::Subject;
use crate::process::{ChildGroup, Tail, suffix};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::running::PolicySupport;

/// The time limit for an adapter to get ready, if its description sets none.
const START: Duration = Duration::from_secs(60);
/// How long a listener may take to accept connections after the adapter has reported it.
pub(super) const EARLY: Duration = Duration::from_secs(1);
/// How long the harness waits for a process that seems to be ending.
const DYING: Duration = Duration::from_millis(500);
/// The time limit for a process to end after its stdin was closed.
const STOP: Duration = Duration::from_secs(3);
/// The limit for the stderr that is kept, in bytes.
const MAX_STDERR: usize = 16 << 10;
/// The limit for the stderr that a message quotes, in bytes.
const SHOWN_STDERR: usize = 2000;

/// Why an adapter could not be used.
#[derive(Debug, Error)]
pub enum AdapterError {
    /// Its `subject.yaml` has no command.
    #[error("cannot start `{0}`: its subject.yaml has no `start`")]
    NoCommand(String),
    /// The adapter cannot be started.
    #[error("cannot start `{0}`: {1}{2}")]
    Spawn(String, io::Error, String),
    /// Its pipes broke.
    #[error("the pipes of the adapter broke: {0}")]
    Pipe(io::Error),
    /// It was not ready in time.
    #[error("the adapter was not ready after {} s{}", .0.as_secs(), suffix(.1))]
    Timeout(Duration, String),
    /// The adapter ended before it was ready.
    #[error("the adapter ended before it was ready{1}: {0}")]
    Ended(Death, String),
    /// It wrote a line that breaks the protocol.
    #[error("the adapter does not speak the protocol: {what}: {line}{}", suffix(.stderr))]
    Protocol {
        /// What is wrong.
        what: protocol::Fault,
        /// The line, truncated and escaped.
        line: String,
        /// The end of its stderr.
        stderr: String,
    },
    /// No listener accepts connections at a reported address.
    #[error("the adapter reports the address {address} for the policy `{policy}`, but nothing listens there{}", suffix(.stderr))]
    NotListening {
        /// The policy.
        policy: String,
        /// The address.
        address: SocketAddr,
        /// The end of its stderr.
        stderr: String,
    },
    /// It listens on an address that other machines can reach.
    #[error(
        "the adapter listens on every address of this machine at port {port}, for the policy `{policy}`; it must listen on a \
         loopback address only{}",
        suffix(.stderr)
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
    /// Its exit status as a text.
    pub status: String,
    /// The end of its stderr.
    pub stderr: String,
}

impl std::fmt::Display for Death {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.status, suffix(&self.stderr))
    }
}

/// The answers of an adapter until `done`.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) library: String,
    pub(super) version: String,
    pub(super) listeners: BTreeMap<String, PolicySupport>,
}

/// The end of a process.
#[derive(Clone, Debug, Default)]
struct End {
    /// Its exit status as a text.
    status: String,
    /// The names of the processes that it had started, that had left its group, and that were still running.
    survivors: Vec<String>,
}

/// A running adapter. Dropping it ends its process and everything that the process has started.
#[derive(Debug)]
pub(super) struct Adapter {
    stdin: Option<ChildStdin>,
    ended: watch::Receiver<Option<End>>,
    kill: watch::Sender<bool>,
    stderr: Tail,
    /// Its process group, which it leads.
    pub(super) group: Option<u32>,
}

impl Adapter {
    /// Starts the adapter of a subject and waits until it has answered for every configuration.
    pub(super) async fn start(
        subject: &Subject,
        words: &[String],
        configurations: &Configurations,
        apps: &BTreeMap<String, SocketAddr>,
    ) -> Result<(Self, Report), AdapterError> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| AdapterError::NoCommand(subject.name.clone()))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child =
            ChildGroup::spawn(&mut command).map_err(|e| AdapterError::Spawn(words.join(" "), e, hint(subject)))?;
        let group = child.id();
        let (stdin, stdout) = (child.stdin(), child.stdout());
        let stderr = Tail::read(child.stderr(), MAX_STDERR);
        let (kill, killed) = watch::channel(false);
        let (end, ended) = watch::channel(None);
        tokio::spawn(watch_over(child, killed, end));
        let mut adapter = Self {
            stdin,
            ended,
            kill,
            stderr,
            group,
        };
        let limit = subject.description.start_timeout.map_or(START, Duration::from_secs);
        let Some(stdout) = stdout else {
            return Err(AdapterError::Pipe(io::Error::other("no stdout")));
        };
        let report = match timeout(limit, adapter.configure(stdout, subject, configurations, apps)).await {
            Ok(report) => report?,
            Err(_) => return Err(AdapterError::Timeout(limit, adapter.stderr())),
        };
        adapter.check_listeners(&report).await?;
        Ok((adapter, report))
    }

    /// Connects to every address, because a wrong address would break every case.
    async fn check_listeners(&self, report: &Report) -> Result<(), AdapterError> {
        for (policy, support) in &report.listeners {
            let PolicySupport::Ready(address) = support else {
                continue;
            };
            if !listens(*address).await {
                return Err(AdapterError::NotListening {
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

    /// Sends the configurations and reads the answers.
    async fn configure(
        &mut self,
        stdout: ChildStdout,
        subject: &Subject,
        configurations: &Configurations,
        apps: &BTreeMap<String, SocketAddr>,
    ) -> Result<Report, AdapterError> {
        let mut line = Hello::new(configurations, apps)
            .to_line()
            .map_err(|e| AdapterError::Pipe(e.into()))?;
        line.push(b'\n');
        let mut lines = BufReader::new(stdout);
        // Writes and reads concurrently: an adapter may answer before it has read everything.
        let Some(mut stdin) = self.stdin.take() else {
            return Err(AdapterError::Pipe(io::Error::other("no stdin")));
        };
        let write = async {
            let written = stdin.write_all(&line).await;
            (stdin, written)
        };
        let reading = Reading::new(configurations);
        let ((stdin, written), read) = tokio::join!(write, reading.all(&mut lines));
        self.stdin = Some(stdin);
        let report = match read {
            Ok(report) => report,
            Err(Ended::Closed) => {
                let death = self.death().await.unwrap_or_else(|| Death {
                    status: "it closed its stdout".to_owned(),
                    stderr: self.stderr(),
                });
                return Err(AdapterError::Ended(death, hint(subject)));
            }
            Err(Ended::Pipe(error)) => return Err(AdapterError::Pipe(error)),
            Err(Ended::Fault { what, line }) => {
                return Err(AdapterError::Protocol {
                    what,
                    line,
                    stderr: self.stderr(),
                });
            }
        };
        written.map_err(AdapterError::Pipe)?;
        tokio::spawn(drain(lines));
        Ok(report)
    }

    /// Returns how the process ended, if it has; waits a moment for a process that is ending.
    pub(super) async fn death(&self) -> Option<Death> {
        let mut ended = self.ended.clone();
        let status = match timeout(DYING, ended.wait_for(Option::is_some)).await {
            Ok(Ok(end)) => end.as_ref()?.status.clone(),
            Ok(Err(_)) => "its watch ended".to_owned(),
            Err(_) => return None,
        };
        // The end of its stderr may still be in the pipe.
        self.stderr.drained(DYING).await;
        Some(Death {
            status,
            stderr: self.stderr(),
        })
    }

    /// Waits for the end of the process.
    pub(super) async fn ended(&self) -> Death {
        let mut ended = self.ended.clone();
        let status = match ended.wait_for(Option::is_some).await {
            Ok(end) => end.clone().unwrap_or_default().status,
            Err(_) => "its watch ended".to_owned(),
        };
        Death {
            status,
            stderr: self.stderr(),
        }
    }

    /// The end of its stderr.
    pub(super) fn stderr(&self) -> String {
        self.stderr.text(SHOWN_STDERR)
    }

    /// Closes stdin so that the process ends; kills it if it does not. Returns the names of the processes that it left behind.
    pub(super) async fn stop(mut self) -> Vec<String> {
        drop(self.stdin.take());
        let mut ended = self.ended.clone();
        if timeout(STOP, ended.wait_for(Option::is_some)).await.is_err() {
            let _ = self.kill.send(true);
        }
        let end = ended.wait_for(Option::is_some).await.ok().and_then(|end| end.clone());
        end.unwrap_or_default().survivors
    }
}

/// Waits for the child. Kills it on request, or if it does not end by itself after the adapter was dropped.
async fn watch_over(mut child: ChildGroup, mut killed: watch::Receiver<bool>, end: watch::Sender<Option<End>>) {
    let requested = async { killed.wait_for(|kill| *kill).await.is_ok() };
    let ended = tokio::select! {
        status = child.wait() => Some(status),
        is_request = requested => if is_request { None } else { Some(child.stop(STOP).await.status) },
    };
    let status = match ended {
        Some(status) => status,
        None => child.kill().await,
    };
    let survivors = child.end_survivors().await;
    let status = status.map_or_else(|e| e.to_string(), |s| s.to_string());
    let _ = end.send(Some(End { status, survivors }));
}

/// Whether an address accepts connections within [`EARLY`]: an adapter may report the address slightly too early.
async fn listens(address: SocketAddr) -> bool {
    let connect = async {
        while TcpStream::connect(address).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(EARLY, connect).await.is_ok()
}

/// Reads further output of an adapter, so that its pipe does not fill up.
async fn drain(mut lines: BufReader<ChildStdout>) {
    let mut buffer = [0; 4096];
    while let Ok(1..) = lines.read(&mut buffer).await {}
}

/// Returns how to install the subject, as the end of a message.
fn hint(subject: &Subject) -> String {
    // If the command uses an installation, the installation was found before.
    let is_installed = subject.description.start.iter().any(|word| word.contains("{install"));
    match subject.description.install.as_str() {
        "" => String::new(),
        _ if is_installed => String::new(),
        command => format!("; if it is not installed, run `{command}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::tests::{gone, grandchild, with_grandchild};
    use crate::subjects::tests::all as all_subjects;

    /// Starts a shell script as the adapter of a subject without configurations.
    async fn start(folder: &std::path::Path, rest: &str) -> (Adapter, u32) {
        let mut subject = all_subjects().remove("hono").unwrap();
        subject.description.start_timeout = None;
        let script = format!("cd '{}'; read line; {}", folder.display(), with_grandchild(rest));
        let words = ["sh", "-c", &script].map(str::to_owned);
        let started = Adapter::start(&subject, &words, &Configurations::new(), &BTreeMap::new()).await;
        let (adapter, _) = started.unwrap();
        (adapter, grandchild(folder).await)
    }

    #[tokio::test]
    async fn stopping_an_adapter_ends_its_child_processes() {
        let folder = tempfile::tempdir().unwrap();
        let (adapter, process) = start(folder.path(), "echo '{\"done\":true}'; cat").await;
        adapter.stop().await;
        gone(process).await;
    }

    #[tokio::test]
    async fn dropping_an_adapter_ends_its_child_processes() {
        let folder = tempfile::tempdir().unwrap();
        let (adapter, process) = start(folder.path(), "echo '{\"done\":true}'; cat").await;
        drop(adapter);
        gone(process).await;
    }

    #[tokio::test]
    async fn the_end_of_an_adapter_ends_its_child_processes() {
        let folder = tempfile::tempdir().unwrap();
        let (adapter, process) = start(folder.path(), "echo '{\"done\":true}'; exit 7").await;
        assert!(adapter.ended().await.status.contains('7'));
        gone(process).await;
    }
}
