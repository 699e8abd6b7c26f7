//! The correct server breaks no rule on any policy and probe, and each rule has a server that breaks it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::right::{CHOICES, Flaw, Mini};
use common::{Keep, LONG, judge, lines, run_subject};
use crosscheck_corpus::policy::Globbing;
use crosscheck_corpus::{Case, Flag, PolicyRef};
use crosscheck_results::Verdict;
use crosscheck_results::rules::RULES;
use crosscheck_runner::subject::{DocumentedAnchoring, Subject};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rules that need a server in its own process. The test `process` has these servers.
const OUT_OF_PROCESS: &[&str] = &["slow"];

fn policy_is(case: &Case, names: &[&str]) -> bool {
    case.policy()
        .and_then(PolicyRef::name)
        .is_some_and(|n| names.contains(&n))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_correct_server_breaks_no_rule() {
    let (footer, results) = judge(Arc::new(Mini(Flaw::None)), |_| true, LONG).await;
    let lines = lines(&results);
    assert!(
        lines.is_empty(),
        "{} deviations:\n{}",
        lines.len(),
        lines[..lines.len().min(40)].join("\n")
    );
    let left_out = results.iter().filter(|r| r.verdict == Verdict::NotApplicable);
    for result in left_out {
        assert!(
            result.id.as_str().contains("#slow/"),
            "{}: {:?}",
            result.id,
            result.reason
        );
    }
    let unused: Vec<&str> = RULES
        .iter()
        .map(|r| r.id)
        .filter(|id| !OUT_OF_PROCESS.contains(id) && footer.examined.get(*id).is_none_or(|n| *n == 0))
        .collect();
    assert!(unused.is_empty(), "these rules examined nothing: {unused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn correct_servers_that_make_other_choices_break_no_rule() {
    let mut deviations = Vec::new();
    for choice in CHOICES {
        let (_, results) = judge(Arc::new(Mini(choice)), |_| true, LONG).await;
        deviations.extend(
            lines(&results)
                .into_iter()
                .take(40)
                .map(|line| format!("{choice:?}: {line}")),
        );
        let passed = results.iter().filter(|r| r.verdict == Verdict::Pass).count();
        assert!(passed > 5000, "{choice:?}: {passed}");
    }
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

/// Checks that the flaw breaks the rule on some case of these policies, and that the result shows the exchange.
async fn breaks(flaw: Flaw, rule: &str, policies: &[&str]) {
    let (_, results) = judge(Arc::new(Mini(flaw)), |c| policy_is(c, policies), LONG).await;
    let broken = |d: &crosscheck_results::Deviation| d.rule.as_deref() == Some(rule);
    let hit: Vec<_> = results.iter().filter(|r| r.deviations.iter().any(broken)).collect();
    assert!(
        !hit.is_empty(),
        "{flaw:?} does not break {rule}; it breaks:\n{}",
        lines(&results).join("\n")
    );
    let expected = RULES.iter().find(|r| r.id == rule).unwrap().verdict;
    for result in hit {
        let deviation = result.deviations.iter().find(|d| broken(d)).unwrap();
        assert!(
            deviation.verdict == expected || rule == "server-assertion" || is_options(deviation),
            "{} is {}",
            result.id,
            deviation.verdict
        );
        assert!(result.verdict <= deviation.verdict, "{}", result.id);
        let is_empty = result.transcript.is_empty() && rule != "refuse-config";
        assert!(!is_empty, "{} has no transcript", result.id);
        let shown = deviation.exchange.and_then(|at| result.transcript.get(at));
        let what = shown.map_or("nothing", |exchange| exchange.what.as_str());
        let expected: &[&str] = match rule {
            "grant-method" | "grant-header" | "max-age" | "vary-preflight" | "preflight-auth"
            | "preflight-redirect" => &["preflight"],
            "vary" => &[
                "plain request",
                "plain request from another origin",
                "actual, from the shared cache",
            ],
            "grant-anonymous" | "grant-with-credentials" | "grant-null" | "grant-route" | "refuse" => {
                &["preflight", "actual", "sent"]
            }
            "refuse-config" => &["nothing"],
            "refuse-expose" | "grant-expose" | "blocks-actual" | "refuse-own" => &["actual"],
            "crash" => &["broken"],
            "lenient-match" => &["sent"],
            "unstable" => &["preflight", "actual", "sent", "after other requests"],
            _ => &["preflight", "actual", "sent"],
        };
        assert!(expected.contains(&what), "{} of {rule} shows {what}", result.id);
        assert!(deviation.cause.starts_with(rule), "{}", deviation.cause);
    }
}

/// Whether the deviation is a grant of OPTIONS, which is advice.
fn is_options(deviation: &crosscheck_results::Deviation) -> bool {
    deviation.what.contains(" for OPTIONS ") && deviation.verdict == Verdict::Advice
}

macro_rules! flaws {
    ($($test:ident: $flaw:ident, $rule:literal, [$($policy:literal),+];)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            breaks(Flaw::$flaw, $rule, &[$($policy),+]).await;
        })+
        /// The rules that a flawed server breaks.
        const BROKEN: &[&str] = &[$($rule),+];
    };
}

flaws! {
    crash: DiesOnPut, "crash", ["max-age-0"];
    unstable: TwoAnswers, "unstable", ["pair"];
    unstable_after_all: KeepsTheFirstOriginWithACookie, "unstable", ["any"];
    vary_replaced_by_a_compressor: CompressorReplacesVary, "vary", ["pair"];
    grant_with_credentials: ReflectsWithCredentials, "grant-with-credentials", ["list-credentials"];
    grant_anonymous: Reflects, "grant-anonymous", ["pair"];
    grant_to_a_request_with_cookie: ReflectsRequestsWithCookie, "grant-with-credentials", ["any-credentials"];
    grant_to_a_joined_host: JoinsListedHosts, "grant-anonymous", ["pair"];
    grant_to_a_dot_in_a_glob: GlobDotIsAnyCharacter, "grant-with-credentials", ["glob-subdomains"];
    grant_header_by_a_part_of_a_pattern: HeaderPatternAnywhere, "grant-header", ["headers-pattern"];
    grant_route_of_another_method: IgnoresTheMethodsOfRoutes, "grant-route", ["routes-by-method"];
    grant_route_of_another_case: IgnoresTheCaseOfRoutes, "grant-route", ["routes"];
    grant_to_its_own_host: AllowsItsOwnHost, "grant-anonymous", ["pair"];
    grant_by_head: AllowsHead, "grant-anonymous", ["pair"];
    grant_route_by_post: AppliesRoutesToGetOnly, "grant-route", ["routes"];
    grant_by_search_and_errors: SearchesExpressionsAndFailsForOthers, "grant-anonymous", ["regex-unanchored"];
    grant_by_search: SearchesExpressions, "grant-anonymous", ["regex-unanchored"];
    default_grant: ReflectsByDefault, "default-grant", ["defaults"];
    default_grant_with_credentials: ReflectsByDefaultWithCredentials, "default-grant", ["docs"];
    grant_credentials: AlwaysCredentials, "grant-credentials", ["pair"];
    grant_expose: ExposesAll, "grant-expose", ["pair"];
    grant_null: AllowsNull, "grant-null", ["pair"];
    grant_method: AnyMethod, "grant-method", ["pair"];
    grant_header: AnyHeader, "grant-header", ["pair"];
    grant_private_network: PrivateNetwork, "grant-private-network", ["several"];
    grant_route: OnePolicyForAllRoutes, "grant-route", ["routes"];
    refuse: ForgetsListedMethods, "refuse", ["several"];
    refuse_expose: ForgetsExpose, "refuse-expose", ["several"];
    refuse_error: NoCorsOnErrors, "refuse-error", ["pair"];
    preflight_auth: LoginBeforePreflights, "preflight-auth", ["several"];
    preflight_auth_by_403: ForbidsEveryPreflight, "preflight-auth", ["several"];
    refuse_own: RefusesItsOwnPages, "refuse-own", ["pair"];
    refuse_error_of_a_login: NoCorsOnTheLogin, "refuse-error", ["several"];
    fails_on_input: SearchesExpressionsAndFailsForOthers, "fails-on-input", ["regex-unanchored"];
    meaningless_without_an_origin: NamesListsWithoutAnOrigin, "meaningless", ["pair"];
    preflight_redirect: RedirectsPreflights, "preflight-redirect", ["several"];
    refuse_config: RefusesPolicies, "refuse-config", ["pair"];
    max_age: DoublesMaxAge, "max-age", ["max-age-600", "max-age-0"];
    vary: NoVary, "vary", ["pair"];
    vary_on_refusal: VaryOnlyOnSuccess, "vary", ["pair"];
    vary_overwritten: LosesTheApplicationsVary, "vary-overwritten", ["pair"];
    vary_leaked: TakesTheClientsVary, "vary-overwritten", ["pair"];
    vary_preflight: NoVaryOnPreflights, "vary-preflight", ["pair"];
    malformed_twice: TwoOrigins, "malformed", ["pair"];
    malformed_true: CapitalTrue, "malformed", ["list-credentials"];
    malformed_max_age: EmptyMaxAge, "malformed", ["max-age-600"];
    malformed_other: FirstOfTheList, "malformed", ["pair"];
    server_assertion: LosesTheApplicationsVary, "server-assertion", ["several"];
    swallows_options: EveryOptionsIsAPreflight, "swallows-options", ["pair"];
    blocks_actual: BlocksForeignRequests, "blocks-actual", ["pair"];
    never_matches: NeverMatchesAsWritten, "never-matches", ["wrong-slash"];
    lenient_match: FoldsCase, "lenient-match", ["pair"];
    meaningless: MethodsOnActual, "meaningless", ["pair"];
    meaningless_false: SendsFalse, "meaningless", ["pair"];
    meaningless_with_the_wildcard: CredentialsWithTheWildcard, "meaningless", ["any-credentials"];
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_request_that_changes_later_answers_is_named() {
    let server = Arc::new(Mini(Flaw::KeepsTheFirstOriginWithACookie));
    let (_, results) = judge(server, |c| policy_is(c, &["any"]), LONG).await;
    let result = results.iter().find(|r| r.id.as_str() == "policies/any#state/after-all");
    let what = &result.unwrap().deviations[0].what;
    assert!(
        what.contains("the request to blame is that of policies/any#credentials/"),
        "{what}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_compared_after_all_cases_of_a_policy_and_not_after_some() {
    let server = Arc::new(Mini(Flaw::None));
    let (_, results) = judge(server, |c| c.id.as_str().starts_with("policies/pair#state/"), LONG).await;
    let result = results
        .iter()
        .find(|r| r.id.as_str() == "policies/pair#state/after-all");
    assert_eq!(result.unwrap().verdict, Verdict::NotApplicable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_documented_search_is_advice() {
    let mut known = Subject::in_process("mini", Flag::ALL, Arc::new(Mini(Flaw::SearchesExpressions)));
    known.description.anchoring = DocumentedAnchoring::Search;
    let mut keep = Keep::default();
    run_subject(known, |c| policy_is(c, &["regex-unanchored"]), LONG, &mut keep).await;
    // The server also reflects origins that no browser sends. Its answers to these may be malformed.
    let sendable = keep.0.iter().filter(|r| !r.id.as_str().contains("#alphabet/"));
    let rules: BTreeSet<_> = sendable
        .flat_map(|r| &r.deviations)
        .map(|d| d.rule.as_deref())
        .collect();
    assert_eq!(
        rules,
        BTreeSet::from([Some("lenient-match")]),
        "{}",
        lines(&keep.0).join("\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_star_matches_is_judged_by_the_documentation() {
    let cases = [
        (None, BTreeSet::new()),
        (Some(Globbing::Any), BTreeSet::new()),
        (Some(Globbing::Label), BTreeSet::from([Some("grant-with-credentials")])),
    ];
    for (globbing, expected) in cases {
        let mut known = Subject::in_process("mini", Flag::ALL, Arc::new(Mini(Flaw::GlobSpansEverything)));
        known.description.globbing = globbing;
        let mut keep = Keep::default();
        let selected = |c: &Case| policy_is(c, &["glob-subdomains"]) && c.id.as_str().contains("#credentials/");
        run_subject(known, selected, LONG, &mut keep).await;
        let rules = keep.0.iter().flat_map(|r| &r.deviations);
        let rules: BTreeSet<_> = rules.map(|d| d.rule.as_deref()).collect();
        assert_eq!(rules, expected, "{globbing:?}\n{}", lines(&keep.0).join("\n"));
    }
}

#[test]
fn every_rule_has_a_server_that_breaks_it() {
    for rule in RULES {
        let is_broken = BROKEN.contains(&rule.id) || OUT_OF_PROCESS.contains(&rule.id);
        assert!(is_broken, "no server breaks {}", rule.id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_risky_policy_is_not_applicable() {
    let (footer, _) = judge(
        Arc::new(Mini(Flaw::RefusesPolicies)),
        |c| policy_is(c, &["any-credentials"]),
        LONG,
    )
    .await;
    assert_eq!(footer.verdicts.keys().collect::<Vec<_>>(), [&Verdict::NotApplicable]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_vary_the_shared_cache_shows_the_harm() {
    let (_, results) = judge(
        Arc::new(Mini(Flaw::NoVary)),
        |c| c.has_shared_cache() && policy_is(c, &["pair"]),
        LONG,
    )
    .await;
    let lines = lines(&results);
    assert!(
        lines
            .iter()
            .any(|l| l.contains("hygiene vary/shared-cache: through a shared cache, ")),
        "{}",
        lines.join("\n")
    );
    let worse: Vec<_> = lines.iter().filter(|l| !l.contains(" hygiene vary/")).collect();
    assert!(worse.is_empty(), "{worse:#?}");
}
