//! The servers of one run are tested concurrently and reported one after the other.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::right::{Flaw, Mini};
use common::{CORPUS, Keep, LONG};
use crosscheck_corpus::{Case, Flag};
use crosscheck_results::{CaseId, read_file};
use crosscheck_runner::run::{RunOptions, Selection, run};
use crosscheck_runner::stop::StopRequest;
use crosscheck_runner::subject::{Configurations, InProcess, Starting, Subject};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Barrier;

/// The correct server, which starts only when another one of its kind starts too.
struct Together(Arc<Barrier>);

impl InProcess for Together {
    fn start<'a>(&'a self, policies: &'a Configurations) -> Starting<'a> {
        Box::pin(async move {
            self.0.wait().await;
            Mini(Flaw::None).start(policies).await
        })
    }
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Runs five servers. The first one starts only together with the last one.
async fn five(output: Option<&Path>) -> (Vec<String>, Vec<(String, CaseId)>) {
    let (corpus, cases) = &*CORPUS;
    let few = |c: &&Arc<Case>| c.id.as_str().starts_with("policies/several#");
    let selected: Vec<Arc<Case>> = cases.iter().filter(few).cloned().collect();
    let together = Arc::new(Barrier::new(2));
    let known: BTreeMap<String, Subject> = NAMES
        .into_iter()
        .map(|name| {
            let server: Arc<dyn InProcess> = if matches!(name, "a" | "e") {
                Arc::new(Together(Arc::clone(&together)))
            } else {
                Arc::new(Mini(Flaw::None))
            };
            (name.to_owned(), Subject::in_process(name, Flag::ALL, server))
        })
        .collect();
    let options = RunOptions {
        corpus,
        selected: &selected,
        selection: Selection::default(),
        filters: Vec::new(),
        repeat: Vec::new(),
        known: &known,
        addresses: BTreeMap::new(),
        subjects: NAMES.iter().map(|n| n.parse().unwrap()).collect(),
        baselines: None,
        jobs: 2,
        timeout: LONG,
        headers: crosscheck_runner::server::AddedHeaders::default(),
        engine_paths: BTreeMap::new(),
        output: output.map(Path::to_owned),
        resume: false,
        max_fail: None,
        stop: StopRequest::never(),
    };
    let mut keep = Keep::default();
    let summary = run(options, &mut keep).await.unwrap();
    for (_, footer) in &summary.subjects {
        assert_eq!(footer.error, None);
        assert!(footer.complete && footer.unexpected.is_empty(), "{footer:?}");
    }
    let subjects = summary.subjects.into_iter().map(|(h, _)| h.subject).collect();
    (subjects, keep.0.into_iter().map(|c| (c.subject, c.id)).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_slowly_does_not_delay_the_others_and_results_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("results.jsonl");
    let (subjects, reported) = five(Some(&output)).await;
    assert_eq!(subjects, NAMES);
    // There are more results than the queue keeps in memory.
    assert!(reported.len() / NAMES.len() > 256, "{} cases", reported.len());
    assert!(reported.is_sorted(), "results are not sorted by subject, then by id");
    let written = read_file(&output).unwrap().into_iter().flat_map(|r| r.cases);
    assert_eq!(written.map(|c| (c.subject, c.id)).collect::<Vec<_>>(), reported);
}
