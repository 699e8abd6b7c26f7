//! Runs the program in a condition.

use anyhow::{Context as _, Result};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a run may take after its signal, or in a limited system.
const LIMIT: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(10);

/// A signal that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Int,
    Term,
    Hup,
    Kill,
}

impl Signal {
    pub(super) const ALL: [Self; 4] = [Self::Int, Self::Term, Self::Hup, Self::Kill];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Int => "INT",
            Self::Term => "TERM",
            Self::Hup => "HUP",
            Self::Kill => "KILL",
        }
    }
}

/// What happens to a run.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// A signal after that time.
    Signal { signal: Signal, after: Duration },
    /// SIGTERM and, after a while, SIGKILL, as CI systems cancel a job.
    Twice { after: Duration, between: Duration },
    /// A limit of the system, and SIGTERM if the run still goes on after that time.
    Limited { limit: Limit, after: Duration },
}

/// A limit of the system.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    /// No file may be longer than that many KiB, as on a full disk.
    FileSize(u64),
    /// The program may have that many open files.
    Descriptors(u64),
    /// The program may use that many MiB of addresses.
    Memory(u64),
}

impl Condition {
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Signal { signal, .. } => signal.name(),
            Self::Twice { .. } => "TERM, KILL",
            Self::Limited { limit, .. } => match limit {
                Limit::FileSize(_) => "full disk",
                Limit::Descriptors(_) => "descriptors",
                Limit::Memory(_) => "memory",
            },
        }
    }

    /// Whether the program may leave something behind until its next start.
    pub(super) const fn is_forced(&self) -> bool {
        matches!(
            self,
            Self::Signal {
                signal: Signal::Kill,
                ..
            } | Self::Twice { .. }
                | Self::Limited {
                    limit: Limit::Memory(_),
                    ..
                }
        )
    }

    /// The command of a shell that sets the limits of the system.
    fn limits(&self) -> String {
        match self {
            Self::Signal { .. } | Self::Twice { .. } => String::new(),
            Self::Limited { limit, .. } => match limit {
                // Blocks of 512 bytes. Ignoring the signal makes the write fail.
                Limit::FileSize(kib) => format!("trap '' XFSZ; ulimit -f {}; ", kib * 2),
                Limit::Descriptors(count) => format!("ulimit -n {count}; "),
                Limit::Memory(mib) => format!("ulimit -v {}; ", mib * 1024),
            },
        }
    }
}

/// A run that has ended.
pub(super) struct Try {
    folder: TempDir,
    /// The exit code; `None` if a signal ended it, or if it did not end.
    pub(super) code: Option<i32>,
    pub(super) has_ended: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) is_forced: bool,
}

impl Try {
    pub(super) fn make(program: &Path, arguments: &[&str], condition: &Condition) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot create a folder")?;
        std::fs::create_dir(folder.path().join("tmp"))?;
        let (out, err) = (folder.path().join("stdout"), folder.path().join("stderr"));
        let mut child = Command::new("sh")
            .args(["-c", &format!("{}exec \"$@\"", condition.limits()), "sh"])
            // Under `nohup` the program would ignore SIGHUP.
            .args(["env", "--default-signal=HUP"])
            .arg(program)
            .args(["run", "--jobs", "2", "--output"])
            .arg(folder.path().join("results.jsonl"))
            .args(arguments)
            .env("TMPDIR", folder.path().join("tmp"))
            .current_dir(crate::process::root())
            .stdin(Stdio::null())
            .stdout(File::create(&out)?)
            .stderr(File::create(&err)?)
            .spawn()
            .context("cannot start a shell")?;
        match condition {
            Condition::Signal { signal, after } => {
                sleep(*after);
                send(*signal, &child)?;
            }
            Condition::Twice { after, between } => {
                sleep(*after);
                send(Signal::Term, &child)?;
                sleep(*between);
                send(Signal::Kill, &child)?;
            }
            Condition::Limited { after, .. } => {
                if ended(&mut child, *after)?.is_none() {
                    send(Signal::Term, &child)?;
                }
            }
        }
        let status = ended(&mut child, LIMIT)?;
        if status.is_none() {
            child.kill()?;
            child.wait()?;
        }
        let read = |path: &Path| std::fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned());
        Ok(Self {
            code: status.and_then(|status| status.code()),
            has_ended: status.is_some(),
            stdout: read(&out)?,
            stderr: read(&err)?,
            is_forced: condition.is_forced(),
            folder,
        })
    }

    pub(super) fn results(&self) -> PathBuf {
        self.folder.path().join("results.jsonl")
    }

    pub(super) fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    /// The folder of the results, in which nothing else may appear.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Sends a signal; a run that has ended by itself gets none.
fn send(signal: Signal, child: &Child) -> Result<()> {
    let mut command = Command::new("kill");
    command.args(["-s", signal.name(), &child.id().to_string()]);
    command.stderr(Stdio::null()).status().context("cannot start kill")?;
    Ok(())
}

/// Waits for the end of a run; returns `None` if it goes on for longer.
fn ended(child: &mut Child, limit: Duration) -> Result<Option<std::process::ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        sleep(PAUSE);
    }
    Ok(None)
}
