//! Results that wait for their turn: a few in memory, the rest in a file without a name.

use crosscheck_judge::Examined;
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, WriteError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// How many results wait in memory.
const NEAR: usize = 256;
/// How many bytes go into the file, or come out of it, at once.
const CHUNK: usize = 64 << 10;

/// A result and what was examined for it.
pub(super) type Item = (CaseResult, Examined);

/// An item as the file has it.
#[derive(Serialize, Deserialize)]
struct Stored {
    result: CaseResult,
    examined: BTreeMap<String, usize>,
}

#[derive(Default)]
struct Inner {
    /// The first of those that wait.
    near: VecDeque<Item>,
    /// The rest, oldest first: how long each is, of the bytes in `ahead`, in the file, and in `behind`.
    far: VecDeque<usize>,
    /// What has been read from the file, and how much of it has been taken.
    ahead: Vec<u8>,
    taken: usize,
    file: Option<File>,
    read_at: u64,
    write_at: u64,
    /// What is not in the file yet.
    behind: Vec<u8>,
    over: bool,
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    more: Notify,
}

/// The end that results go in. Dropping it says that there are no more.
pub(super) struct Feed(Arc<Shared>);

/// The end that they come out of, in the same order.
pub(super) struct Spool(Arc<Shared>);

/// A spool with both its ends.
pub(super) fn spool() -> (Feed, Spool) {
    let shared = Arc::new(Shared::default());
    (Feed(Arc::clone(&shared)), Spool(shared))
}

impl Feed {
    /// Adds a result.
    pub(super) fn push(&self, item: Item) -> Result<(), WriteError> {
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

impl Drop for Feed {
    fn drop(&mut self) {
        let mut inner = self.0.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.over = true;
        drop(inner);
        self.0.more.notify_one();
    }
}

impl Spool {
    /// The next result, once there is one; `None` at the end.
    pub(super) async fn next(&self) -> Result<Option<Item>, WriteError> {
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
            // What was pushed in between is remembered.
            self.0.more.notified().await;
        }
    }
}

impl Inner {
    fn store(&mut self, (result, examined): Item) -> io::Result<()> {
        let examined = examined.into_iter().map(|(rule, n)| (rule.to_owned(), n)).collect();
        let before = self.behind.len();
        serde_json::to_writer(&mut self.behind, &Stored { result, examined })?;
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

    fn load(&mut self) -> io::Result<Option<Item>> {
        let Some(length) = self.far.pop_front() else {
            return Ok(None);
        };
        while self.ahead.len() - self.taken < length {
            self.read_on()?;
        }
        let bytes = self.ahead.get(self.taken..self.taken + length).unwrap_or_default();
        self.taken += length;
        let Stored { result, examined } = serde_json::from_slice(bytes)?;
        let examined = examined
            .into_iter()
            .filter_map(|(rule, n)| Some((rules::rule(&rule)?.id, n)))
            .collect();
        Ok(Some((result, examined)))
    }

    /// Gets more of what waits into `ahead`: from the file, or what has not got there.
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
    use super::{Item, NEAR, spool};
    use crosscheck_results::{CaseResult, Verdict};

    fn item(n: usize) -> Item {
        let result = CaseResult::new("x", format!("a#{n}"), Verdict::Pass);
        (result, [("vary", n)].into())
    }

    #[tokio::test]
    async fn results_come_out_in_the_order_they_went_in_however_many_wait() {
        let (feed, spool) = spool();
        let (mut pushed, mut taken) = (0, 0);
        // It runs full, half empty, full and empty.
        for (push, take) in [(3 * NEAR, 2 * NEAR), (NEAR, 2 * NEAR), (1, 1), (2 * NEAR, 0)] {
            for _ in 0..push {
                feed.push(item(pushed)).expect("a file");
                pushed += 1;
            }
            for _ in 0..take {
                assert_eq!(spool.next().await.expect("a file"), Some(item(taken)));
                taken += 1;
            }
        }
        drop(feed);
        while let Some(next) = spool.next().await.expect("a file") {
            assert_eq!(next, item(taken));
            taken += 1;
        }
        assert_eq!(taken, pushed);
    }
}
