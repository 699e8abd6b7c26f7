//! Tests subjects that run in their own process. This program is also their adapter: it starts itself.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::adapter::{self, How};
use common::{CORPUS, Keep, LONG};
use crosscheck_corpus::{Case, PolicyRef};
use crosscheck_results::{CaseResult, Footer, Verdict};
use crosscheck_runner::run::{RunOptions, Selection, run};
use crosscheck_runner::stop::StopRequest;
use crosscheck_runner::subject::Subject;
use crosscheck_runner::subjects::all;
use std::collections::BTreeMap;
use std::sync::Arc;

fn main() {
    let mut arguments = std::env::args().skip(1);
    if let (Some("adapter"), Some(how)) = (arguments.next().as_deref(), arguments.next()) {
        return adapter::serve(how.parse().unwrap());
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        a_library_with_global_state_mixes_up_its_policies_in_one_process().await;
        a_process_per_policy_separates_the_policies().await;
        a_crash_restarts_only_the_process_of_its_policy().await;
        a_process_that_does_not_start_breaks_only_its_own_cases().await;
        the_correct_server_is_not_slow().await;
        cost_that_grows_faster_than_its_header_is_slow().await;
    });
    println!("all tests passed");
}

/// Describes this program as a subject, as a `subject.yaml` would.
fn known(how: How, process_per_policy: bool) -> Subject {
    let folder = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let description = serde_json::json!({
        "name": "self", "role": "server",
        "package": { "registry": "this", "name": "self", "version": "1" },
        "start": [program, "adapter", how.as_str()],
        "flags": crosscheck_corpus::Flag::ALL,
        "process_per_policy": process_per_policy,
    });
    let own = folder.path().join("self");
    std::fs::create_dir(&own).unwrap();
    // JSON is YAML.
    std::fs::write(own.join("subject.yaml"), description.to_string()).unwrap();
    all(folder.path(), &[]).unwrap().remove("self").unwrap()
}

async fn judge(how: How, process_per_policy: bool, select: impl Fn(&Case) -> bool) -> (Footer, Vec<CaseResult>) {
    let (corpus, cases) = &*CORPUS;
    let selected: Vec<Arc<Case>> = cases.iter().filter(|c| c.for_servers() && select(c)).cloned().collect();
    let known = BTreeMap::from([("self".to_owned(), known(how, process_per_policy))]);
    let options = RunOptions {
        corpus,
        selected: &selected,
        selection: Selection::default(),
        filters: Vec::new(),
        repeat: Vec::new(),
        known: &known,
        addresses: BTreeMap::new(),
        subjects: vec!["self".parse().unwrap()],
        baselines: None,
        jobs: 2,
        timeout: LONG,
        headers: crosscheck_runner::server::AddedHeaders::default(),
        engine_paths: BTreeMap::new(),
        output: None,
        resume: false,
        max_fail: None,
        stop: StopRequest::never(),
    };
    let mut keep = Keep::default();
    let summary = run(options, &mut keep).await.unwrap();
    let footer = summary.subjects[0].1.clone();
    assert!(footer.complete, "{footer:?}");
    (footer, keep.0)
}

/// Selects a few cases of three policies.
fn few(case: &Case) -> bool {
    let policies = ["one", "pair", "several"];
    let named = case
        .policy()
        .and_then(PolicyRef::name)
        .is_some_and(|n| policies.contains(&n));
    named && (case.id.as_str().contains("#origin/") || case.id.as_str().contains("#method/"))
}

async fn a_library_with_global_state_mixes_up_its_policies_in_one_process() {
    let (footer, _) = judge(How::Global, false, few).await;
    assert!(
        footer.verdicts.contains_key(&Verdict::OverGrant),
        "{:?}",
        footer.verdicts
    );
}

async fn a_process_per_policy_separates_the_policies() {
    let (footer, results) = judge(How::Global, true, few).await;
    assert_eq!(footer.error, None);
    assert_eq!(footer.verdicts.keys().collect::<Vec<_>>(), [&Verdict::Pass]);
    let ids: Vec<_> = results.iter().map(|r| &r.id).collect();
    assert!(ids.is_sorted(), "results come in the order of their ids");
}

async fn a_crash_restarts_only_the_process_of_its_policy() {
    let (footer, results) = judge(How::DiesOnPut, true, few).await;
    assert_eq!(footer.error, None);
    let broken: Vec<&CaseResult> = results.iter().filter(|r| r.verdict == Verdict::Broken).collect();
    assert!(!broken.is_empty());
    for result in &broken {
        // Only `several` lists PUT, so that no other process ever sees one.
        assert!(
            result.id.as_str().starts_with("policies/several#method/"),
            "{}",
            result.id
        );
        assert!(
            result.reason.as_deref().unwrap().contains("process ended"),
            "{result:?}"
        );
    }
    let rest = results.len() - broken.len();
    assert_eq!(footer.verdicts.get(&Verdict::Pass), Some(&rest));
}

async fn a_process_that_does_not_start_breaks_only_its_own_cases() {
    let (footer, results) = judge(How::DoesNotStartWithPair, true, few).await;
    assert_eq!(footer.error, None);
    for result in &results {
        let own = result.id.as_str().starts_with("policies/pair#");
        let verdict = if own { Verdict::Broken } else { Verdict::Pass };
        assert_eq!(result.verdict, verdict, "{}: {:?}", result.id, result.reason);
    }
}

async fn the_correct_server_is_not_slow() {
    let (footer, results) = judge(How::Right, false, |c| c.id.as_str().contains("#slow/")).await;
    assert_eq!(
        footer.verdicts.keys().collect::<Vec<_>>(),
        [&Verdict::Pass],
        "{results:#?}"
    );
    assert_eq!(footer.examined.get("slow"), Some(&results.len()));
}

async fn cost_that_grows_faster_than_its_header_is_slow() {
    let (_, results) = judge(How::Slow, false, |c| c.id.as_str().starts_with("policies/pair#slow/")).await;
    let [origin, names, spaces] = results.as_slice() else {
        panic!("{} cases", results.len())
    };
    for other in [names, spaces] {
        assert_eq!(other.verdict, Verdict::Pass, "{other:#?}");
    }
    let [deviation] = origin.deviations.as_slice() else {
        panic!("{origin:#?}")
    };
    assert_eq!(deviation.rule.as_deref(), Some("slow"));
    assert_eq!(
        (deviation.verdict, deviation.cause.as_str()),
        (Verdict::Broken, "slow/origin")
    );
    assert!(!origin.transcript.is_empty());
}
