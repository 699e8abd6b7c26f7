//! The end of a command: by itself, or by a signal. Both end the child processes and remove the temporary files.

use crate::exit::Failure;
use crosscheck_report::clean;
use crosscheck_results::Interruption;
use crosscheck_runner::process::{all_ended, kill_all, remove_leftovers};
use crosscheck_runner::stop::{StopRequest, Stopper, stop_request};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

/// How long work may take to end after the signal. After that it is dropped.
const GRACE: Duration = Duration::from_secs(5);
/// How long child processes may take to end after the work. Each gets three seconds after its stdin was closed.
const CHILDREN: Duration = Duration::from_secs(5);
/// How long a task that computes may hold up the end.
const TASKS: Duration = Duration::from_secs(2);

/// What to do if there is no runtime.
const NO_RUNTIME: &str = "the system cannot create a thread or an event queue; end other programs and try again";

/// A runtime for a command, which ends by itself or by a signal. A second signal ends the program at once.
pub(crate) struct Session {
    /// `None` while it is dropped.
    runtime: Option<Runtime>,
    handle: Handle,
    stop: StopRequest,
    stopper: Stopper,
}

/// How work ended.
pub(crate) enum Ended<T> {
    ByItself(T),
    BySignal(Interruption),
}

impl<E> Ended<Result<(), E>> {
    /// The signal, if one ended the work; the error, if it failed before.
    pub(crate) fn interrupted(self) -> Result<Option<Interruption>, E> {
        match self {
            Self::ByItself(result) => result.map(|()| None),
            Self::BySignal(why) => Ok(Some(why)),
        }
    }
}

impl Session {
    pub(crate) fn new() -> Result<Self, Failure> {
        let runtime = runtime()?;
        let (stopper, stop) = stop_request();
        let signals = runtime.block_on(async { Signals::new() });
        runtime.spawn(watch(
            signals.map_err(|e| Failure::usage(e, NO_RUNTIME))?,
            stopper.clone(),
        ));
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
            stop,
            stopper,
        })
    }

    /// A request that comes with the signal.
    pub(crate) fn stop(&self) -> StopRequest {
        self.stop.clone()
    }

    /// Ends the work as a signal does.
    pub(crate) fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Does work until it ends; the signal drops it.
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> Ended<T> {
        let mut stop = self.stop.clone();
        self.handle.block_on(async {
            tokio::select! {
                biased;
                why = stop.requested() => Ended::BySignal(why),
                done = work => Ended::ByItself(done),
            }
        })
    }

    /// Does work that holds a [`StopRequest`] and ends by itself soon after the signal.
    pub(crate) fn run_to_end<T>(&self, work: impl Future<Output = T>) -> Ended<T> {
        let mut stop = self.stop.clone();
        self.handle.block_on(async {
            let mut work = std::pin::pin!(work);
            let why = tokio::select! {
                biased;
                done = &mut work => return Ended::ByItself(done),
                why = stop.requested() => why,
            };
            match timeout(GRACE, work).await {
                Ok(done) => Ended::ByItself(done),
                Err(_) => Ended::BySignal(why),
            }
        })
    }
}

/// Creates a runtime. The constructor panics if the system creates no thread or no pair of sockets, and then it may wait for itself.
/// Nothing has been started at this time, so that the program ends with a message instead.
fn runtime() -> Result<Runtime, Failure> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|panic| {
        let why = panic.payload().downcast_ref::<String>();
        let failure = Failure::message(why.map_or("there is no runtime", String::as_str), NO_RUNTIME);
        failure.print();
        std::process::exit(failure.exit as i32);
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    std::panic::set_hook(hook);
    runtime.map_err(|e| Failure::usage(e, NO_RUNTIME))
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.block_on(all_ended(CHILDREN));
            runtime.shutdown_timeout(TASKS);
        }
    }
}

/// The signals that end a command.
struct Signals {
    int: tokio::signal::unix::Signal,
    term: tokio::signal::unix::Signal,
    /// `None` if the program was started with `nohup`.
    hup: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        let hup = if ignores_hup() {
            None
        } else {
            Some(signal(SignalKind::hangup())?)
        };
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
            hup,
        })
    }

    async fn next(&mut self) -> Interruption {
        let hup = async {
            match &mut self.hup {
                Some(hup) => hup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.int.recv() => Interruption::Int,
            _ = self.term.recv() => Interruption::Term,
            _ = hup => Interruption::Hup,
        }
    }
}

/// Whether the program ignores SIGHUP since its start, as the system lists it. Elsewhere than on Linux it is never ignored.
fn ignores_hup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit is signal 1.
    mask.is_some_and(|mask| mask & 1 == 1)
}

async fn watch(mut signals: Signals, stopper: Stopper) {
    let why = signals.next().await;
    let text = format!("ending after {}; a second signal ends at once", why.as_str());
    // If stderr is closed, the text cannot be shown.
    let _ = writeln!(std::io::stderr(), "{text}");
    stopper.stop(why);
    let second = signals.next().await;
    kill_all();
    std::process::exit(128 + i32::from(second.number()));
}

/// Cleans up after runs that were killed, and reports it on stderr.
pub(crate) fn clean_up() {
    for leftover in remove_leftovers() {
        let folder: &PathBuf = &leftover.folder;
        let processes = match leftover.processes.as_slice() {
            [] => String::new(),
            names => format!(", and ended its processes: {}", names.join(", ")),
        };
        let text = format!(
            "note: removed the folder {} of a run that was killed{processes}",
            folder.display()
        );
        // If stderr is closed, the text cannot be shown.
        let _ = writeln!(std::io::stderr(), "{}", clean(&text));
    }
}
