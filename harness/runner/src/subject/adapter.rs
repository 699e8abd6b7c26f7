//! An adapter process: starts it, exchanges lines with it, checks its listeners and stops it.

use super::everywhere::listens_everywhere;
use super::process::{Death, SubjectProcess};
use super::process_mode::POLICY;
use super::protocol::{self, Ended, Hello, Reading};
use super::running::Configurations;
use super::subjects::Subject;
use crate::process::{ChildGroup, suffix};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use super::running::PolicySupport;

/// The time limit for an adapter to get ready, if its description sets none.
pub(super) const START: Duration = Duration::from_secs(60);
/// The most ports that a message names.
const MAX_PORTS: usize = 4;
/// How long a listener may take to accept connections after the adapter has reported it.
pub(super) const EARLY: Duration = Duration::from_secs(1);

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
    /// In process mode: the process ended before its port accepted connections.
    #[error(
        "the process ended before it accepted connections at port {port}, which the variable PORT names: {death}; one that rejects a \
         policy ends with exit code 65 and the reason on stderr{hint}"
    )]
    ProcessEnded {
        /// How it ended.
        death: Death,
        /// The port.
        port: u16,
        /// How to install it.
        hint: String,
    },
    /// In process mode: the port did not accept connections in time.
    #[error(
        "the process did not accept connections at port {port} within {} s{}; it must listen at the port that the variable PORT \
         names{}",
        .limit.as_secs(), elsewhere(.others), suffix(.stderr)
    )]
    NotReady {
        /// The port.
        port: u16,
        /// The time limit.
        limit: Duration,
        /// The ports at which it listens.
        others: Vec<u16>,
        /// The end of its stderr.
        stderr: String,
    },
    /// In process mode: the application behind the policy is another one.
    #[error(
        "the application answers otherwise than the application contract says: {first}{}; `crosscheck subjects check {name}` shows \
         each difference",
        further(*.more)
    )]
    Contract {
        /// The subject.
        name: String,
        /// The first difference.
        first: String,
        /// The number of other differences.
        more: usize,
    },
    /// In process mode: the answers do not depend on the policy.
    #[error(
        "the process gives the same answer to {origin} whether the policy lists that origin or not; it must configure the library with \
         the policy in the variable CROSSCHECK_POLICY, a JSON document"
    )]
    IgnoresPolicy {
        /// The origin.
        origin: &'static str,
    },
}

/// The number of further differences, for a message.
fn further(count: usize) -> String {
    match count {
        0 => String::new(),
        _ => format!(" (and {count} more)"),
    }
}

/// The ports at which a process listens in place of the right one, for a message.
fn elsewhere(ports: &[u16]) -> String {
    match ports {
        [] => String::new(),
        _ => {
            let ports: Vec<String> = ports.iter().take(MAX_PORTS).map(u16::to_string).collect();
            format!(", and listens at port {} instead", ports.join(", "))
        }
    }
}

/// The answers of an adapter until `done`.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) library: String,
    pub(super) version: String,
    pub(super) listeners: BTreeMap<String, PolicySupport>,
}

/// A running adapter. Dropping it ends its process and everything that the process has started.
#[derive(Debug)]
pub(super) struct Adapter {
    stdin: Option<ChildStdin>,
    pub(super) process: SubjectProcess,
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
            // With it, an adapter that can run in process mode would do so.
            .env_remove(POLICY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child =
            ChildGroup::spawn(&mut command).map_err(|e| AdapterError::Spawn(words.join(" "), e, hint(subject)))?;
        let (stdin, stdout) = (child.stdin(), child.stdout());
        let process = SubjectProcess::watch(child);
        let mut adapter = Self { stdin, process };
        let limit = subject.description.start_timeout.map_or(START, Duration::from_secs);
        let Some(stdout) = stdout else {
            return Err(AdapterError::Pipe(io::Error::other("no stdout")));
        };
        let report = match timeout(limit, adapter.configure(stdout, subject, configurations, apps)).await {
            Ok(report) => report?,
            Err(_) => return Err(AdapterError::Timeout(limit, adapter.process.stderr())),
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
                    stderr: self.process.stderr(),
                });
            }
            if listens_everywhere(*address).await {
                return Err(AdapterError::Everywhere {
                    policy: policy.clone(),
                    port: address.port(),
                    stderr: self.process.stderr(),
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
                let death = self.process.death().await.unwrap_or_else(|| Death {
                    status: "it closed its stdout".to_owned(),
                    stderr: self.process.stderr(),
                });
                return Err(AdapterError::Ended(death, hint(subject)));
            }
            Err(Ended::Pipe(error)) => return Err(AdapterError::Pipe(error)),
            Err(Ended::Fault { what, line }) => {
                return Err(AdapterError::Protocol {
                    what,
                    line,
                    stderr: self.process.stderr(),
                });
            }
        };
        written.map_err(AdapterError::Pipe)?;
        tokio::spawn(drain(lines));
        Ok(report)
    }

    /// Closes stdin so that the process ends; kills it if it does not. Returns the names of the processes that it left behind.
    pub(super) async fn stop(mut self) -> Vec<String> {
        drop(self.stdin.take());
        self.process.stop().await
    }
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
pub(super) fn hint(subject: &Subject) -> String {
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
        assert!(adapter.process.ended().await.status.contains('7'));
        gone(process).await;
    }
}
