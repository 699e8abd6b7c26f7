//! Runs cases on releases, concurrently as in any run, without a baseline.

use super::Release;
use crate::run::{RunError, RunOptions, Selection, run};
use crate::stop::StopRequest;
use crate::subject::{Subject, SubjectSpec};
use crosscheck_corpus::{Case, Corpus};
use crosscheck_results::Events;
use crosscheck_results::{CaseResult, Footer, Header};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A callback for the progress. It is called with each release that has finished.
pub type Watcher<'w> = &'w mut dyn FnMut(&SubjectSpec, &Release);

/// Runs cases, which must be sorted by id, on several releases, all of which must be known. Each result keeps only the rules that the
/// release broke.
///
/// # Errors
/// Returns an error if a subject is unknown, or if the results of a run cannot be stored.
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
        selection: Selection::default(),
        filters: Vec::new(),
        repeat: Vec::new(),
        known,
        addresses: crate::run::Addresses::new(),
        subjects: releases.to_vec(),
        // A deviation that a baseline lists counts too.
        baselines: None,
        jobs,
        timeout,
        headers: crate::server::AddedHeaders::default(),
        engine_paths: BTreeMap::new(),
        output: None,
        resume: false,
        max_fail: None,
        stop: StopRequest::never(),
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

/// Collects results. They arrive one release after the other, in the order of `releases`.
struct Collector<'c, 'w> {
    releases: &'c [SubjectSpec],
    done: Vec<Release>,
    open: Release,
    watcher: Watcher<'w>,
}

impl Events for Collector<'_, '_> {
    fn subject_started(&mut self, header: &Header) {
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
