//! Runs subjects concurrently, records their results, and keeps these until they are reported.

use super::recorder::{Recorder, SubjectEnd};
use super::result_queue::{ResultQueue, ResultSender, result_queue};
use super::resume::KeptResults;
use crate::client::ClientError;
use crate::finished::Finished;
use crate::server::ProbeError;
use crate::stop::StopRequest;
use crate::subject::{Identity, StartError};
use crosscheck_results::{CaseResult, Footer, Header, Interruption, ReadError, WriteError};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;
use thiserror::Error;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{JoinError, JoinHandle};

/// How many servers run at a time. A server that starts slowly occupies one of these slots only.
const MAX_SERVERS: usize = 3;
/// How many notices can wait to be shown; further ones are dropped.
const NOTICES: usize = 16;
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
    /// A server that is already running cannot be probed.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

/// A subject that runs, or waits for a slot.
pub(super) struct SubjectTask {
    begun: oneshot::Receiver<Header>,
    results: ResultQueue,
    /// What is shown while it runs.
    notices: mpsc::Receiver<String>,
    task: JoinHandle<Result<(Header, Footer), TaskError>>,
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

    /// A single slot. Several URLs may belong to one server, which has one rate limit; so they run one after the other.
    pub(super) fn one() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// How the results of a subject are recorded.
pub(super) struct Recording {
    pub(super) recorder: Recorder,
    /// What an earlier run has recorded of it.
    pub(super) begun: Option<Begun>,
}

/// The results that an earlier run has recorded of a subject.
pub(super) struct Begun {
    pub(super) results: KeptResults,
    /// The places of the other cases, which run now.
    pub(super) places: Vec<usize>,
}

/// Why there is no end of a subject.
#[derive(Debug, Error)]
pub(super) enum TaskError {
    /// The results cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The results of an earlier run cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The task of the subject panicked.
    #[error("the harness failed: {0}")]
    Panic(#[from] JoinError),
}

impl SubjectTask {
    /// Runs a subject, once a slot is free if it needs one. `run` sends the subject's identity, then its results in any order, notices
    /// about it at any time, and returns a failure that belongs to no case.
    pub(super) fn open<A, F>(slots: Option<&ServerSlots>, recording: Recording, mut stop: StopRequest, run: A) -> Self
    where
        A: FnOnce(oneshot::Sender<Identity>, mpsc::Sender<Finished>, mpsc::Sender<String>) -> F + Send + 'static,
        F: Future<Output = Result<Option<String>, SubjectError>> + Send,
    {
        let slots = slots.map(|s| Arc::clone(&s.0));
        let (begin, begun) = oneshot::channel();
        let (queue, results) = result_queue();
        let (notice, notices) = mpsc::channel(NOTICES);
        let task = tokio::spawn(async move {
            let slot = async {
                match slots {
                    // The semaphore is never closed.
                    Some(slots) => slots.acquire_owned().await.ok(),
                    None => None,
                }
            };
            let _slot = tokio::select! {
                slot = slot => slot,
                _ = stop.requested() => None,
            };
            let (identify, identity) = oneshot::channel();
            let (sender, finished) = mpsc::channel(UNSORTED);
            let running = Running {
                recorder: recording.recorder,
                begin: Some(begin),
                identity,
                sorted: Sorted::new(queue),
                begun: recording.begun,
                is_other: false,
            };
            running
                .run(Box::pin(run(identify, sender, notice)), finished, stop)
                .await
        });
        Self {
            begun,
            results,
            notices,
            task,
        }
    }

    /// The header, once it is written; `None` if it cannot be. Notices that come before it go to `show`.
    pub(super) async fn begun(&mut self, mut show: impl FnMut(&str)) -> Option<Header> {
        loop {
            tokio::select! {
                begun = &mut self.begun => return begun.ok(),
                Some(notice) = self.notices.recv() => show(&notice),
            }
        }
    }

    /// The next result; `None` at the end. Notices that come before it go to `show`.
    pub(super) async fn next(&mut self, mut show: impl FnMut(&str)) -> Result<Option<CaseResult>, WriteError> {
        loop {
            tokio::select! {
                result = self.results.next() => return result,
                Some(notice) = self.notices.recv() => show(&notice),
            }
        }
    }

