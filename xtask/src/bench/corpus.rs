//! Measures loading, linting and replaying the corpus, against a bare `serde_yaml` parse of the same files into untyped values.

use super::{ROUNDS, against, median};
use crate::process::root;
use anyhow::{Context as _, Result, ensure};
use cpu_time::ThreadTime;
use crosscheck_corpus::{Corpus, lint, replay};
use serde_json::{Value, json};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// Measures both, interleaved with each other.
pub(crate) fn measure() -> Result<Value> {
    let cases = root().join("cases");
    let (mut bare, mut ours, mut wall) = (Vec::new(), Vec::new(), Vec::new());
    let mut count = 0;
    for _ in 0..ROUNDS {
        let start = ThreadTime::now();
        untyped(&cases)?;
        bare.push(start.elapsed().as_secs_f64());

        let (start, clock) = (ThreadTime::now(), Instant::now());
        let corpus = Corpus::load(std::slice::from_ref(&cases));
        let faults = lint::lint(&corpus);
        for case in corpus.cases.iter().filter(|c| c.for_clients()) {
            black_box(replay::replay(case));
        }
        ours.push(start.elapsed().as_secs_f64());
        wall.push(clock.elapsed().as_secs_f64());
        ensure!(corpus.problems.is_empty(), "the corpus does not load");
        black_box(faults);
        count = corpus.cases.len();
    }
    let (bare, ours, wall) = (median(bare), median(ours), median(wall));
    Ok(json!({
        "cases": count,
        "load_lint_replay_to_bare_parse": against(ours / bare, 4.0, false),
        "load_lint_replay_ms": against(wall * 1000.0, 150.0, false),
        "bare_parse_ms": bare * 1000.0,
    }))
}

fn untyped(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            untyped(&path)?;
        } else if path.extension().is_some_and(|e| e == "yaml") {
            let text = std::fs::read_to_string(&path)?;
            let value: serde_yaml::Value = serde_yaml::from_str(&text).with_context(|| path.display().to_string())?;
            black_box(value);
        }
    }
    Ok(())
}
