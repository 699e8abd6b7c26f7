//! Runs the program in a condition.

use super::calls::Fault;
use super::clock::Jump;
use super::disk::Disk;
use anyhow::{Context as _, Result};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a run may take after its signal, or in a condition. A run that is not disturbed takes a small part of it, so that a slow
/// machine decides nothing.
const LIMIT: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(5);

/// In arguments: the folder of the try.
pub(super) const FOLDER: &str = "{folder}";

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
    /// Nothing, beyond what its subjects do.
    Undisturbed,
    /// A signal after that time.
    Signal { signal: Signal, after: Duration },
    /// SIGTERM and, after a while, SIGKILL, as CI systems cancel a job.
    Twice { after: Duration, between: Duration },
    /// A limit of the system, and SIGTERM if the run still goes on after that time.
    Limited { limit: Limit, after: Duration },
    /// A system call fails.
    Fault(Fault),
    /// The clock is set while the program runs.
    Clock(Jump),
    /// The results and the temporary files are on a small disk.
    Disk(Disk),
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
    /// The user may have that many processes and threads. It does not bind root.
    Processes(u64),
}

impl Condition {
    /// The name in the table.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Undisturbed => "undisturbed",
            Self::Signal { signal, .. } => signal.name(),
            Self::Twice { .. } => "TERM, KILL",
            Self::Limited { limit, .. } => match limit {
                Limit::FileSize(_) => "file size",
                Limit::Descriptors(_) => "descriptors",
                Limit::Memory(_) => "memory",
                Limit::Processes(_) => "processes",
            },
            Self::Fault(fault) => fault.call.group,
            Self::Clock(_) => "clock",
            Self::Disk(_) => "small disk",
        }
    }

    /// Whether the program may leave something behind until its next start.
    pub(super) const fn is_forced(&self) -> bool {
        match self {
            Self::Signal { signal, .. } => matches!(signal, Signal::Kill),
            Self::Twice { .. } => true,
            Self::Limited { limit, .. } => matches!(limit, Limit::Memory(_)),
            Self::Fault(fault) => fault.may_abort(),
            Self::Undisturbed | Self::Clock(_) | Self::Disk(_) => false,
        }
    }

    /// The command of a shell that sets the limits of the system.
    fn limits(&self) -> String {
        match self {
            Self::Limited { limit, .. } => match limit {
                // Blocks of 512 bytes. Ignoring the signal makes the write fail.
                Limit::FileSize(kib) => format!("trap '' XFSZ; ulimit -f {}; ", kib * 2),
                Limit::Descriptors(count) => format!("ulimit -n {count}; "),
                Limit::Memory(mib) => format!("ulimit -v {}; ", mib * 1024),
                Limit::Processes(count) => format!("ulimit -p {count}; "),
            },
            _ => String::new(),
        }
    }

    /// The command under which the program runs.
    fn under(&self, folder: &Path) -> Result<Vec<String>> {
        match self {
            Self::Fault(fault) => Ok(fault.tracer(&folder.join("trace"))),
            Self::Clock(jump) => jump.command(&folder.join("clock")),
            Self::Disk(disk) => Ok(disk.command(folder)),
            _ => Ok(Vec::new()),
        }
    }
}

/// A command of the program.
#[derive(Clone, Debug, Default)]
pub(super) struct Invocation {
    /// The arguments, in which `{folder}` is the folder of the try.
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(&'static str, PathBuf)>,
}

impl Invocation {
    /// `run` with these arguments and a results file in the folder of the try.
    pub(super) fn run<A: Into<String>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut all = vec!["run".to_owned(), "--jobs".to_owned(), "2".to_owned()];
        all.extend(["--output".to_owned(), format!("{FOLDER}/results.jsonl")]);
        all.extend(arguments.into_iter().map(Into::into));
        Self::other(all)
    }

    /// Any command.
    pub(super) fn other<A: Into<String>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self {
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: Vec::new(),
        }
    }

    /// The same, with a folder of subjects.
    pub(super) fn with_subjects(mut self, folder: &Path) -> Self {
        self.environment.push(("CROSSCHECK_SUBJECTS", folder.to_owned()));
        self
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
    /// What the tracer wrote.
    pub(super) trace: String,
    pub(super) is_forced: bool,
    pub(super) time: Duration,
}

impl Try {
    pub(super) fn make(program: &Path, invocation: &Invocation, condition: &Condition) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot create a folder")?;
        std::fs::create_dir(folder.path().join("tmp"))?;
        let (out, err) = (folder.path().join("stdout"), folder.path().join("stderr"));
        let path = folder.path().to_string_lossy().into_owned();
        let place = match condition {
            Condition::Disk(_) => format!("{path}/disk"),
            _ => path,
        };
        let under = condition.under(folder.path())?;
        let start = Instant::now();
        let mut child = Command::new("sh")
            .args(["-c", &format!("{}exec \"$@\"", condition.limits()), "sh"])
            // Under `nohup` the program would ignore SIGHUP.
            .args(["env", "--default-signal=HUP"])
            .args(under)
            .arg(program)
            .args(invocation.arguments.iter().map(|a| a.replace(FOLDER, &place)))
            .envs(invocation.environment.iter().map(|(name, value)| (name, value)))
            .env("TMPDIR", Path::new(&place).join("tmp"))
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
            Condition::Clock(jump) => {
                if ended(&mut child, jump.after)?.is_none() {
                    jump.set(&folder.path().join("clock"))?;
                }
            }
            Condition::Undisturbed | Condition::Fault(_) | Condition::Disk(_) => {}
        }
        let status = ended(&mut child, LIMIT)?;
        if status.is_none() {
            // Everything that it started too: a tracer that is killed lets its program go on.
            super::examine::kill_all(folder.path())?;
            child.kill()?;
            child.wait()?;
        }
        let read = |path: &Path| std::fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned());
        Ok(Self {
            code: status.and_then(|status| status.code()),
            has_ended: status.is_some(),
            stdout: read(&out)?,
            stderr: read(&err)?,
            // Only a tracer writes it.
            trace: read(&folder.path().join("trace")).unwrap_or_default(),
            is_forced: condition.is_forced(),
            time: start.elapsed(),
            folder,
        })
    }

    pub(super) fn results(&self) -> PathBuf {
        self.folder.path().join("results.jsonl")
    }

    pub(super) fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    /// What it printed, without the name of its folder.
    pub(super) fn shown(&self) -> String {
        self.stdout.replace(&*self.folder.path().to_string_lossy(), FOLDER)
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