    /// Waits for the subject's end.
    pub(super) async fn end(mut self) -> Result<(Header, Footer), TaskError> {
        (&mut self.task).await?
    }
}

/// Records the results of a subject while it runs.
struct Running {
    recorder: Recorder,
    begin: Option<oneshot::Sender<Header>>,
    identity: oneshot::Receiver<Identity>,
    sorted: Sorted,
    begun: Option<Begun>,
    /// Whether the subject is not the one that an earlier run has begun with, so that its results do not count.
    is_other: bool,
}

/// What a subject does, until it has ended or is ended.
type Work<'w> = Pin<Box<dyn Future<Output = Result<Option<String>, SubjectError>> + Send + 'w>>;

impl Running {
    async fn run(
        mut self,
        work: Work<'_>,
        mut finished: mpsc::Receiver<Finished>,
        mut stop: StopRequest,
    ) -> Result<(Header, Footer), TaskError> {
        let began = Instant::now();
        self.report_begun()?;
        let mut error = None;
        let mut interrupted: Option<Interruption> = stop.is_requested();
        let mut work = Some(work).filter(|_| interrupted.is_none());
        let mut has_sent_all = false;
        while !(has_sent_all && work.is_none()) {
            let running = async {
                match &mut work {
                    Some(work) => work.await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                item = finished.recv(), if !has_sent_all => match item {
                    Some(item) => if let Some(fault) = self.add(item)? {
                        error = Some(fault);
                        work = None;
                    },
                    None => has_sent_all = true,
                },
                ended = running => {
                    error = ended.unwrap_or_else(|e| Some(e.to_string()));
                    work = None;
                }
                why = stop.requested(), if interrupted.is_none() => {
                    interrupted = Some(why);
                    // Dropping it ends the subject. What it has sent before is still recorded.
                    work = None;
                }
            }
        }
        self.begin()?;
        self.sorted.rest()?;
        Ok(self.recorder.end(SubjectEnd {
            error,
            took: began.elapsed(),
            interrupted,
        })?)
    }

    /// Reports what an earlier run has recorded.
    fn report_begun(&mut self) -> Result<(), TaskError> {
        let Some(begun) = &self.begun else { return Ok(()) };
        if let Some(begin) = self.begin.take() {
            // The receiver is gone if the run has failed.
            let _ = begin.send(self.recorder.header().clone());
        }
        for kept in begun.results.read() {
            let (place, result) = kept?;
            self.sorted.add(place, result)?;
        }
        Ok(())
    }

    /// Writes the header, once.
    fn begin(&mut self) -> Result<(), WriteError> {
        if let Some(begin) = self.begin.take() {
            // A subject sends its identity before its first result.
            let header = self.recorder.begin(self.identity.try_recv().ok())?;
            // The receiver is gone if the run has failed.
            let _ = begin.send(header);
        }
        Ok(())
    }

    /// Records a result. Returns why it cannot be, if the subject is not the one that an earlier run has begun with.
    fn add(&mut self, (index, result, examined): Finished) -> Result<Option<String>, WriteError> {
        if self.is_other {
            return Ok(None);
        }
        self.begin()?;
        let mut place = index;
        if let Some(begun) = &self.begun {
            let header = self.recorder.header();
            if let Ok(identity) = self.identity.try_recv()
                && (&identity.library, &identity.version) != (&header.library, &header.version)
            {
                self.is_other = true;
                return Ok(Some(format!(
                    "the results so far are of {} {}, and this is {} {}; run it without --resume",
                    header.library, header.version, identity.library, identity.version
                )));
            }
            place = begun.places.get(index).copied().unwrap_or(index);
        }
        let result = self.recorder.add(place, result, &examined)?;
        self.sorted.add(place, result)?;
        Ok(None)
    }
}

/// Puts results into the order of the cases, independent of the order in which they finish.
struct Sorted {
    waiting: BTreeMap<usize, CaseResult>,
    next: usize,
    queue: ResultSender,
}

impl Sorted {
    fn new(queue: ResultSender) -> Self {
        Self {
            waiting: BTreeMap::new(),
            next: 0,
            queue,
        }
    }

    fn add(&mut self, index: usize, result: CaseResult) -> Result<(), WriteError> {
        self.waiting.insert(index, result);
        while let Some(result) = self.waiting.remove(&self.next) {
            self.queue.push(result)?;
            self.next += 1;
        }
        Ok(())
    }

    /// If a result is missing, the later ones are still reported.
    fn rest(&mut self) -> Result<(), WriteError> {
        std::mem::take(&mut self.waiting)
            .into_values()
            .try_for_each(|result| self.queue.push(result))
    }
}
