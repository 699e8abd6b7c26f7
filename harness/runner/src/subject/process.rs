//! The process of a subject: how it is watched, and how it is stopped.

use crate::process::{ChildGroup, Tail, suffix};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long the harness waits for a process that seems to be ending.
const DYING: Duration = Duration::from_millis(500);
/// The time limit for a process to end after its stdin was closed, or after it was requested to end.
const STOP: Duration = Duration::from_secs(3);
/// The limit for the stderr that is kept, in bytes.
const MAX_STDERR: usize = 16 << 10;
/// The limit for the stderr that a message quotes, in bytes.
const SHOWN_STDERR: usize = 2000;

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

/// The end of a process.
#[derive(Clone, Debug, Default)]
struct End {
    /// Its exit status as a text.
    status: String,
    /// Its exit code; `None` if a signal ended it.
    code: Option<i32>,
    /// The names of the processes that it had started, that had left its group, and that were still running.
    survivors: Vec<String>,
}

/// What the process is requested to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Run,
    /// To end, by the signal TERM to its group.
    Terminate,
    /// Its group is killed.
    Kill,
}

/// A running process. Dropping it ends it and everything that it has started.
#[derive(Debug)]
pub(super) struct SubjectProcess {
    ended: watch::Receiver<Option<End>>,
    request: watch::Sender<Request>,
    stderr: Tail,
    /// Its process group, which it leads.
    pub(super) group: Option<u32>,
}

impl SubjectProcess {
    /// Watches over a child, and reads its stderr.
    pub(super) fn watch(mut child: ChildGroup) -> Self {
        let group = child.id();
        let stderr = Tail::read(child.stderr(), MAX_STDERR);
        let (request, requested) = watch::channel(Request::Run);
        let (end, ended) = watch::channel(None);
        tokio::spawn(watch_over(child, requested, end));
        Self {
            ended,
            request,
            stderr,
            group,
        }
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

    /// Waits for the end of the process, and returns its exit code; `None` if a signal ended it.
    pub(super) async fn exit_code(&self) -> Option<i32> {
        let mut ended = self.ended.clone();
        let end = ended.wait_for(Option::is_some).await.ok()?;
        end.as_ref()?.code
    }

    /// Waits for the end of a process whose stdin was closed; kills it if it does not end. Returns the names of the processes that
    /// it left behind.
    pub(super) async fn stop(self) -> Vec<String> {
        let mut ended = self.ended.clone();
        if timeout(STOP, ended.wait_for(Option::is_some)).await.is_err() {
            let _ = self.request.send(Request::Kill);
        }
        let end = ended.wait_for(Option::is_some).await.ok().and_then(|end| end.clone());
        end.unwrap_or_default().survivors
    }

    /// Requests the end of the process by a signal, and stops it.
    pub(super) async fn terminate(self) -> Vec<String> {
        let _ = self.request.send(Request::Terminate);
        self.stop().await
    }
}

/// Waits for the child. Ends it on request, or if it does not end by itself after the process was dropped.
async fn watch_over(mut child: ChildGroup, mut requested: watch::Receiver<Request>, end: watch::Sender<Option<End>>) {
    let mut status = None;
    while status.is_none() {
        // `None` if the process was dropped.
        let request = tokio::select! {
            ended = child.wait() => {
                status = Some(ended);
                continue;
            }
            changed = requested.changed() => changed.ok().map(|()| *requested.borrow_and_update()),
        };
        status = match request {
            None => Some(child.stop(STOP).await.status),
            Some(Request::Kill) => Some(child.kill().await),
            Some(Request::Terminate) => {
                child.terminate();
                None
            }
            Some(Request::Run) => None,
        };
    }
    let survivors = child.end_survivors().await;
    let (status, code) = match status {
        Some(Ok(status)) => (status.to_string(), status.code()),
        Some(Err(error)) => (error.to_string(), None),
        None => return,
    };
    let _ = end.send(Some(End {
        status,
        code,
        survivors,
    }));
}
