//! The lines of an adapter's stdin and stdout.

use super::error::LineFault;
use crate::client::outcome::Reported;
use serde::Deserialize;
use serde_json::Value;
use std::io;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout};

/// The maximum length of a line from an adapter, in bytes.
const MAX_LINE: u64 = 16 << 20;

/// A line of an adapter.
#[derive(Deserialize)]
pub(super) struct Line {
    pub(super) id: Option<u64>,
    pub(super) outcome: Option<Reported>,
    pub(super) unsupported: Option<String>,
    pub(super) ready: Option<bool>,
    pub(super) client: Option<String>,
    pub(super) version: Option<String>,
    pub(super) lacks: Option<Value>,
}

/// Writes one line.
pub(super) async fn write(pipe: &mut ChildStdin, value: &Value) -> io::Result<()> {
    let mut line = value.to_string().into_bytes();
    line.push(b'\n');
    pipe.write_all(&line).await
}

/// Reads the next line; `None` at the end.
pub(super) async fn line(lines: &mut BufReader<ChildStdout>) -> Result<Option<Line>, LineFault> {
    let mut bytes = Vec::new();
    let read = lines.take(MAX_LINE).read_until(b'\n', &mut bytes).await?;
    if read == 0 {
        return Ok(None);
    }
    if bytes.last() != Some(&b'\n') {
        return Err(LineFault::Endless);
    }
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| LineFault::Json(e, crosscheck_text::escape_truncated(&bytes, 200)))
}
