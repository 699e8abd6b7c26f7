//! The search finds wrong servers from nothing, and nothing in correct ones.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::LONG;
use common::match_flaws::MatchFlaw;
use common::right::{CHOICES, Flaw, Mini};
use crosscheck_corpus::Flag;
use crosscheck_runner::server::{AddedHeaders, ServerRun, run_server};
use crosscheck_runner::subject::Subject;
use crosscheck_search::fuzz::{Batch, Finding, Judged, Search, Sizes, Stability, Trial};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::mpsc;

const SIZES: Sizes = Sizes {
    policies: 24,
    visits: 40,
};

/// Judges trials on a server. Returns the number of requests, too.
async fn judge(flaw: Flaw, trials: &[Trial]) -> (Vec<Judged>, usize) {
    let batch = Batch::of(trials);
    let run = ServerRun {
        known: Subject::in_process("mini", Flag::ALL, Arc::new(Mini(flaw))),
        spec: "mini".parse().unwrap(),
        subject: "mini".to_owned(),
        cases: batch.cases.clone(),
        policies: batch.policies.clone(),
        jobs: 4,
        timeout: LONG,
        headers: AddedHeaders::default(),
    };
    let (sender, mut finished) = mpsc::channel(64);
    let collect = async {
        let mut results = Vec::new();
        while let Some((index, result, _)) = finished.recv().await {
            results.push((index, result));
        }
        results
    };
    let (ended, results) = tokio::join!(run_server(run, |_| {}, sender), collect);
    let ended = ended.unwrap();
    assert_eq!(ended.unexplained, None);
    (batch.judged(results), ended.exchanges)
}

/// Searches until `is_enough` holds or the requests of the generations are used. Minimises what was found.
async fn search(flaw: Flaw, seed: u64, requests: usize, is_enough: impl Fn(&[Finding]) -> bool) -> (Search, usize) {
    let mut search = Search::new(seed, "mini", Flag::ALL.iter().copied().collect(), SIZES);
    let mut sent = 0;
    while !search.is_between_generations() || (sent < requests && !is_enough(search.findings())) {
        let (_, trials) = search.next_step();
        let (judged, exchanges) = judge(flaw, &trials).await;
        sent += exchanges;
        search.record(judged);
    }
    (search, sent)
}

fn faults(search: &Search) -> Vec<&Finding> {
    search
        .findings()
        .iter()
        .filter(|finding| !finding.is_advice())
        .collect()
}

fn describe(findings: &[&Finding]) -> String {
    let line = |finding: &&Finding| {
        let trial = &finding.trial;
        let policy = serde_json::to_string(&*trial.policy).unwrap();
        format!(
            "{:?} {:?} {:?}\n  {policy}\n  {:?}",
            finding.symptom, finding.shape, finding.behavior, trial.visit
        )
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_found_in_correct_servers() {
    for choice in std::iter::once(Flaw::None).chain(CHOICES) {
        let (search, _) = search(choice, 1, 6000, |findings| !findings.is_empty()).await;
        let findings: Vec<&Finding> = search.findings().iter().collect();
        assert!(findings.is_empty(), "{choice:?}:\n{}", describe(&findings));
        assert!(search.counts.judged > 1000, "{choice:?}: {:?}", search.counts);
    }
}

/// Wrong servers, each with the rules of which a finding must break one.
const WRONG: &[(Flaw, &[&str])] = &[
    (Flaw::ReflectsWithCredentials, &["grant-with-credentials"]),
    (Flaw::Reflects, &["grant-anonymous", "grant-null"]),
    (Flaw::ReflectsRequestsWithCookie, &["grant-with-credentials"]),
    (Flaw::JoinsListedHosts, &["grant-anonymous", "grant-with-credentials"]),
    (
        Flaw::GlobDotIsAnyCharacter,
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (Flaw::AlwaysCredentials, &["grant-credentials"]),
    (Flaw::ExposesAll, &["grant-expose"]),
    (Flaw::AllowsNull, &["grant-null"]),
    (
        Flaw::AllowsHead,
        &["grant-anonymous", "grant-with-credentials", "grant-null"],
    ),
    (Flaw::AnyMethod, &["grant-method"]),
    (Flaw::AnyHeader, &["grant-header"]),
    (Flaw::OnePolicyForAllRoutes, &["grant-route", "refuse"]),
    (Flaw::ForgetsListedMethods, &["refuse"]),
    (Flaw::ForgetsExpose, &["refuse-expose"]),
    (Flaw::NoCorsOnErrors, &["refuse-error"]),
    (Flaw::RefusesPolicies, &["refuse-config"]),
    (Flaw::DoublesMaxAge, &["max-age"]),
    (Flaw::NoVary, &["vary"]),
    (Flaw::VaryOnlyOnSuccess, &["vary"]),
    (Flaw::TwoOrigins, &["malformed", "refuse"]),
    (Flaw::CapitalTrue, &["malformed", "refuse"]),
    (Flaw::FirstOfTheList, &["malformed", "vary", "meaningless"]),
    (Flaw::LosesTheApplicationsVary, &["vary-overwritten"]),
    (Flaw::LoginBeforePreflights, &["preflight-auth"]),
    (Flaw::RedirectsPreflights, &["preflight-redirect"]),
    (
        Flaw::OfMatching(MatchFlaw::EndsWithTheHost),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::StartsWithTheListed),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::ContainsTheHost),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::DotsMatchAnyCharacter),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::IgnoresTheScheme),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::IgnoresThePort),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::PortIsAPrefix),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::AllowsSubdomains),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::AllowsOneSubdomain),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::AllowsTheParent),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::AllowsSiblings),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::AllowsLocalhost),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::AllowsAddresses),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::AllowsATrailingDot),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::AllowsWww),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::ComparesTheFirstLabel),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::TakesBracketsForAClass),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::AllowsExtensions),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (
        Flaw::OfMatching(MatchFlaw::ComparesTheEnd),
        &["grant-anonymous", "grant-with-credentials"],
    ),
    (Flaw::OfMatching(MatchFlaw::RefusesUnderscores), &["refuse"]),
    (Flaw::OfMatching(MatchFlaw::RefusesDigits), &["refuse"]),
    (Flaw::OfMatching(MatchFlaw::RefusesAddresses), &["refuse"]),
    (Flaw::OfMatching(MatchFlaw::RefusesPorts), &["refuse"]),
    (Flaw::OfMatching(MatchFlaw::RefusesHttp), &["refuse"]),
];

