//! The corpus covers every branch: if any one branch of the model is inverted, some case fails.

use crosscheck_corpus::{Corpus, replay};
use crosscheck_fetch::Step;
use crosscheck_fetch::invert::{BRANCHES, with_inverted};
use std::path::PathBuf;

#[test]
fn some_case_fails_for_each_inverted_branch() {
    let corpus = Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))]);
    let cases: Vec<_> = corpus.cases.iter().filter(|c| c.for_clients()).collect();
    let unnoticed: Vec<_> = BRANCHES
        .iter()
        .filter(|branch| with_inverted(branch, || cases.iter().all(|case| replay::mismatches(case).is_empty())))
        .collect();
    assert!(
        unnoticed.is_empty(),
        "no case fails when these are inverted: {unnoticed:#?}"
    );
}

#[test]
fn every_step_that_the_model_names_appears_in_some_trace() {
    let corpus = Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))]);
    let in_model = |id: &str| corpus.catalogue.get(id).is_some_and(|s| s.out_of_model.is_none());
    let mut named = std::collections::BTreeSet::new();
    for case in corpus.cases.iter().filter(|c| c.for_clients()) {
        for fetch in replay::replay(case).fetches {
            named.extend(fetch.trace.events.iter().flat_map(|e| e.steps.iter().copied()));
            named.extend(fetch.outcome.err().iter().flat_map(|e| e.steps().iter().copied()));
        }
    }
    let never: Vec<_> = crosscheck_fetch::Step::ALL
        .iter()
        .filter(|s| !named.contains(*s) && in_model(s.as_str()))
        .collect();
    assert!(
        never.is_empty(),
        "no case of the corpus reaches these steps: {never:#?}"
    );
}

