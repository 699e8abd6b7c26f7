//! Miniature servers and functions that run them, shared by the tests of the judge.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses a part of this module, and a test may panic"
)]

pub(crate) mod adapter;
mod application;
mod flaws;
mod in_front;
pub(crate) mod match_flaws;
pub(crate) mod preflight_flaws;
pub(crate) mod raw;
pub(crate) mod right;

use crosscheck_corpus::{Case, Corpus, Flag};
use crosscheck_results::Events;
use crosscheck_results::{CaseResult, Footer, Header};
use crosscheck_runner::run::{RunOptions, Selection, all_cases, run};
use crosscheck_runner::stop::StopRequest;
use crosscheck_runner::subject::{InProcess, Subject};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

pub(crate) static CORPUS: LazyLock<(Corpus, Vec<Arc<Case>>)> = LazyLock::new(|| {
    let corpus = Corpus::load(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases")]);
    let cases = all_cases(&corpus);
    (corpus, cases)
});

/// Long enough for any machine. Only a test that hangs waits so long.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// Keeps the results that a run reports.
#[derive(Default)]
pub(crate) struct Keep(pub(crate) Vec<CaseResult>);

impl Events for Keep {
    fn subject_started(&mut self, _: &Header) {}
    fn case_finished(&mut self, case: &CaseResult) {
        self.0.push(case.clone());
    }
    fn subject_finished(&mut self, _: &Footer) {}
}

/// Runs the cases that `select` accepts on a server.
pub(crate) async fn judge(
    server: Arc<dyn InProcess>,
    select: impl Fn(&Case) -> bool,
    timeout: Duration,
) -> (Footer, Vec<CaseResult>) {
    let mut keep = Keep::default();
    let footer = run_with_events(server, select, timeout, &mut keep).await;
    (footer, keep.0)
}

/// Runs the cases that `select` accepts on a server, and sends the events to `events`.
pub(crate) async fn run_with_events(
    server: Arc<dyn InProcess>,
    select: impl Fn(&Case) -> bool,
    timeout: Duration,
    events: &mut dyn Events,
) -> Footer {
    let known = Subject::in_process("mini", Flag::ALL, server);
    run_subject(known, select, timeout, events).await
}

/// Runs the cases that `select` accepts on a subject with a description, and sends the events to `events`.
pub(crate) async fn run_subject(
    known: Subject,
    select: impl Fn(&Case) -> bool,
    timeout: Duration,
    events: &mut dyn Events,
) -> Footer {
    let (corpus, cases) = &*CORPUS;
    let selected: Vec<Arc<Case>> = cases.iter().filter(|c| c.for_servers() && select(c)).cloned().collect();
    assert!(!selected.is_empty(), "no case is selected");
    let known = BTreeMap::from([("mini".to_owned(), known)]);
    let options = RunOptions {
        corpus,
        selected: &selected,
        selection: Selection::default(),
        filters: Vec::new(),
        repeat: Vec::new(),
        known: &known,
        addresses: BTreeMap::new(),
        subjects: vec!["mini".parse().unwrap()],
        baselines: None,
        jobs: 4,
        timeout,
        headers: crosscheck_runner::server::AddedHeaders::default(),
        engine_paths: BTreeMap::new(),
        output: None,
        resume: false,
        max_fail: None,
        stop: StopRequest::never(),
    };
    let summary = run(options, events).await.unwrap();
    let footer = summary.subjects[0].1.clone();
    assert_eq!(footer.error, None);
    assert!(footer.complete);
    assert_eq!(footer.verdicts.values().sum::<usize>(), footer.cases);
    footer
}

/// Describes every deviation of some results, one per line.
pub(crate) fn lines(results: &[CaseResult]) -> Vec<String> {
    let all = results.iter().flat_map(|c| {
        c.deviations
            .iter()
            .map(move |d| format!("{} {} {}: {}", c.id, d.verdict, d.cause, d.what))
    });
    all.collect()
}
