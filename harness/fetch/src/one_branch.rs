//! Steps of the catalogue that one condition of the model implements.

use crate::steps::Step;

/// Pairs of steps that the same condition of the model decides, with the reason. An event that rests on one of them may also rest on
/// the other, so a `decided_by` may name either.
pub const ONE_BRANCH: &[(Step, Step, &str)] = &[
    (
        Step::PreflightResponseOkStatus,
        Step::PreflightRequestNoRedirectFollowing,
        "the status of a preflight response is tested once, by its range; a redirect status is outside of it",
    ),
    (
        Step::PreflightResponseOkStatus,
        Step::PreflightRequestNoAuthPrompt,
        "the status of a preflight response is tested once, by its range; 401 is outside of it",
    ),
    (
        Step::PreflightResponseOkStatus,
        Step::PreflightRequest421Retry,
        "the status of a preflight response is tested once, by its range; a second 421 is outside of it",
    ),
    (
        Step::PreflightResponseMethodMatchExact,
        Step::MethodNoNormalizePatch,
        "methods are compared as bytes; that the API keeps the case of a method shows in that comparison",
    ),
    (
        Step::PreflightResponseAuthorizationExplicit,
        Step::UnsafeNamesNonWildcardAuthorization,
        "the catalogue states the exception for Authorization twice",
    ),
    (
        Step::RedirectNonHttp,
        Step::LocalRedirectToLocal,
        "a redirect is refused unless its scheme is HTTP(S); a local scheme is not",
    ),
    (
        Step::MainFetchCorsNonHttpScheme,
        Step::LocalAboutBlank,
        "mode cors refuses each scheme that is not HTTP(S); about: is one",
    ),
    (
        Step::MainFetchCorsNonHttpScheme,
        Step::LocalBlobSameOrigin,
        "mode cors refuses each scheme that is not HTTP(S); blob: is one if the origins differ",
    ),
    (
        Step::MainFetchCorsNonHttpScheme,
        Step::LocalFileUnspecified,
        "mode cors refuses each scheme that is not HTTP(S); file: is one",
    ),
    (
        Step::CorsCheckAcacRequired,
        Step::CorsCheckAcacDuplicates,
        "Access-Control-Allow-Credentials is compared with `true` once; a combined value is another value",
    ),
    (
        Step::CorsCheckAcacRequired,
        Step::CorsCheckAcacWhitespace,
        "Access-Control-Allow-Credentials is compared with `true` once; a value with other blanks is another value",
    ),
    (
        Step::CorsCheckAcacRequired,
        Step::ProtocolTableIncludeOriginWrongCase,
        "Access-Control-Allow-Credentials is compared with `true` once; `True` is another value",
    ),
    (
        Step::CorsCheckWildcardCredentialed,
        Step::ProtocolTableIncludeStarAcac,
        "a row of the table in the standard's text about the CORS protocol and credentials",
    ),
    (
        Step::CorsCheckExactOrigin,
        Step::ProtocolTableOmitTrailingSlash,
        "a row of the table in the standard's text about the CORS protocol and credentials",
    ),
    (
        Step::RedirectTaintSchemePortHostCount,
        Step::RedirectTaintSameSiteIsStillNull,
        "origins of one site that differ in port or host taint by the one comparison",
    ),
];

/// Whether one condition of the model implements both steps.
#[must_use]
pub fn are_one_branch(a: Step, b: Step) -> bool {
    ONE_BRANCH
        .iter()
        .any(|(x, y, _)| (*x, *y) == (a, b) || (*x, *y) == (b, a))
}
