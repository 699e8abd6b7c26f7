//! The process of an adapter: it is started, sent fetches, and stopped.

use super::conversation::{Conversation, Reply, listen};
use super::error::{ClientAdapterError, Finished, LineFault, Lost, NotReady};
use super::line::{line, write};
use super::{LAST_WORDS, STOP};
use crate::process::{ChildGroup, Tail};
use crate::subject::Identity;
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::BufReader;
use tokio::process::{ChildStdin, Command};
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The limit for the stderr that is kept, in bytes.
const MAX_STDERR: usize = 8 << 10;
/// The limit for the stderr that a message quotes, in bytes.
const SHOWN_STDERR: usize = 600;

/// How an adapter is started.
pub(in crate::client) struct Starting<'a> {
    pub(in crate::client) name: &'a str,
    pub(in crate::client) words: &'a [String],
    /// How to fix a failure to start.
    pub(in crate::client) help: &'a str,
    /// The time limit for it to get ready.
    pub(in crate::client) patience: Duration,
}

/// The first line of an adapter.
pub(in crate::client) struct Ready {
    pub(in crate::client) identity: Identity,
    pub(in crate::client) lacks: Value,
}

/// How an adapter ended after its stdin was closed.
#[derive(Clone, Debug)]
pub(in crate::client) struct Shutdown {
    /// Whether it had to be killed.
    pub(in crate::client) was_killed: bool,
    /// The names of the processes that it left behind, which have been killed.
    pub(in crate::client) survivors: Vec<String>,
    /// A line that broke the protocol.
    pub(in crate::client) fault: Option<Arc<LineFault>>,
}

/// A running adapter. Dropping it closes its stdin, and ends its process and everything that the process has started.
pub(in crate::client) struct Adapter {
    stdin: AsyncMutex<Option<ChildStdin>>,
    conversation: Arc<Mutex<Conversation>>,
    stderr: Tail,
    /// `None` once it was stopped.
    child: AsyncMutex<Option<ChildGroup>>,
    listening: AsyncMutex<JoinHandle<()>>,
}

