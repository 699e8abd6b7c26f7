//! Holds results until they are reported: the first ones in memory, the rest in an unnamed file.

use crosscheck_results::{CaseResult, WriteError};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// How many results are kept in memory.
const NEAR: usize = 256;
/// How many bytes are written to the file, or read from it, at a time.
const CHUNK: usize = 64 << 10;

#[derive(Default)]
struct Inner {
    /// The oldest waiting items.
    near: VecDeque<CaseResult>,
    /// The lengths of the other items, oldest first. Their bytes are in `ahead`, then in the file, then in `behind`.
    far: VecDeque<usize>,
    /// The bytes read from the file; the first `taken` of them are used up.
    ahead: Vec<u8>,
    taken: usize,
    file: Option<File>,
    read_at: u64,
    write_at: u64,
    /// The bytes that are not written to the file yet.
    behind: Vec<u8>,
    over: bool,
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    more: Notify,
}

/// The sending end of a queue. Dropping it ends the queue.
pub(super) struct ResultSender(Arc<Shared>);

/// The receiving end of a queue, first in, first out.
pub(super) struct ResultQueue(Arc<Shared>);

/// Creates a queue and returns both its ends.
pub(super) fn result_queue() -> (ResultSender, ResultQueue) {
    let shared = Arc::new(Shared::default());
    (ResultSender(Arc::clone(&shared)), ResultQueue(shared))
}

impl ResultSender {
    /// Adds a result.
    pub(super) fn push(&self, item: CaseResult) -> Result<(), WriteError> {
        let mut inner = self.0.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.far.is_empty() && inner.near.len() < NEAR {
            inner.near.push_back(item);
        } else {
            inner.store(item).map_err(error)?;
        }
        drop(inner);
        self.0.more.notify_one();
        Ok(())
    }
}

impl Drop for ResultSender {
    fn drop(&mut self) {
        let mut inner = self.0.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.over = true;
        drop(inner);
        self.0.more.notify_one();
    }
}

impl ResultQueue {
    /// Waits for the next result; returns `None` at the end.
    pub(super) async fn next(&self) -> Result<Option<CaseResult>, WriteError> {
        loop {
            {
                let mut inner = self.0.inner.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(item) = inner.near.pop_front() {
                    return Ok(Some(item));
                }
                if let Some(item) = inner.load().map_err(error)? {
                    return Ok(Some(item));
                }
                if inner.over {
                    return Ok(None);
                }
            }
            // `Notify` remembers a push that happens before this call.
            self.0.more.notified().await;
        }
    }
}

impl Inner {
    fn store(&mut self, item: CaseResult) -> io::Result<()> {
        let before = self.behind.len();
        serde_json::to_writer(&mut self.behind, &item)?;
        self.far.push_back(self.behind.len() - before);
        if self.behind.len() < CHUNK {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(self.write_at))?;
        file.write_all(&self.behind)?;
        self.write_at += self.behind.len() as u64;
        self.behind.clear();
        Ok(())
    }

    fn load(&mut self) -> io::Result<Option<CaseResult>> {
        let Some(length) = self.far.pop_front() else {
            return Ok(None);
        };
        while self.ahead.len() - self.taken < length {
            self.read_on()?;
        }
        let bytes = self.ahead.get(self.taken..self.taken + length).unwrap_or_default();
        self.taken += length;
        Ok(Some(serde_json::from_slice(bytes)?))
    }

    /// Moves more bytes into `ahead`, from the file or, if that is used up, from `behind`.
    fn read_on(&mut self) -> io::Result<()> {
        self.ahead.drain(..self.taken);
        self.taken = 0;
        let Some(file) = self.file.as_mut().filter(|_| self.read_at < self.write_at) else {
            if self.behind.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.ahead.append(&mut self.behind);
            return Ok(());
        };
        file.seek(SeekFrom::Start(self.read_at))?;
        let before = self.ahead.len();
        let most = (self.write_at - self.read_at).min(CHUNK as u64);
        file.take(most).read_to_end(&mut self.ahead)?;
        let read = (self.ahead.len() - before) as u64;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.read_at += read;
        if self.read_at == self.write_at {
            file.set_len(0)?;
            (self.read_at, self.write_at) = (0, 0);
        }
        Ok(())
    }
}

fn error(source: io::Error) -> WriteError {
    WriteError::Io {
        path: PathBuf::from("a temporary file"),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::{NEAR, result_queue};
    use crosscheck_results::{CaseResult, Verdict};

    fn item(n: usize) -> CaseResult {
        CaseResult::new("x", format!("a#{n}"), Verdict::Pass)
    }

    #[tokio::test]
    async fn results_come_out_in_the_order_they_went_in_however_many_wait() {
        let (sender, results) = result_queue();
        let (mut pushed, mut taken) = (0, 0);
        // The queue becomes full, half empty, full and empty.
        for (push, take) in [(3 * NEAR, 2 * NEAR), (NEAR, 2 * NEAR), (1, 1), (2 * NEAR, 0)] {
            for _ in 0..push {
                sender.push(item(pushed)).expect("a file");
                pushed += 1;
            }
            for _ in 0..take {
                assert_eq!(results.next().await.expect("a file"), Some(item(taken)));
                taken += 1;
            }
        }
        drop(sender);
        while let Some(next) = results.next().await.expect("a file") {
            assert_eq!(next, item(taken));
            taken += 1;
        }
        assert_eq!(taken, pushed);
    }
}