/// How many requests may be sent until a wrong server is found, those of the minimisation not counted.
const REQUESTS: usize = 5000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_wrong_server_is_found_by_a_minimal_trial() {
    assert!(WRONG.len() >= 40);
    let mut missed = Vec::new();
    let (mut entries, mut operators) = (Vec::new(), Vec::new());
    for (flaw, rules) in WRONG {
        let is_right = |finding: &Finding| rules.contains(&finding.symptom.rule.as_str()) && !finding.is_advice();
        let (search, _) = search(*flaw, 1, REQUESTS, |findings| findings.iter().any(is_right)).await;
        let found: Vec<&Finding> = search.findings().iter().filter(|finding| is_right(finding)).collect();
        let Some(first) = found.first() else {
            missed.push(format!("{flaw:?}: {}", describe(&faults(&search))));
            continue;
        };
        assert_eq!(first.stability, Stability::Stable, "{flaw:?}");
        assert!(
            found.len() <= 3,
            "{flaw:?} has {} findings:\n{}",
            found.len(),
            describe(&found)
        );
        entries.push(listed(first));
        operators.push(first.trial.visit.requester.operators.len());
    }
    assert!(
        missed.is_empty(),
        "{} of {} are missed:\n{}",
        missed.len(),
        WRONG.len(),
        missed.join("\n")
    );
    assert!(median(entries) <= 1 && median(operators) <= 1);
}

/// How many origins and names the policy of a finding lists.
fn listed(finding: &Finding) -> usize {
    let policy = &finding.trial.policy;
    let origins = match &policy.origins {
        crosscheck_corpus::policy::Origins::List { list, under, glob, .. } => {
            list.len() + under.len() + glob.patterns.len()
        }
        _ => 1,
    };
    origins + policy.methods.listed().len() + policy.headers.listed().len() + policy.expose.listed().len()
}

fn median(mut numbers: Vec<usize>) -> usize {
    numbers.sort_unstable();
    numbers[numbers.len() / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_gives_the_same_findings() {
    let flaw = Flaw::OfMatching(MatchFlaw::EndsWithTheHost);
    let mut all = Vec::new();
    for _ in 0..2 {
        let (search, sent) = search(flaw, 5, 3000, |_| false).await;
        let described: BTreeSet<String> = faults(&search).iter().map(|finding| describe(&[finding])).collect();
        all.push((described, sent, search.counts.clone()));
    }
    assert_eq!(all[0], all[1]);
    assert!(!all[0].0.is_empty());
}
