//! Child processes. Each leads its own process group, and ending the child ends everything that it has started.
//!
//! A process that has left the group is found by the environment that it inherits. Temporary files of a child go into a folder that is
//! removed when the program ends. If the program is killed, the next start of a command cleans up.
//!
//! Adapters start servers, engines start renderers, package managers start compilers. None of these may outlive the child that
//! the harness started, whether that child ended by itself, was stopped, or was dropped with the future that waited for it.
//!
//! The crate `process-wrap` kills a group on request, but kills only the child when it is dropped. This module is smaller than the
//! additions that the crate would need.

mod environment;
mod leftovers;
mod live;
mod marked;
mod output;
mod run_folder;
mod tail;

pub use leftovers::{Leftover, remove_leftovers};
pub use live::{all_ended, kill_all};
pub use output::OutputError;
pub(crate) use output::output;
pub(crate) use run_folder::TemporaryFile;
pub use run_folder::{RunFolder, TemporaryFolderError};
pub(crate) use tail::{Tail, suffix};

use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

/// How often, and with what pause, a process that has left its group is expected to end by itself.
const SURVIVOR_WAITS: usize = 500;
const SURVIVOR_PAUSE: Duration = Duration::from_millis(10);

/// The limit for the names of processes in a message, in bytes.
const MAX_NAMES: usize = 200;

/// A running child that leads a process group. Dropping it kills the group.
#[derive(Debug)]
pub(crate) struct ChildGroup {
    child: Child,
    group: Option<Leader>,
    /// Exists as long as the child does.
    _folder: Arc<RunFolder>,
    /// What everything that it starts has in its environment.
    mark: String,
}

/// The leader of a group, as long as the group can be killed.
#[derive(Debug)]
struct Leader {
    id: Pid,
    _entry: live::Entry,
}

/// How a child ended after a request to stop.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// Its exit status.
    pub(crate) status: io::Result<ExitStatus>,
    /// Whether it had to be killed.
    pub(crate) was_killed: bool,
    /// The names of the processes that had left its group and were still running. They were killed.
    pub(crate) survivors: Vec<String>,
}

impl ChildGroup {
    /// Starts a command as the leader of a new process group.
    ///
    /// # Errors
    /// If the system does not start it.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let folder = RunFolder::current().map_err(io::Error::other)?;
        let mark = folder.mark();
        environment::set(command, &folder, &mark);
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let group = id.and_then(Pid::from_raw).map(|id| {
            folder.note(id);
            Leader {
                id,
                _entry: live::register(id),
            }
        });
        Ok(Self {
            child,
            group,
            _folder: folder,
            mark,
        })
    }

    /// The id of the group, which equals the process id of the child.
    pub(crate) fn id(&self) -> Option<u32> {
        let group = self.group.as_ref()?;
        u32::try_from(group.id.as_raw_nonzero().get()).ok()
    }

    /// Takes its stdin; `None` after the first call.
    pub(crate) const fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Takes its stdout; `None` after the first call.
    pub(crate) const fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Takes its stderr; `None` after the first call.
    pub(crate) const fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Waits until the child has ended, then kills the rest of its group.
    ///
    /// # Errors
    /// If the system does not report the end.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await;
        self.kill_group();
        status
    }

    /// Kills the group, and waits for the child.
    ///
    /// # Errors
    /// If the system does not report the end.
    pub(crate) async fn kill(&mut self) -> io::Result<ExitStatus> {
        self.kill_group();
        self.child.wait().await
    }

    /// Waits for a child that was requested to end; kills the group after the time limit. A process that has left the group gets a
    /// moment to end too.
    pub(crate) async fn stop(&mut self, patience: Duration) -> Stopped {
        let (status, was_killed) = match timeout(patience, self.wait()).await {
            Ok(status) => (status, false),
            Err(_) => (self.kill().await, true),
        };
        Stopped {
            status,
            was_killed,
            survivors: self.end_survivors().await,
        }
    }

    /// Requests the end of every member of the group, as a service manager does.
    pub(crate) fn terminate(&self) {
        if let Some(group) = &self.group {
            // It fails if every member has ended.
            let _ = kill_process_group(group.id, Signal::TERM);
        }
    }

    /// Kills the processes that have left the group and do not end by themselves, and returns their names.
    pub(crate) async fn end_survivors(&self) -> Vec<String> {
        for _ in 0..SURVIVOR_WAITS {
            if marked::find(&self.mark).is_empty() {
                return Vec::new();
            }
            sleep(SURVIVOR_PAUSE).await;
        }
        let killed = marked::kill(&self.mark);
        killed.into_iter().map(|process| process.name).collect()
    }

    /// Kills the group, at most once: later its id may belong to another group. The id stays in use while a member lives, and the
    /// system does not reuse it right after the last member has ended.
    fn kill_group(&mut self) {
        if let Some(group) = self.group.take() {
            // It fails if every member has ended, which is the normal case.
            let _ = kill_process_group(group.id, Signal::KILL);
        }
    }
}

/// The fault of a subject that left processes behind, by their names; `None` if it left none.
pub(crate) fn left_behind<'n>(names: impl Iterator<Item = &'n str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| {
        let names = crosscheck_text::escape_truncated(names.join(", ").as_bytes(), MAX_NAMES);
        format!("the subject left processes behind, which were killed: {names}")
    })
}

impl Drop for ChildGroup {
    fn drop(&mut self) {
        self.kill_group();
        marked::kill(&self.mark);
    }
}

#[cfg(test)]
pub(crate) mod tests;
