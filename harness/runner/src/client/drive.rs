//! Starts an engine, watches it walk through the pages, and starts it anew when it is gone.

use super::engine::{Display, Engine, EngineError, Scene};
use super::hosts::Hosts;
use super::origin::Mint;
use super::page::RUNNER_HOST;
use super::site::CaseSite;
use crate::process::{ChildGroup, Tail};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How often an engine may be lost without a finished case in between.
const MAX_FRUITLESS: usize = 3;
/// How much of stderr is kept, in bytes.
const MAX_STDERR: usize = 8 << 10;
/// How much of stderr a message has, in bytes.
const SHOWN_STDERR: usize = 400;

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

/// How an engine was lost.
#[derive(Debug, thiserror::Error)]
enum Loss {
    /// A page reported it.
    #[error("{0}")]
    Reported(&'static str),
    /// The process ended.
    #[error("the engine ended: {0}")]
    Ended(ExitStatus),
    /// The process ended, and the system does not report how.
    #[error("the engine ended: {0}")]
    Unknown(io::Error),
    /// Nothing happened for too long.
    #[error("the engine did nothing for {} s", .0.as_secs())]
    Idle(Duration),
}

/// How the run of an engine ended.
enum Gone {
    /// It was told that there is nothing more to do.
    Finished,
    /// It ended by itself, or hung.
    Lost(Loss),
}

impl Drive {
    /// Until every case has ended.
    pub(super) async fn run(&self) -> Result<(), DriveError> {
        let mut fruitless = 0;
        loop {
            let before = self.site.stage().book.count().0;
            match self.once().await? {
                None => return Ok(()),
                Some(how) => {
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

    /// Runs the engine once; returns how it was lost, with the end of its stderr, if it was.
    async fn once(&self) -> Result<Option<String>, DriveError> {
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
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = ChildGroup::spawn(&mut command).map_err(|e| EngineError::Spawn(shown, e))?;
        let stderr = Tail::read(child.stderr(), MAX_STDERR);
        let gone = self.watch(&mut child).await;
        // How it ended has been seen.
        let _ = child.kill().await;
        Ok(match gone {
            Gone::Finished => None,
            Gone::Lost(loss) => Some(format!("{loss}{}", stderr.suffix(SHOWN_STDERR))),
        })
    }

    async fn watch(&self, child: &mut ChildGroup) -> Gone {
        let mut moved = self.site.watch();
        loop {
            {
                let mut stage = self.site.stage();
                if let Some(how) = stage.lost.take() {
                    return Gone::Lost(Loss::Reported(how));
                }
                if stage.over {
                    return Gone::Finished;
                }
            }
            tokio::select! {
                status = child.wait() => {
                    return Gone::Lost(status.map_or_else(Loss::Unknown, Loss::Ended));
                }
                moved = timeout(self.patience, moved.changed()) => {
                    if moved.is_err() {
                        return Gone::Lost(Loss::Idle(self.patience));
                    }
                }
            }
        }
    }
}
