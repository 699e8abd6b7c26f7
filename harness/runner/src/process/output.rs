//! Runs a command to its end and limits its output.

use super::ChildGroup;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::timeout;

/// How long the pipes of a command are read after it has ended.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The output and the exit status of a command.
#[derive(Debug)]
pub(crate) struct Output {
    /// Its exit status.
    pub(crate) status: ExitStatus,
    /// The first bytes of its stdout, up to the limit.
    pub(crate) stdout: Vec<u8>,
    /// The first bytes of its stderr, up to the limit.
    pub(crate) stderr: Vec<u8>,
}

/// Why a command has no output.
#[derive(Debug, Error)]
pub enum OutputError {
    /// It cannot be started.
    #[error("{0}")]
    Spawn(#[source] io::Error),
    /// The system does not report its end.
    #[error("{0}")]
    Wait(#[source] io::Error),
    /// It did not end in time, and was killed.
    #[error("it was stopped after {} s without an end", .0.as_secs())]
    Timeout(Duration),
}

/// Runs a command to its end, without stdin. At most `limit` bytes of each stream are kept; the rest is read and dropped.
///
/// # Errors
/// If it does not start or does not end in time.
pub(crate) async fn output(command: &mut Command, limit: usize, patience: Duration) -> Result<Output, OutputError> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = ChildGroup::spawn(command).map_err(OutputError::Spawn)?;
    let stdout = tokio::spawn(head(child.stdout(), limit));
    let stderr = tokio::spawn(head(child.stderr(), limit));
    let status = match timeout(patience, child.wait()).await {
        Ok(status) => status.map_err(OutputError::Wait)?,
        Err(_) => {
            // The group is killed either way.
            let _ = child.kill().await;
            return Err(OutputError::Timeout(patience));
        }
    };
    // The group is dead, and so is every writer, except processes that left the group.
    let read = async |pipe| {
        timeout(LAST_WORDS, pipe)
            .await
            .ok()
            .and_then(Result::ok)
            .unwrap_or_default()
    };
    Ok(Output {
        status,
        stdout: read(stdout).await,
        stderr: read(stderr).await,
    })
}

/// Reads a pipe to its end and returns its first bytes.
async fn head(pipe: Option<impl AsyncRead + Unpin>, limit: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    let Some(mut pipe) = pipe else { return kept };
    let mut buffer = [0; 8192];
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        let room = limit.saturating_sub(kept.len()).min(read);
        kept.extend_from_slice(buffer.get(..room).unwrap_or_default());
    }
    kept
}
