//! A refusal counts only if the server was itself: what a limiter, a firewall or an outage answers is not judged.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::right::{Flaw, Mini};
use common::{LONG, judge, lines};
use crosscheck_corpus::{Case, PolicyRef};
use crosscheck_results::{CaseResult, Verdict};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The policy whose cases these tests run.
fn of_the_policy(case: &Case) -> bool {
    matches!(case.policy(), Some(PolicyRef::Named(name)) if name == "one")
}

async fn results(flaw: Flaw) -> (BTreeMap<Verdict, usize>, Vec<CaseResult>) {
    let (footer, results) = judge(Arc::new(Mini(flaw)), of_the_policy, LONG).await;
    (footer.verdicts, results)
}

fn count(verdicts: &BTreeMap<Verdict, usize>, verdict: Verdict) -> usize {
    verdicts.get(&verdict).copied().unwrap_or_default()
}

fn reasons(results: &[CaseResult]) -> Vec<&str> {
    let not_judged = results.iter().filter(|r| r.verdict == Verdict::NotJudged);
    let mut reasons: Vec<&str> = not_judged.filter_map(|r| r.reason.as_deref()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_503_to_everything_passes_no_case() {
    let (verdicts, results) = results(Flaw::IsDown).await;
    assert_eq!(count(&verdicts, Verdict::Pass), 0, "{verdicts:?}");
    assert_eq!(count(&verdicts, Verdict::OverDeny), 0, "{verdicts:?}");
    assert!(count(&verdicts, Verdict::NotJudged) > 200, "{verdicts:?}");
    let reasons = reasons(&results);
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].contains("503"), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_every_connection_passes_no_case() {
    let (verdicts, _) = results(Flaw::EndsEveryConnection).await;
    assert_eq!(count(&verdicts, Verdict::Pass), 0, "{verdicts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limiter_hides_no_reflection_and_what_it_answers_is_not_judged() {
    let (verdicts, results) = results(Flaw::LimitsAReflection).await;
    assert!(count(&verdicts, Verdict::OverGrant) > 0, "{verdicts:?}");
    assert_eq!(count(&verdicts, Verdict::OverDeny), 0, "{verdicts:?}");
    assert!(count(&verdicts, Verdict::Pass) <= 20, "{verdicts:?}");
    assert!(count(&verdicts, Verdict::NotJudged) > 200, "{verdicts:?}");
    let reasons = reasons(&results);
    assert_eq!(
        reasons,
        ["the server began to answer 429 after 40 requests"],
        "{reasons:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limiter_that_lets_some_requests_pass_causes_no_over_deny() {
    let (verdicts, results) = results(Flaw::LimitsEveryThird).await;
    assert_eq!(lines(&results), Vec::<String>::new());
    assert!(count(&verdicts, Verdict::NotJudged) > 200, "{verdicts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_firewall_refuses_after_an_odd_request_is_not_judged_and_what_came_before_is() {
    let (verdicts, results) = results(Flaw::BansAfterAnOddOrigin).await;
    assert!(count(&verdicts, Verdict::OverGrant) > 50, "{verdicts:?}");
    assert_eq!(count(&verdicts, Verdict::OverDeny), 0, "{verdicts:?}");
    assert!(count(&verdicts, Verdict::NotJudged) > 50, "{verdicts:?}");
    assert!(
        reasons(&results).iter().all(|r| r.contains("403")),
        "{:?}",
        reasons(&results)
    );
}
