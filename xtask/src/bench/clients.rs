//! Measures the browser engines: the time of the whole corpus against the sum of its allowed costs, and the memory of the harness.

use super::{against, program};
use crate::clients::ENGINES;
use crate::process::root;
use anyhow::{Context as _, Result};
use crosscheck_corpus::{Case, Corpus};
use crosscheck_runner::client::{page_count, stated_waits};
use crosscheck_runner::run::all_cases;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The seconds that a page origin may take, and the cases per second that an engine must reach.
const SECONDS_PER_PAGE: f64 = 0.7;
const CASES_PER_SECOND: f64 = 80.0;
/// The MiB that the harness may use, without the engines.
const HARNESS_MIB: f64 = 150.0;
/// A case that every engine can run, to measure the cost of a start. It needs no second start for another cookie mode.
const ONE: &str = "cors-check/wildcard#default-mode";

/// Measures every engine once; a run of the whole corpus takes about a minute. The figures include the load of the machine, since the
/// bounds apply to a quiet one.
pub(crate) fn measure() -> Result<Value> {
    let corpus = Corpus::load(&[root().join("cases")]);
    let cases: Vec<Arc<Case>> = all_cases(&corpus).into_iter().filter(|c| c.for_clients()).collect();
    let pages = u32::try_from(page_count(&cases))?;
    let count = u32::try_from(cases.len())?;
    let waits = u32::try_from(stated_waits(&cases))?;
    let work = SECONDS_PER_PAGE * f64::from(pages) + f64::from(count) / CASES_PER_SECOND + f64::from(waits);
    let mut engines = Map::new();
    for engine in ENGINES {
        let load_before = load()?;
        let start = program::run_once(&["run", ONE, "--client", engine])?;
        let whole = program::run_once(&["run", "--client", engine])?;
        engines.insert(
            engine.to_owned(),
            json!({
                "seconds": against(whole.seconds, start.seconds + work, false),
                "start_seconds": start.seconds,
                "harness_peak_mib": against(whole.peak, HARNESS_MIB, false),
                "as_the_baseline_says": whole.as_expected,
                "load_before": load_before,
                "load_after": load()?,
            }),
        );
    }
    Ok(json!({ "cases": count, "pages": pages, "stated_waits": waits, "engines": engines }))
}

/// Returns how many processes were ready to run in the last minute, on average. Linux reports it.
fn load() -> Result<f64> {
    let line = std::fs::read_to_string("/proc/loadavg").context("cannot read /proc/loadavg")?;
    let first = line.split(' ').next().unwrap_or_default();
    first.parse().context("no load average in /proc/loadavg")
}
