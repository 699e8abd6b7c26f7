//! Measures `crosscheck run` as users start it: the time from start to finish, and the peak memory.

use super::{against, median};
use crate::process::{root, target};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

/// The cost of one run.
pub(super) struct Took {
    pub(super) seconds: f64,
    /// The peak memory, in MiB.
    pub(super) peak: f64,
    /// Whether every deviation is listed in a baseline.
    pub(super) as_expected: bool,
}

/// Measures the program that `cargo build --release` built.
pub(crate) fn measure() -> Result<Value> {
    let (mut seconds, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let took = run_once(&["run"])?;
        ensure!(
            took.as_expected,
            "`crosscheck run` has deviations that no baseline lists"
        );
        seconds.push(took.seconds);
        memory.push(took.peak);
    }
    Ok(json!({
        "rounds": ROUNDS,
        "run_seconds": against(median(seconds), 2.0, false),
        "run_peak_mib": against(median(memory), 100.0, false),
    }))
}

/// Runs the program once, with a results file of its own. Returns an error if it could not run.
pub(super) fn run_once(arguments: &[&str]) -> Result<Took> {
    let output = target().join("bench-results.jsonl");
    let output = output.to_string_lossy();
    once(&[arguments, &["--output", &output]].concat())
}

/// Runs the program once. Returns an error if it could not run.
pub(super) fn once(arguments: &[&str]) -> Result<Took> {
    let clock = Instant::now();
    let mut child = Command::new(target().join("release/crosscheck"))
        .args(arguments)
        .current_dir(root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start target/release/crosscheck")?;
    let mut most = 0.0_f64;
    let status = loop {
        most = most.max(peak(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    ensure!(
        matches!(status.code(), Some(0 | 1)),
        "`crosscheck {}` ended with {status}",
        arguments.join(" ")
    );
    Ok(Took {
        seconds: clock.elapsed().as_secs_f64(),
        peak: most,
        as_expected: status.success(),
    })
}

/// Returns the peak memory of a process so far, in MiB. Linux reports it.
fn peak(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib / 1024.0)
}
