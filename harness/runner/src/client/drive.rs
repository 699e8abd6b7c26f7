//! Starts an engine, watches its progress through the pages, and restarts it when it is lost.

use super::case_queue::Place;
use super::engine::{Display, Engine, EngineError, LaunchContext};
use super::host_names::HostNames;
use super::origin::CertificateAuthority;
use super::page::RUNNER_HOST;
use super::site::CaseSite;
use crate::process::{ChildGroup, RunFolder, Tail, TemporaryFolderError};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The number of consecutive losses of an engine, without progress in between, after which the run fails.
const MAX_FRUITLESS: usize = 3;
/// The number of consecutive pages that may request no fetches before the run fails.
const MAX_SILENT_PAGES: usize = 3;
/// The limit for the stderr that is kept, in bytes.
const MAX_STDERR: usize = 8 << 10;
/// The limit for the stderr that a message quotes, in bytes.
const SHOWN_STDERR: usize = 400;

/// Why an engine could not be driven.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The engine is not available.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The folder for its profile cannot be created.
    #[error("cannot create a folder for a profile: {0}")]
    Profile(io::Error),
    /// There is no folder for temporary files.
    #[error(transparent)]
    Folder(#[from] TemporaryFolderError),
    /// The engine is lost again and again.
    #[error("{name} makes no progress: {how}{}", advice(*.has_run))]
    Fruitless {
        /// The engine.
        name: String,
        /// How it was lost.
        how: String,
        /// Whether a page has run a fetch.
        has_run: bool,
    },
}

/// What to check if no page has run at all, as the end of a message.
pub(super) const fn advice(has_run: bool) -> &'static str {
    if has_run {
        return "";
    }
    "; none of its pages has run a fetch: its command must open the page of `{url}`, and send every request through the proxy of `{proxy}`, \
     those to loopback hosts included"
}

/// The parts that are needed to drive an engine.
pub(super) struct Drive {
    pub(super) engine: Engine,
    pub(super) program: PathBuf,
    pub(super) display: Option<Display>,
    pub(super) site: Arc<CaseSite>,
    pub(super) ca: Arc<CertificateAuthority>,
    pub(super) hosts: HostNames,
    pub(super) proxy: SocketAddr,
    /// The time without any request after which the engine counts as hung.
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
    #[error("the engine did nothing for {} s{}", .0.as_secs(), .1.as_ref().map(|place| format!("; {place}")).unwrap_or_default())]
    Idle(Duration, Option<Place>),
}

/// How the run of an engine ended.
enum Gone {
    /// The server reported the end of the run to it.
    Finished,
    /// The engine ended by itself or hung.
    Lost(Loss),
}

impl Drive {
    /// Drives the engine until every case has ended.
    pub(super) async fn run(&self) -> Result<(), DriveError> {
        let mut fruitless = 0;
        let mut silent_pages = 0;
        loop {
            let before = self.site.state().queue.progress();
            match self.once().await? {
                None => return Ok(()),
                Some(how) => {
                    let mut state = self.site.state();
                    state.queue.client_is_gone(&how);
                    state.lost = None;
                    state.collect_ended();
                    if state.queue.is_done() {
                        return Ok(());
                    }
                    if state.queue.progress() > before {
                        (fruitless, silent_pages) = (0, 0);
                    } else {
                        fruitless += 1;
                    }
                    // The engine may be unable to load one page, and run the others.
                    let place = state.queue.place().filter(|_| fruitless >= MAX_FRUITLESS && before > 0);
                    if let Some(page) = place.as_ref().and_then(Place::unreached)
                        && silent_pages < MAX_SILENT_PAGES
                    {
                        silent_pages += 1;
                        fruitless = 0;
                        state.queue.give_up(page, &how);
                        state.collect_ended();
                    }
                    let is_done = state.queue.is_done();
                    drop(state);
                    if is_done {
                        return Ok(());
                    }
                    if fruitless >= MAX_FRUITLESS {
                        return Err(DriveError::Fruitless {
                            name: self.engine.name().to_owned(),
                            how,
                            has_run: before > 0,
                        });
                    }
                }
            }
        }
    }

    /// Runs the engine once; returns how it was lost, with the end of its stderr, if it was.
    async fn once(&self) -> Result<Option<String>, DriveError> {
        let profile = RunFolder::current()?.folder("profile-").map_err(DriveError::Profile)?;
        let url = format!("http://{RUNNER_HOST}/");
        let context = LaunchContext {
            profile: profile.path(),
            proxy: self.proxy,
            ca: &self.ca,
            hosts: &self.hosts,
            url: &url,
        };
        let mut command = self.engine.command(&self.program, &context)?;
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
        // `watch` has already returned how it ended.
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
                let mut state = self.site.state();
                if let Some(how) = state.lost.take() {
                    return Gone::Lost(Loss::Reported(how));
                }
                if state.over {
                    return Gone::Finished;
                }
            }
            tokio::select! {
                status = child.wait() => {
                    return Gone::Lost(status.map_or_else(Loss::Unknown, Loss::Ended));
                }
                moved = timeout(self.patience, moved.changed()) => {
                    if moved.is_err() {
                        return Gone::Lost(Loss::Idle(self.patience, self.site.state().queue.place()));
                    }
                }
            }
        }
    }
}
