//! Keeps the end of what a process writes to a pipe.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::watch;
use tokio::time::timeout;

/// Reads a pipe to its end in the background, so that it never fills up, and keeps the last bytes.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    kept: Arc<Mutex<Vec<u8>>>,
    ended: watch::Receiver<bool>,
}

impl Tail {
    /// Reads a pipe and keeps its last `limit` bytes.
    pub(crate) fn read(pipe: Option<impl AsyncRead + Unpin + Send + 'static>, limit: usize) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (end, ended) = watch::channel(pipe.is_none());
        if let Some(mut pipe) = pipe {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
                    let over = kept.len().saturating_sub(limit);
                    kept.drain(..over);
                }
                // All receivers may have been dropped.
                let _ = end.send(true);
            });
        }
        Self { kept, ended }
    }

    /// Waits until the pipe has been read to its end, but not longer than `patience`.
    pub(crate) async fn drained(&self, patience: Duration) {
        let mut ended = self.ended.clone();
        // Its writer may still be alive.
        let _ = timeout(patience, ended.wait_for(|ended| *ended)).await;
    }

    /// The last bytes, at most `limit`, escaped for a message and without surrounding white space.
    pub(crate) fn text(&self, limit: usize) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let start = kept.len().saturating_sub(limit);
        crosscheck_text::escape_truncated(kept.get(start..).unwrap_or_default(), limit)
            .trim()
            .to_owned()
    }

    /// The same text as the end of a message; empty if nothing was written.
    pub(crate) fn suffix(&self, limit: usize) -> String {
        suffix(&self.text(limit))
    }
}

/// Renders a stderr as the end of a message; empty if nothing was written.
pub(crate) fn suffix(stderr: &str) -> String {
    if stderr.is_empty() {
        String::new()
    } else {
        format!("; its stderr ends with: {stderr}")
    }
}
