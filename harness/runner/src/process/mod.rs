//! Child processes. Each leads its own process group, and ending the child ends everything that it has started.
//!
//! Adapters start servers, engines start renderers, package managers start compilers. None of these may outlive the child that
//! the harness started, whether that child ended by itself, was stopped, or was dropped with the future that waited for it.
//!
//! The crate `process-wrap` kills a group on request, but kills only the child when it is dropped. This module is smaller than the
//! additions that the crate would need.

mod output;
mod tail;

pub use output::OutputError;
pub(crate) use output::output;
pub(crate) use tail::{Tail, suffix};

use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// A running child that leads a process group. Dropping it kills the group.
#[derive(Debug)]
pub(crate) struct ChildGroup {
    child: Child,
    group: Option<Pid>,
}

/// How a child ended after a request to stop.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// Its exit status.
    pub(crate) status: io::Result<ExitStatus>,
    /// Whether it had to be killed.
    pub(crate) was_killed: bool,
}

impl ChildGroup {
    /// Starts a command as the leader of a new process group.
    ///
    /// # Errors
    /// If the system does not start it.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let group = id.and_then(Pid::from_raw);
        Ok(Self { child, group })
    }

    /// The id of the group, which equals the process id of the child.
    pub(crate) fn id(&self) -> Option<u32> {
        self.group
            .and_then(|group| u32::try_from(group.as_raw_nonzero().get()).ok())
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

    /// Waits for a child that was requested to end; kills the group after the time limit.
    pub(crate) async fn stop(&mut self, patience: Duration) -> Stopped {
        match timeout(patience, self.wait()).await {
            Ok(status) => Stopped {
                status,
                was_killed: false,
            },
            Err(_) => Stopped {
                status: self.kill().await,
                was_killed: true,
            },
        }
    }

    /// Kills the group, at most once: later its id may belong to another group. The id stays in use while a member lives, and the
    /// system does not reuse it right after the last member has ended.
    fn kill_group(&mut self) {
        if let Some(group) = self.group.take() {
            // It fails if every member has ended, which is the normal case.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for ChildGroup {
    fn drop(&mut self) {
        self.kill_group();
    }
}

#[cfg(test)]
pub(crate) mod tests;
