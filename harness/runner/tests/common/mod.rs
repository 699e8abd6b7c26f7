//! What the tests of the judge share: miniature servers, and a run over them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses a part of it, and a test may panic"
)]

pub(crate) mod adapter;
pub(crate) mod raw;
pub(crate) mod right;

use crosscheck_corpus::{Case, Corpus, Flag};
use crosscheck_results::Events;
use crosscheck_results::{CaseResult, Footer, Header};
use crosscheck_runner::run::{RunOptions, all_cases, run};
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

/// Long enough for any machine; only a hang waits for it.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// Keeps what a run tells.
#[derive(Default)]
pub(crate) struct Keep(pub(crate) Vec<CaseResult>);

impl Events for Keep {
    fn subject_started(&mut self, _: &Header, _: usize) {}
    fn case_finished(&mut self, case: &CaseResult) {
        self.0.push(case.clone());
    }
    fn subject_finished(&mut self, _: &Footer) {}
}

/// Runs the cases with a policy that `select` takes on a server.
pub(crate) async fn judge(
    server: Arc<dyn InProcess>,
    select: impl Fn(&Case) -> bool,
    timeout: Duration,
) -> (Footer, Vec<CaseResult>) {
    let mut keep = Keep::default();
    let footer = tell(server, select, timeout, &mut keep).await;
    (footer, keep.0)
}

/// The same, told to someone else.
pub(crate) async fn tell(
    server: Arc<dyn InProcess>,
    select: impl Fn(&Case) -> bool,
    timeout: Duration,
    events: &mut dyn Events,
) -> Footer {
    let known = Subject::in_process("mini", Flag::ALL, server);
    tell_of(known, select, timeout, events).await
}

/// The same of a subject that promises something.
pub(crate) async fn tell_of(
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
        filters: Vec::new(),
        repeat: Vec::new(),
        known: &known,
        subjects: vec!["mini".parse().unwrap()],
        baselines: None,
        jobs: 4,
        timeout,
        engine_paths: BTreeMap::new(),
        output: None,
    };
    let summary = run(options, events).await.unwrap();
    let footer = summary.subjects[0].1.clone();
    assert_eq!(footer.error, None);
    assert!(footer.complete);
    assert_eq!(footer.verdicts.values().sum::<usize>(), footer.cases);
    footer
}

/// Every deviation of some results, a line each.
pub(crate) fn lines(results: &[CaseResult]) -> Vec<String> {
    let all = results.iter().flat_map(|c| {
        c.deviations
            .iter()
            .map(move |d| format!("{} {} {}: {}", c.id, d.verdict, d.cause, d.what))
    });
    all.collect()
}
