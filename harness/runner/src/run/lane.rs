//! Subjects that are asked side by side, whose results wait for their turn.

use super::spool::{Feed, Spool, spool};
use crate::server::{Finished, Identity};
use crate::subject::StartError;
use crosscheck_results::WriteError;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

/// How many servers are asked at once. A slow starter takes one place of these, and holds up nobody else.
const MAX_SERVERS: usize = 3;
/// How many results wait to be sorted.
const UNSORTED: usize = 256;

/// Why a subject was not asked to the end: it did not start, or its results could not be kept.
type Failure = Result<StartError, WriteError>;

/// How a subject ended.
pub(super) struct End {
    /// What no case explains, or why it could not run.
    pub(super) error: Option<String>,
    /// How long it was asked.
    pub(super) took: Duration,
}

/// A subject that is asked, or waits for a place.
pub(super) struct Lane {
    said: oneshot::Receiver<Identity>,
    pub(super) spool: Spool,
    task: JoinHandle<(Result<Option<String>, Failure>, Duration)>,
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The places of a run's servers.
pub(super) struct Places(Arc<Semaphore>);

impl Places {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MAX_SERVERS)))
    }
}

impl Lane {
    /// Asks a subject, once there is a place for it if it needs one. `ask` says who the subject is, sends its results in any
    /// order, and ends with what no case explains.
    pub(super) fn open<A, F>(places: Option<&Places>, ask: A) -> Self
    where
        A: FnOnce(oneshot::Sender<Identity>, mpsc::Sender<Finished>) -> F + Send + 'static,
        F: Future<Output = Result<Option<String>, StartError>> + Send,
    {
        let places = places.map(|p| Arc::clone(&p.0));
        let (say, said) = oneshot::channel();
        let (feed, spool) = spool();
        let task = tokio::spawn(async move {
            let _place = match places {
                // The semaphore is never closed.
                Some(places) => places.acquire_owned().await.ok(),
                None => None,
            };
            let began = Instant::now();
            let (sender, finished) = mpsc::channel(UNSORTED);
            let (ended, sorted) = tokio::join!(ask(say, sender), sort(finished, feed));
            let result = match (ended, sorted) {
                (_, Err(error)) => Err(Err(error)),
                (Err(error), _) => Err(Ok(error)),
                (Ok(unexplained), Ok(())) => Ok(unexplained),
            };
            (result, began.elapsed())
        });
        Self { said, spool, task }
    }

    /// Who the subject is, once it has said so.
    pub(super) fn identity(&mut self) -> Option<Identity> {
        self.said.try_recv().ok()
    }

    /// How it ended.
    pub(super) async fn end(mut self) -> Result<End, WriteError> {
        let (error, took) = match (&mut self.task).await {
            Ok((Ok(unexplained), took)) => (unexplained, took),
            Ok((Err(Ok(error)), took)) => (Some(error.to_string()), took),
            Ok((Err(Err(error)), _)) => return Err(error),
            Err(error) => (Some(format!("the harness failed: {error}")), Duration::ZERO),
        };
        Ok(End { error, took })
    }
}

/// Puts results into the order of the cases, whatever the order in which they finish.
async fn sort(mut finished: mpsc::Receiver<Finished>, feed: Feed) -> Result<(), WriteError> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    while let Some((index, result, examined)) = finished.recv().await {
        waiting.insert(index, (result, examined));
        while let Some(item) = waiting.remove(&next) {
            feed.push(item)?;
            next += 1;
        }
    }
    // Where one is missing, the rest comes all the same.
    waiting.into_values().try_for_each(|item| feed.push(item))
}
