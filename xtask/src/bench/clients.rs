//! The browser engines: the whole corpus against what its parts may cost, and the memory of the harness meanwhile.

use super::{against, program};
use crate::process::root;
use crate::test::ENGINES;
use anyhow::Result;
use crosscheck_corpus::{Case, Corpus};
use crosscheck_runner::client::page_count;
use crosscheck_runner::run::all_cases;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Seconds that a page origin may cost, and cases a second that an engine must manage.
const SECONDS_PER_PAGE: f64 = 0.7;
const CASES_PER_SECOND: f64 = 80.0;
/// One case that every engine can be asked: what a start costs.
const ONE: &str = "cors-check/wildcard";

/// Measures every engine once: a run of the whole corpus takes about a minute.
pub(crate) fn measure() -> Result<Value> {
    let corpus = Corpus::load(&[root().join("cases")]);
    let cases: Vec<Arc<Case>> = all_cases(&corpus).into_iter().filter(|c| c.for_clients()).collect();
    let pages = u32::try_from(page_count(&cases))?;
    let count = u32::try_from(cases.len())?;
    // Cases that let time pass do so side by side: the longest of them counts.
    let waits = cases
        .iter()
        .map(|c| c.fetches.iter().map(|f| f.after).sum::<u64>())
        .filter(|w| *w <= 20)
        .max();
    let waits = f64::from(u32::try_from(waits.unwrap_or_default())?);
    let mut engines = Map::new();
    for engine in ENGINES {
        let start = program::once(&["run", ONE, "--client", engine])?;
        let whole = program::once(&["run", "--client", engine])?;
        let bound = start.seconds + SECONDS_PER_PAGE * f64::from(pages) + f64::from(count) / CASES_PER_SECOND + waits;
        engines.insert(
            engine.to_owned(),
            json!({
                "seconds": against(whole.seconds, bound, false),
                "start_seconds": start.seconds,
                "harness_peak_mib": against(whole.peak, 150.0, false),
            }),
        );
    }
    Ok(json!({ "cases": count, "pages": pages, "stated_waits": waits, "engines": engines }))
}
