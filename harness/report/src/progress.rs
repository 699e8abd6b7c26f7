//! A progress bar on long runs, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// A run that ends before this shows no bar.
const LONG: Duration = Duration::from_millis(1200);

/// Counts cases of one subject after the other on stderr; silent where stderr is no terminal.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    shown: bool,
}

impl Progress {
    /// A bar, if `wanted` and stderr is a terminal.
    #[must_use]
    pub fn new(wanted: bool) -> Self {
        let bar = (wanted && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self {
            bar,
            started: Instant::now(),
            shown: false,
        }
    }

    /// A subject starts.
    pub fn subject(&mut self, name: &str, cases: usize) {
        if let Some(bar) = &self.bar {
            bar.inc_length(u64::try_from(cases).unwrap_or(u64::MAX));
            bar.set_message(crate::clean(name).into_owned());
        }
        self.show();
    }

    /// A case has finished.
    pub fn case(&mut self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
        self.show();
    }

    /// Does something with the bar out of the way, such as writing to the terminal.
    pub fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }

    /// The run has finished: the bar goes.
    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn show(&mut self) {
        if self.shown || self.started.elapsed() < LONG {
            return;
        }
        self.shown = true;
        if let Some(bar) = &self.bar {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}
