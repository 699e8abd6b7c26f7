//! Asking releases: side by side as in any run, without a baseline.

use super::Release;
use crate::run::{RunError, RunOptions, run};
use crate::subject::{Subject, SubjectSpec};
use crosscheck_corpus::{Case, Corpus};
use crosscheck_results::Events;
use crosscheck_results::{CaseResult, Footer, Header};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Who wants to know how it goes: called with each release once it is asked to its end.
pub type Watcher<'w> = &'w mut dyn FnMut(&SubjectSpec, &Release);

/// Runs cases, sorted by id, on each of some releases, all of which must be known. Each answer keeps the rules it broke and no
/// more.
///
/// # Errors
/// Where a subject is unknown, or the results of a run cannot be kept.
pub async fn ask(
    corpus: &Corpus,
    selected: &[Arc<Case>],
    known: &BTreeMap<String, Subject>,
    releases: &[SubjectSpec],
    how: (usize, Duration),
    watcher: Watcher<'_>,
) -> Result<BTreeMap<SubjectSpec, Release>, RunError> {
    let (jobs, timeout) = how;
    let options = RunOptions {
        corpus,
        selected,
        filters: Vec::new(),
        repeat: Vec::new(),
        known,
        subjects: releases.to_vec(),
        // A known deviation is one all the same.
        baselines: None,
        jobs,
        timeout,
        engine_paths: BTreeMap::new(),
        output: None,
    };
    let mut collector = Collector {
        releases,
        done: Vec::new(),
        open: Release::default(),
        watcher,
    };
    run(options, &mut collector).await?;
    Ok(releases.iter().cloned().zip(collector.done).collect())
}

/// Takes results in. They come release by release, in the order asked for.
struct Collector<'c, 'w> {
    releases: &'c [SubjectSpec],
    done: Vec<Release>,
    open: Release,
    watcher: Watcher<'w>,
}

impl Events for Collector<'_, '_> {
    fn subject_started(&mut self, header: &Header, _: usize) {
        self.open = Release {
            version: header.version.clone(),
            ..Release::default()
        };
    }

    fn case_finished(&mut self, case: &CaseResult) {
        self.open.add(case);
    }

    fn subject_finished(&mut self, footer: &Footer) {
        self.open.error.clone_from(&footer.error);
        let release = std::mem::take(&mut self.open);
        if let Some(spec) = self.releases.get(self.done.len()) {
            (self.watcher)(spec, &release);
        }
        self.done.push(release);
    }
}
