//! Measures and prints the figures as JSON. Compared measurements run interleaved in one process, and medians are reported. Absolute
//! figures depend on the machine, ratios much less.

mod clients;
mod corpus;
mod large;
mod model;
mod program;
mod server;

use crate::process::{cargo, run as perform};
use anyhow::{Result, bail};
use serde_json::{Value, json};

/// The rounds of each measurement, of which the median is reported.
pub(crate) const ROUNDS: usize = 9;

/// Runs the benchmarks. The browser engines and the large corpora, which take minutes, are measured only on request.
pub(crate) fn run(with_clients: bool, with_large: bool) -> Result<()> {
    if cfg!(debug_assertions) {
        bail!("measurements need a release build; run `cargo xtask bench`");
    }
    let mut build = cargo();
    build.args(["build", "--quiet", "--release", "--package", "crosscheck"]);
    build.args(["--package", "crosscheck-adapter-tower-http"]);
    perform(build)?;
    let mut figures = json!({
        "crosscheck_bench": 1,
        "rounds": ROUNDS,
        "model": model::measure()?,
        "corpus": corpus::measure()?,
        "server": server::measure()?,
        "program": program::measure()?,
    });
    if with_clients && let Some(map) = figures.as_object_mut() {
        map.insert("clients".to_owned(), clients::measure()?);
    }
    if with_large && let Some(map) = figures.as_object_mut() {
        map.insert("large".to_owned(), large::measure()?);
    }
    println!("{}", serde_json::to_string_pretty(&figures)?);
    Ok(())
}

/// Returns the median.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Renders a figure with its target.
pub(crate) fn against(value: f64, target: f64, at_least: bool) -> Value {
    let holds = if at_least { value >= target } else { value <= target };
    let bound = if at_least { "at_least" } else { "at_most" };
    let rounded = (value * 1000.0).round() / 1000.0;
    json!({ "value": rounded, bound: target, "holds": holds })
}
