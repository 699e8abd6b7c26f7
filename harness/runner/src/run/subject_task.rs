//! Runs subjects concurrently and keeps their results until they are reported.

use super::result_queue::{ResultQueue, ResultSender, result_queue};
use crate::client::ClientError;
use crate::finished::Finished;
use crate::subject::{Identity, StartError};
use crosscheck_results::WriteError;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

/// How many servers run at a time. A server that starts slowly occupies one of these slots only.
const MAX_SERVERS: usize = 3;
/// How many results can wait to be sorted.
const UNSORTED: usize = 256;

/// Why a subject could not run.
#[derive(Debug, Error)]
pub(super) enum SubjectError {
    /// The server did not start.
    #[error(transparent)]
    Server(#[from] StartError),
    /// The client could not be run.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Why a subject did not run to its end.
#[derive(Debug, Error)]
enum TaskError {
    /// It could not run.
    #[error(transparent)]
    Subject(SubjectError),
    /// Its results could not be kept.
    #[error(transparent)]
    Keep(WriteError),
}

/// How a subject ended.
pub(super) struct TaskEnd {
    /// A failure that belongs to no case, or the reason why the subject could not run.
    pub(super) error: Option<String>,
    /// How long it ran.
    pub(super) took: Duration,
}

/// A subject that runs, or waits for a slot.
pub(super) struct SubjectTask {
    identity: oneshot::Receiver<Identity>,
    pub(super) results: ResultQueue,
    task: JoinHandle<(Result<Option<String>, TaskError>, Duration)>,
}

impl Drop for SubjectTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The slots of a run's servers.
pub(super) struct ServerSlots(Arc<Semaphore>);

impl ServerSlots {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MAX_SERVERS)))
    }
}

impl SubjectTask {
    /// Runs a subject, once a slot is free if it needs one. `run` sends the subject's identity, then its results in any order, and
    /// returns a failure that belongs to no case.
    pub(super) fn open<A, F>(slots: Option<&ServerSlots>, run: A) -> Self
    where
        A: FnOnce(oneshot::Sender<Identity>, mpsc::Sender<Finished>) -> F + Send + 'static,
        F: Future<Output = Result<Option<String>, SubjectError>> + Send,
    {
        let slots = slots.map(|s| Arc::clone(&s.0));
        let (identify, identity) = oneshot::channel();
        let (queue, results) = result_queue();
        let task = tokio::spawn(async move {
            let _slot = match slots {
                // The semaphore is never closed.
                Some(slots) => slots.acquire_owned().await.ok(),
                None => None,
            };
            let began = Instant::now();
            let (sender, finished) = mpsc::channel(UNSORTED);
            let (ended, sorted) = tokio::join!(run(identify, sender), sort(finished, queue));
            let result = match (ended, sorted) {
                (_, Err(error)) => Err(TaskError::Keep(error)),
                (Err(error), _) => Err(TaskError::Subject(error)),
                (Ok(unexplained), Ok(())) => Ok(unexplained),
            };
            (result, began.elapsed())
        });
        Self {
            identity,
            results,
            task,
        }
    }

    /// Returns the subject's identity, once it is known.
    pub(super) fn identity(&mut self) -> Option<Identity> {
        self.identity.try_recv().ok()
    }

    /// Waits for the subject's end and returns how it ended.
    pub(super) async fn end(mut self) -> Result<TaskEnd, WriteError> {
        let (error, took) = match (&mut self.task).await {
            Ok((Ok(unexplained), took)) => (unexplained, took),
            Ok((Err(TaskError::Keep(error)), _)) => return Err(error),
            Ok((Err(TaskError::Subject(error)), took)) => (Some(error.to_string()), took),
            Err(error) => (Some(format!("the harness failed: {error}")), Duration::ZERO),
        };
        Ok(TaskEnd { error, took })
    }
}

/// Puts results into the order of the cases, independent of the order in which they finish.
async fn sort(mut finished: mpsc::Receiver<Finished>, queue: ResultSender) -> Result<(), WriteError> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    while let Some((index, result, examined)) = finished.recv().await {
        waiting.insert(index, (result, examined));
        while let Some(item) = waiting.remove(&next) {
            queue.push(item)?;
            next += 1;
        }
    }
    // If a result is missing, the later ones are still reported.
    waiting.into_values().try_for_each(|item| queue.push(item))
}