/// A step that some case names in `decided_by`, and the branches that implement it: if one of them is inverted, each such
/// case fails.
const DECIDING: &[(Step, &[&str])] = &[
    (Step::CorpOpaqueOnly, &["cross-origin resource policy: blocked"]),
    (Step::CorpRedirectHops, &["cross-origin resource policy: blocked"]),
    (Step::CorpSameSiteScheme, &["cross-origin resource policy: blocked"]),
    (Step::CorsCheckAcacDuplicates, &["misread: any ACAC item counts"]),
    (Step::CorsCheckAcacRequired, &["CORS check: ACAC is true"]),
    (Step::CorsCheckAcacWhitespace, &["misread: ACAC without anything blank"]),
    (Step::CorsCheckCaseSensitive, &["misread: origins compare without case"]),
    (Step::CorsCheckDuplicateHeaders, &["misread: any ACAO line counts"]),
    (Step::CorsCheckEmptyValue, &["misread: an empty ACAO passes"]),
    (
        Step::CorsCheckExactOrigin,
        &["CORS check: ACAO is not the serialized origin"],
    ),
    (Step::CorsCheckMissingAcao, &["misread: an absent ACAO passes"]),
    (Step::CorsCheckNoPatterns, &["misread: ACAO is a pattern or a list"]),
    (
        Step::CorsCheckNullOrigin,
        &["CORS check: ACAO is not the serialized origin"],
    ),
    (Step::CorsCheckUsesCurrentTaint, &["misread: a redirect never taints"]),
    (
        Step::CorsCheckWhitespaceTrim,
        &[
            "misread: ACAO without anything blank",
            "misread: outer blanks are part of a value",
        ],
    ),
    (
        Step::CorsCheckWildcard,
        &[
            "misread: ACAO is a pattern or a list",
            "CORS check: ACAO is the wildcard",
        ],
    ),
    (
        Step::CorsCheckWildcardCredentialed,
        &["misread: the wildcard covers credentials"],
    ),
    (Step::ExposeWildcard, &["response: exposed names have the wildcard"]),
    (Step::ExtractAbsentNull, &["misread: an empty list is null"]),
    (
        Step::FilterNetworkErrorTypeerror,
        &[
            "network: 101 without upgrade",
            "misread: a failed connection is a response",
        ],
    ),
    (
        Step::HeaderListValueShape,
        &["misread: outer blanks are part of a value"],
    ),
    (
        Step::HttpFetchNoCorsCheckOnIntermediateStatuses,
        &["misread: an interim response counts"],
    ),
    (Step::HttpFetchRedirectErrorMode, &["redirect: mode error"]),
    (Step::HttpFetchRevalidated304, &["network: 304 revalidates"]),
    (
        Step::LocalAboutBlank,
        &[
            "scheme fetch: the scheme is not fetched",
            "misread: about:blank is not fetched",
        ],
    ),
    (Step::LocalBlobGetOnly, &["scheme fetch: the scheme is not fetched"]),
    (Step::LocalBlobSameOrigin, &["tainting: scheme is not HTTP(S)"]),
    (Step::LocalRedirectToLocal, &["redirect: URL is not HTTP(S)"]),
    (Step::MainFetchBadPort, &["main fetch: bad port"]),
    (Step::MainFetchCorsNonHttpScheme, &["tainting: scheme is not HTTP(S)"]),
    (
        Step::MainFetchCorsSimple,
        &["misread: every cross-origin request is preflighted"],
    ),
    (Step::MainFetchSameOriginMode, &["tainting: same-origin mode"]),
    (
        Step::MainFetchTaintingSticky,
        &["misread: tainting falls back to basic"],
    ),
    (Step::MethodNoNormalizePatch, &["misread: methods compare without case"]),
    (Step::NoCorsIntegrityFails, &["integrity: mismatch"]),
    (
        Step::NoCorsRedirectMode,
        &["tainting: no-cors with redirect mode not follow"],
    ),
    (Step::PreflightRequestNoAuthPrompt, &["preflight response: ok status"]),
    (
        Step::PreflightRequestNoRedirectFollowing,
        &["preflight response: ok status"],
    ),
    (Step::PreflightRequestStreamingH1, &["network: stream over HTTP/1"]),
    (
        Step::PreflightResponseAcahMatchCaseInsensitive,
        &["misread: names need no item"],
    ),
    (Step::PreflightResponseAcahMissing, &["misread: names need no item"]),
    (
        Step::PreflightResponseAcahParseFailure,
        &["misread: a list that does not parse grants"],
    ),
    (
        Step::PreflightResponseAcahWildcardCredentialed,
        &["preflight response: header wildcard without include"],
    ),
    (
        Step::PreflightResponseAcamMissing,
        &["preflight response: method listed"],
    ),
    (
        Step::PreflightResponseAcamMissingForcedFlag,
        &["misread: an empty list is null"],
    ),
    (
        Step::PreflightResponseAcamParseFailure,
        &["misread: a list that does not parse grants"],
    ),
    (
        Step::PreflightResponseAcamWildcardCredentialed,
        &["preflight response: method wildcard without include"],
    ),
    (
        Step::PreflightResponseAuthorizationExplicit,
        &["misread: Authorization needs no item"],
    ),
    (
        Step::PreflightResponseCorsCheck,
        &["preflight response: CORS check passes"],
    ),
    (
        Step::PreflightResponseMethodMatchExact,
        &["preflight response: method listed"],
    ),
    (Step::PreflightResponseOkStatus, &["preflight response: ok status"]),
    (
        Step::ProtocolTableIncludeOriginWrongCase,
        &["misread: ACAC without case"],
    ),
    (Step::RedirectBadLocation, &["redirect: bad location"]),
    (Step::RedirectLimit20, &["redirect: limit"]),
    (Step::RedirectNonHttp, &["redirect: URL is not HTTP(S)"]),
    (
        Step::RedirectPreflightForNewUrl,
        &["preflight response: CORS check passes"],
    ),
    (Step::RedirectStreamBody, &["redirect: stream body"]),
    (Step::RedirectTaintBackToSelf, &["misread: a redirect never taints"]),
    (Step::RedirectTaintCrossToCross, &["misread: a redirect never taints"]),
    (
        Step::RedirectTaintOpaqueRequester,
        &["CORS check: ACAO is not the serialized origin"],
    ),
    (
        Step::RedirectTaintSameSiteIsStillNull,
        &["misread: a redirect never taints"],
    ),
    (
        Step::RedirectTaintSchemePortHostCount,
        &["misread: a redirect never taints"],
    ),
    (
        Step::RedirectUserinfoCorsCrossOrigin,
        &["redirect: credentials in a cross-origin URL"],
    ),
    (
        Step::RedirectUserinfoCorsTainted,
        &["redirect: credentials in a URL of a tainted chain"],
    ),
];

#[test]
fn each_case_fails_if_the_branch_of_its_deciding_step_is_inverted() {
    let corpus = Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))]);
    let mut unnoticed = Vec::new();
    let (mut all, mut elsewhere) = (0, 0);
    for case in corpus.cases.iter().filter(|c| c.for_clients()) {
        for (index, fetch) in case.fetches().iter().enumerate() {
            let Some(step) = &fetch.expect.decided_by else { continue };
            let branches = DECIDING
                .iter()
                .find(|(s, _)| s.as_str() == step)
                .map_or(&[][..], |(_, b)| b);
            let found: Vec<_> = branches
                .iter()
                .flat_map(|branch| with_inverted(branch, || replay::mismatches(case)))
                .filter(|m| m.fetch == index)
                .collect();
            all += 1;
            if found.is_empty() {
                unnoticed.push(format!("{} fetch {index}: {step} by {branches:?}", case.id));
            }
            // The outcome and the wire are unchanged, because a later branch refuses too.
            elsewhere += usize::from(found.iter().all(|m| m.decided_by.is_some()));
        }
    }
    println!("of {all} cases {elsewhere} are then refused elsewhere");
    assert!(unnoticed.is_empty(), "{}: {unnoticed:#?}", unnoticed.len());
    assert!(elsewhere * 10 <= all, "{elsewhere} of {all} keep their outcome");
}