impl Adapter {
    pub(in crate::client) async fn start(
        Starting {
            name,
            words,
            help,
            patience,
        }: &Starting<'_>,
        hello: &Value,
    ) -> Result<(Self, Ready), ClientAdapterError> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| ClientAdapterError::NoCommand((*name).to_owned()))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = ChildGroup::spawn(&mut command)
            .map_err(|e| ClientAdapterError::Spawn(words.join(" "), e, (*help).to_owned()))?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin(), child.stdout()) else {
            return Err(NotReady::NoPipes.into());
        };
        let stderr = Tail::read(child.stderr(), MAX_STDERR);
        // If it does not read its stdin, its first line explains more than this error.
        let sent = write(&mut stdin, hello).await;
        let mut lines = BufReader::new(stdout);
        let first = timeout(*patience, line(&mut lines)).await;
        if !matches!(first, Ok(Ok(Some(_)))) {
            stderr.drained(LAST_WORDS).await;
        }
        let shown_stderr = stderr.suffix(SHOWN_STDERR);
        let first = match first {
            Ok(Ok(Some(line))) => line,
            Ok(Ok(None)) => {
                return Err(NotReady::Ended {
                    stderr: shown_stderr,
                    help: (*help).to_owned(),
                }
                .into());
            }
            Ok(Err(fault)) => return Err(NotReady::Line(fault, shown_stderr).into()),
            Err(_) => return Err(ClientAdapterError::Timeout(patience.as_secs_f64(), shown_stderr)),
        };
        if first.ready != Some(true) {
            return Err(NotReady::FirstLine.into());
        }
        sent.map_err(|e| NotReady::Deaf(e, shown_stderr))?;
        let cut = |text: Option<String>| crosscheck_text::escape_truncated(text.unwrap_or_default().as_bytes(), 100);
        let ready = Ready {
            identity: Identity {
                library: cut(first.client),
                version: cut(first.version),
            },
            lacks: first.lacks.unwrap_or_default(),
        };
        let conversation = Arc::new(Mutex::new(Conversation::default()));
        let listening = tokio::spawn(listen(lines, Arc::clone(&conversation), stderr.clone()));
        let adapter = Self {
            stdin: AsyncMutex::new(Some(stdin)),
            conversation,
            stderr,
            child: AsyncMutex::new(Some(child)),
            listening: AsyncMutex::new(listening),
        };
        Ok((adapter, ready))
    }

    fn conversation(&self) -> MutexGuard<'_, Conversation> {
        self.conversation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends one fetch and waits for its answer.
    pub(in crate::client) async fn request(
        &self,
        browser: usize,
        page: &Value,
        request: &Value,
        patience: Duration,
    ) -> Result<Reply, Lost> {
        let line = json!({ "browser": browser, "page": page, "request": request });
        self.request_line(line, patience).await
    }

    /// Adds an id to the line of a fetch, sends it and waits for the answer.
    pub(in crate::client) async fn request_line(&self, mut line: Value, patience: Duration) -> Result<Reply, Lost> {
        let (sender, receiver) = oneshot::channel();
        let id = {
            let mut conversation = self.conversation();
            if let Some(finished) = &conversation.finished {
                return Err(Lost::Finished(finished.clone(), self.stderr()));
            }
            let id = conversation.next;
            conversation.next += 1;
            conversation.open.insert(id, sender);
            id
        };
        line["id"] = json!(id);
        let answered = async {
            // An adapter that no longer reads may have written the reason.
            let sent = self.send(&line).await;
            match receiver.await {
                Ok(reply) => reply.map_err(|finished| Lost::Finished(finished, self.stderr())),
                Err(_) => Err(sent.err().unwrap_or(Lost::Gone)),
            }
        };
        match timeout(patience, answered).await {
            Ok(reply) => reply,
            Err(_) => Err(Lost::Silent(patience.as_secs_f64(), self.stderr())),
        }
    }

    pub(in crate::client) async fn send(&self, value: &Value) -> Result<(), Lost> {
        let mut stdin = self.stdin.lock().await;
        let pipe = stdin.as_mut().ok_or(Lost::Stopped)?;
        write(pipe, value).await.map_err(|e| Lost::Deaf(e, self.stderr()))
    }

    fn stderr(&self) -> String {
        self.stderr.suffix(SHOWN_STDERR)
    }

    /// Closes stdin so that the adapter ends; kills it if it does not end within that time.
    pub(in crate::client) async fn stop(&self, patience: Duration) -> Shutdown {
        drop(self.stdin.lock().await.take());
        let (was_killed, survivors) = match self.child.lock().await.take() {
            Some(mut child) => {
                let stopped = child.stop(patience).await;
                (stopped.was_killed, stopped.survivors)
            }
            None => (false, Vec::new()),
        };
        // Reads the output that is left.
        let mut listening = self.listening.lock().await;
        let _ = timeout(LAST_WORDS, &mut *listening).await;
        listening.abort();
        let fault = match &self.conversation().finished {
            Some(Finished::Fault(fault)) => Some(Arc::clone(fault)),
            Some(Finished::Ended) | None => None,
        };
        Shutdown {
            was_killed,
            survivors,
            fault,
        }
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        drop(self.stdin.get_mut().take());
        let child = self.child.get_mut().take();
        // Without a runtime, or when that ends, the group is killed at once.
        if let (Some(mut child), Ok(runtime)) = (child, Handle::try_current()) {
            runtime.spawn(async move { child.stop(STOP).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::adapter::START;
    use crate::process::tests::{gone, grandchild, with_grandchild};

    const READY: &str = r#"echo '{"ready":true,"client":"x","version":"1"}'; cat >&2"#;

    async fn start(folder: &std::path::Path) -> (Adapter, u32) {
        let script = format!("cd '{}'; read line; {}", folder.display(), with_grandchild(READY));
        let starting = Starting {
            name: "x",
            words: &["sh", "-c", &script].map(str::to_owned),
            help: "install it",
            patience: START,
        };
        let (adapter, _) = Adapter::start(&starting, &json!({})).await.unwrap();
        (adapter, grandchild(folder).await)
    }

    #[tokio::test]
    async fn stopping_a_client_adapter_ends_its_child_processes() {
        let folder = tempfile::tempdir().unwrap();
        let (adapter, process) = start(folder.path()).await;
        let shutdown = adapter.stop(STOP).await;
        assert!(!shutdown.was_killed && shutdown.fault.is_none(), "{shutdown:?}");
        gone(process).await;
    }

    #[tokio::test]
    async fn dropping_a_client_adapter_ends_its_child_processes() {
        let folder = tempfile::tempdir().unwrap();
        let (adapter, process) = start(folder.path()).await;
        drop(adapter);
        gone(process).await;
    }
}
