//! The fetches that were sent to an adapter, and the answers to them.

use super::LAST_WORDS;
use super::error::{Finished, LineFault};
use super::line::{Line, line};
use crate::client::outcome::Reported;
use crate::process::Tail;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::BufReader;
use tokio::process::ChildStdout;
use tokio::sync::oneshot;

/// The answer to a fetch.
pub(in crate::client) enum Reply {
    Outcome(Reported),
    Unsupported(String),
}

/// The fetches that were sent to an adapter.
#[derive(Default)]
pub(super) struct Conversation {
    /// The fetches without an answer.
    pub(super) open: HashMap<u64, oneshot::Sender<Result<Reply, Finished>>>,
    /// The id of the next fetch.
    pub(super) next: u64,
    pub(super) finished: Option<Finished>,
}

/// Passes each answer to the task that waits for it, until the adapter ends or breaks the protocol.
pub(super) async fn listen(mut lines: BufReader<ChildStdout>, conversation: Arc<Mutex<Conversation>>, stderr: Tail) {
    let lock = || conversation.lock().unwrap_or_else(PoisonError::into_inner);
    let finished = loop {
        match line(&mut lines).await {
            Ok(None) => break Finished::Ended,
            Err(fault) => break Finished::Fault(Arc::new(fault)),
            Ok(Some(line)) => {
                if let Err(fault) = answer(&mut lock(), line) {
                    break Finished::Fault(Arc::new(fault));
                }
            }
        }
    };
    if matches!(finished, Finished::Ended) {
        stderr.drained(LAST_WORDS).await;
    }
    let mut conversation = lock();
    for (_, sender) in conversation.open.drain() {
        // Its task may have given up.
        let _ = sender.send(Err(finished.clone()));
    }
    conversation.finished = Some(finished);
}

/// Passes one answer to its task.
fn answer(conversation: &mut Conversation, line: Line) -> Result<(), LineFault> {
    let id = line.id.ok_or(LineFault::NoId)?;
    let Some(sender) = conversation.open.remove(&id) else {
        return Err(match id < conversation.next {
            true => LineFault::Twice(id),
            false => LineFault::UnknownId(id),
        });
    };
    let reply = match (line.outcome, line.unsupported) {
        (Some(outcome), None) => Ok(Reply::Outcome(outcome)),
        (None, Some(why)) => Ok(Reply::Unsupported(why)),
        (None, None) => Err(Finished::Fault(Arc::new(LineFault::Neither))),
        (Some(_), Some(_)) => Err(Finished::Fault(Arc::new(LineFault::Both))),
    };
    // Its task may have given up.
    let _ = sender.send(reply);
    Ok(())
}
