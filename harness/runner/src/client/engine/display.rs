//! An X server without a screen, for engines that need one.

use crate::process::ChildGroup;
use std::io;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// The time limit for its start.
const START: Duration = Duration::from_secs(60);
/// The time limit for its end.
const STOP: Duration = Duration::from_secs(3);

/// Why a display is not available.
#[derive(Debug, thiserror::Error)]
pub enum DisplayError {
    /// The X server cannot be started.
    #[error("cannot start Xvfb: {0}; install it with `apt-get install xvfb`")]
    Spawn(io::Error),
    /// It did not print the number of its display.
    #[error("Xvfb did not print a display number{0}")]
    Silent(String),
}

/// A running X server. Dropping it ends the server.
#[derive(Debug)]
pub(crate) struct Display {
    name: String,
    /// `None` while it is dropped.
    server: Option<ChildGroup>,
}

impl Display {
    /// Starts an X server on a free display number.
    pub(crate) async fn start() -> Result<Self, DisplayError> {
        let mut command = Command::new("Xvfb");
        command
            .args(["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = ChildGroup::spawn(&mut command).map_err(DisplayError::Spawn)?;
        let Some(stdout) = server.stdout() else {
            return Err(DisplayError::Silent(String::new()));
        };
        let mut line = String::new();
        let mut lines = BufReader::new(stdout);
        let read = timeout(START, lines.read_line(&mut line)).await;
        let number = line.trim();
        match read {
            Ok(Ok(_)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => Ok(Self {
                name: format!(":{number}"),
                server: Some(server),
            }),
            Ok(Err(e)) => Err(DisplayError::Silent(format!(": {e}"))),
            _ => Err(DisplayError::Silent(String::new())),
        }
    }

    /// The name of the display, for `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let server = self.server.take();
        if let (Some(mut server), Ok(runtime)) = (server, Handle::try_current()) {
            // An X server that is killed leaves its lock and its socket in /tmp.
            server.terminate();
            runtime.spawn(async move { server.stop(STOP).await });
        }
    }
}
