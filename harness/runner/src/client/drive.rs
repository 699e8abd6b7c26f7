//! Starts an engine, watches it walk through the pages, and starts it anew when it is gone.

use super::engine::{Display, Engine, EngineError, Scene};
use super::hosts::Hosts;
use super::origin::Mint;
use super::page::RUNNER_HOST;
use super::site::CaseSite;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;
use tokio::time::timeout;

/// How often an engine may be gone without any case having ended since.
const MAX_FRUITLESS: usize = 3;
/// How much of what an engine writes is kept.
const MAX_SAID: usize = 8 << 10;

/// Why an engine could not be driven.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// It cannot be had.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is no folder for its profile.
    #[error("no folder for a profile can be made: {0}")]
    Profile(io::Error),
    /// It is gone again and again.
    #[error("{0} gets nowhere: {1}")]
    Fruitless(&'static str, String),
}

/// What it takes to drive an engine.
pub(super) struct Drive {
    pub(super) engine: Engine,
    pub(super) program: PathBuf,
    pub(super) display: Option<Display>,
    pub(super) site: Arc<CaseSite>,
    pub(super) mint: Arc<Mint>,
    pub(super) hosts: Hosts,
    pub(super) proxy: SocketAddr,
    /// How long nothing may happen.
    pub(super) patience: Duration,
}

/// How an engine ended.
enum Gone {
    /// It was told that there is nothing more.
    Finished,
    /// By itself, or it hung.
    Lost(String),
}

impl Drive {
    /// Until every case has ended.
    pub(super) async fn run(&self) -> Result<(), DriveError> {
        let mut fruitless = 0;
        loop {
            let before = self.site.stage().book.count().0;
            match self.once().await? {
                Gone::Finished => return Ok(()),
                Gone::Lost(how) => {
                    let mut stage = self.site.stage();
                    stage.book.client_is_gone(&how);
                    stage.lost = None;
                    stage.settle();
                    if stage.book.is_done() {
                        return Ok(());
                    }
                    fruitless = if stage.book.count().0 > before {
                        0
                    } else {
                        fruitless + 1
                    };
                    drop(stage);
                    if fruitless >= MAX_FRUITLESS {
                        return Err(DriveError::Fruitless(self.engine.name(), how));
                    }
                }
            }
        }
    }

    async fn once(&self) -> Result<Gone, DriveError> {
        let profile = tempfile::Builder::new()
            .prefix("crosscheck-profile-")
            .tempdir()
            .map_err(DriveError::Profile)?;
        let url = format!("http://{RUNNER_HOST}/");
        let scene = Scene {
            profile: profile.path(),
            proxy: self.proxy,
            mint: &self.mint,
            hosts: &self.hosts,
            url: &url,
        };
        let mut command = self.engine.command(&self.program, &scene)?;
        if let Some(display) = &self.display {
            command.env("DISPLAY", display.name());
        }
        let shown = self.program.display().to_string();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| EngineError::Spawn(shown, e))?;
        let said = Arc::new(Mutex::new(Vec::new()));
        if let Some(pipe) = child.stderr.take() {
            tokio::spawn(keep(pipe, Arc::clone(&said)));
        }
        let mut group = Group::of(&child);
        let gone = self.watch(&mut child).await;
        group.kill();
        let _ = child.wait().await;
        Ok(match gone {
            Gone::Finished => Gone::Finished,
            Gone::Lost(how) => {
                let said = said.lock().unwrap_or_else(PoisonError::into_inner);
                let tail = said.get(said.len().saturating_sub(400)..).unwrap_or_default();
                let tail = crosscheck_text::escape_truncated(tail, 400);
                Gone::Lost(if tail.is_empty() {
                    how
                } else {
                    format!("{how}; it said: {tail}")
                })
            }
        })
    }

    async fn watch(&self, child: &mut Child) -> Gone {
        let mut moved = self.site.watch();
        loop {
            {
                let mut stage = self.site.stage();
                if let Some(how) = stage.lost.take() {
                    return Gone::Lost(how.to_owned());
                }
                if stage.over {
                    return Gone::Finished;
                }
            }
            tokio::select! {
                status = child.wait() => {
                    let how = status.map_or_else(|e| e.to_string(), |s| s.to_string());
                    return Gone::Lost(format!("the engine ended: {how}"));
                }
                moved = timeout(self.patience, moved.changed()) => {
                    if moved.is_err() {
                        return Gone::Lost(format!("the engine did nothing for {} s", self.patience.as_secs()));
                    }
                }
            }
        }
    }
}

/// The process group of an engine: it has children of its own.
struct Group(Option<rustix::process::Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(rustix::process::Pid::from_raw))
    }

    /// Once: afterwards the number may be somebody else's.
    fn kill(&mut self) {
        if let Some(group) = self.0.take() {
            // It may have ended by itself.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Keeps the end of what it says.
async fn keep(mut pipe: impl AsyncRead + Unpin, kept: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let over = kept.len().saturating_sub(MAX_SAID);
        kept.drain(..over);
    }
}
