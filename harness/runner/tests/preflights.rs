//! A server that treats one kind of preflight wrongly is caught, as a subject and by `probe`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::preflight_flaws::PreflightFlaw;
use common::right::{Flaw, Mini};
use common::{CORPUS, Keep, LONG, judge, lines};
use crosscheck_corpus::PolicyRef;
use crosscheck_corpus::policy::Configuration;
use crosscheck_fetch::Url;
use crosscheck_results::CaseResult;
use crosscheck_runner::run::run_probe;
use crosscheck_runner::server::{AddedHeaders, Probe, Probing, RemoteServer};
use crosscheck_runner::stop::StopRequest;
use crosscheck_runner::subject::{Configurations, InProcess, PolicySupport};
use std::sync::Arc;

/// Runs a flawed server under a policy of the corpus.
async fn as_subject(flaw: PreflightFlaw, policy: &str) -> Vec<CaseResult> {
    let of_policy = |of: &PolicyRef| of.name() == Some(policy);
    let server = Arc::new(Mini(Flaw::OfPreflights(flaw)));
    judge(server, |case| case.policy().is_some_and(of_policy), LONG).await.1
}

/// Probes a flawed server by its URL. Only GET, HEAD and OPTIONS are sent.
async fn probed(flaw: Flaw, policy_id: &str) -> Vec<CaseResult> {
    let policy = CORPUS.0.policies[policy_id].policy.clone();
    let configuration = Configuration::of_document(policy_id, Some(policy.clone())).unwrap();
    let configurations = Configurations::from([(policy_id.to_owned(), configuration)]);
    let server = Mini(flaw);
    let server = server.start(&configurations).await.unwrap();
    let PolicySupport::Ready(address) = &server.listeners[policy_id] else {
        panic!("{policy_id} is refused")
    };
    let probing = Probing {
        server: RemoteServer {
            url: format!("http://{address}/").parse::<Url>().unwrap().into(),
            headers: AddedHeaders::default(),
            allow_unsafe: false,
            rate: 100_000.0,
            timeout: LONG,
            authorities: None,
        },
        policy_id: policy_id.to_owned(),
        policy,
    };
    let mut probe = Probe::open(&probing).await.unwrap();
    let mut keep = Keep::default();
    run_probe(
        &mut probe,
        probing.server.url.expose().as_str(),
        Vec::new(),
        None,
        StopRequest::never(),
        &mut keep,
    )
    .await
    .unwrap();
    keep.0
}

/// Checks that the flaw breaks the rule, and no other one.
fn breaks(flaw: PreflightFlaw, rule: &str, results: &[CaseResult], how: &str) {
    let broken: Vec<_> = results.iter().flat_map(|r| &r.deviations).collect();
    assert!(!broken.is_empty(), "{flaw:?} is not caught by {how}");
    let others = broken.iter().any(|d| d.rule.as_deref() != Some(rule));
    assert!(
        !others,
        "{flaw:?} breaks not only {rule}:\n{}",
        lines(results).join("\n")
    );
}

/// Where a flaw shows.
#[derive(PartialEq)]
enum At {
    /// At the URL that `probe` requests.
    Root,
    /// At a path of the application contract alone.
    Paths,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flaw_of_one_kind_of_preflight_is_caught_as_a_subject_and_by_probe() {
    use At::{Paths, Root};
    use PreflightFlaw::*;
    for (flaw, rule, policy, at) in [
        (ForbidsPost, "refuse", "json", Root),
        (ForbidsPost, "refuse", "pair", Root),
        (ForbidsHead, "refuse", "json", Root),
        (ForbidsGetWithoutHeaders, "refuse", "one", Root),
        (RefusesTheLastHeaderAlone, "refuse", "list-credentials", Root),
        (RefusesSeveralHeaders, "refuse", "list-credentials", Root),
        (RefusesSeveralHeaders, "refuse", "json", Root),
        (MatchesHeadersInOrder, "refuse", "list-credentials", Root),
        (RefusesJsonOfPut, "refuse", "json", Root),
        (RefusesAuthorizationBeyondGet, "refuse", "json", Root),
        (GrantsMethodsAtTheRootOnly, "refuse", "list-credentials", Paths),
        (RefusesTheLastOrigin, "refuse", "several", Root),
        (RefusesHeadOfTheSecondOrigin, "refuse", "pair", Root),
        (RefusesPostAtStatus422, "refuse", "several", Paths),
        (RefusesPostAtStatus422, "refuse", "under", Paths),
        (RefusesPostAtStatus422, "refuse", "any-wide", Paths),
        (RefusesTheLastMethodAtThrow, "refuse", "several", Paths),
        (RefusesTheLastMethodAtThrow, "refuse", "regex", Paths),
        (RefusesSeveralHeadersAtCached, "refuse", "list-credentials", Paths),
        (RefusesTheSecondOriginAtStatus504, "refuse", "json", Paths),
        (RefusesJsonAtMissing, "refuse", "json", Paths),
        (RefusesJsonAtMissing, "refuse", "any-wide", Paths),
        (GrantsHeadToEverybody, "grant-anonymous", "pair", Root),
        (
            GrantsHeadToEverybody,
            "grant-with-credentials",
            "list-credentials",
            Root,
        ),
        (GrantsEverybodyAtStatus503, "grant-anonymous", "regex", Paths),
        (GrantsNullAtThrow, "grant-null", "several", Paths),
        (GrantsEverybodyTheLastHeader, "grant-anonymous", "several", Root),
        (GrantsAuthorizationAtCached, "grant-header", "under", Paths),
        (GrantsEveryMethodWithAListedHeader, "grant-method", "several", Root),
        (GrantsEveryHeaderOfPost, "grant-header", "json", Root),
    ] {
        breaks(flaw, rule, &as_subject(flaw, policy).await, "`run`");
        if at == Root {
            breaks(flaw, rule, &probed(Flaw::OfPreflights(flaw), policy).await, "`probe`");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_correct_server_is_right_in_every_preflight_that_probe_sends() {
    for policy in CORPUS.0.policies.keys() {
        for flaw in [Flaw::None, Flaw::OmitsListsThatNothingNeeds] {
            let found = lines(&probed(flaw, policy).await);
            assert!(found.is_empty(), "{policy}, {flaw:?}: {}", found.join("\n"));
        }
    }
}
