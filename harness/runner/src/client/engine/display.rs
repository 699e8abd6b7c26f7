//! An X server without a screen, for engines that need one.

use crate::process::ChildGroup;
use std::io;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

/// How long it may take to start.
const START: Duration = Duration::from_secs(60);

/// Why there is no display.
#[derive(Debug, thiserror::Error)]
pub enum DisplayError {
    /// It cannot be started.
    #[error("cannot start Xvfb: {0}; `apt-get install xvfb` brings it")]
    Spawn(io::Error),
    /// It tells no display.
    #[error("Xvfb tells no display{0}")]
    Silent(String),
}

/// A running X server. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Display {
    name: String,
    _server: ChildGroup,
}

impl Display {
    /// Starts one on a number that is free.
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
                _server: server,
            }),
            Ok(Err(e)) => Err(DisplayError::Silent(format!(": {e}"))),
            _ => Err(DisplayError::Silent(String::new())),
        }
    }

    /// Its name, for `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}
