//! Flaws of preflights: the server treats one combination of method, headers, path and origin wrongly, and all others correctly.

use super::right::{empty, one, set};
use bytes::Bytes;
use crosscheck_corpus::Policy;
use crosscheck_corpus::policy::Origins;
use http::header::HeaderMap;
use http::{Response, StatusCode};
use http_body_util::Full;

/// What is wrong about preflights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PreflightFlaw {
    ForbidsPost,
    ForbidsHead,
    /// Refuses a GET that needs a preflight for no header, as one with a listener of uploads.
    ForbidsGetWithoutHeaders,
    /// Refuses the last listed header if it is requested alone.
    RefusesTheLastHeaderAlone,
    RefusesSeveralHeaders,
    /// Compares the requested names as a text with the listed ones, in the order of the list.
    MatchesHeadersInOrder,
    RefusesJsonOfPut,
    /// Refuses authorization for any method but GET.
    RefusesAuthorizationBeyondGet,
    /// Grants the methods beyond GET, HEAD and POST at `/` alone.
    GrantsMethodsAtTheRootOnly,
    RefusesTheLastOrigin,
    /// Refuses HEAD by the second origin.
    RefusesHeadOfTheSecondOrigin,
    RefusesPostAtStatus422,
    RefusesTheLastMethodAtThrow,
    RefusesSeveralHeadersAtCached,
    RefusesTheSecondOriginAtStatus504,
    /// Refuses JSON where there is no route.
    RefusesJsonAtMissing,
    GrantsHeadToEverybody,
    GrantsEverybodyAtStatus503,
    GrantsNullAtThrow,
    GrantsEverybodyTheLastHeader,
    GrantsAuthorizationAtCached,
    GrantsEveryMethodWithAListedHeader,
    GrantsEveryHeaderOfPost,
}

/// Whether the server refuses or grants without regard to the policy.
enum Change {
    Refuses,
    Grants,
}

impl PreflightFlaw {
    /// Answers a preflight that the flaw affects.
    pub(super) fn answer(self, policy: &Policy, path: &str, request: &HeaderMap) -> Option<Response<Full<Bytes>>> {
        let origin = one(request, "origin")?;
        let method = one(request, "access-control-request-method")?;
        let requested = one(request, "access-control-request-headers").unwrap_or_default();
        let names: Vec<&str> = requested.split(',').filter(|n| !n.is_empty()).collect();
        let change = self.change(policy, (method, &names, path, origin))?;
        let mut response = empty(match change {
            Change::Refuses => StatusCode::FORBIDDEN,
            Change::Grants => StatusCode::NO_CONTENT,
        });
        let headers = response.headers_mut();
        let all = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
        set(headers, "vary", all);
        if matches!(change, Change::Grants) {
            set(headers, "access-control-allow-origin", origin);
            set(headers, "access-control-allow-methods", method);
            set(headers, "access-control-allow-headers", requested);
            if policy.credentials.for_all() {
                set(headers, "access-control-allow-credentials", "true");
            }
        }
        Some(response)
    }

    fn change(self, policy: &Policy, request: (&str, &[&str], &str, &str)) -> Option<Change> {
        let (method, names, path, origin) = request;
        let listed: Vec<String> = policy.headers.listed().iter().map(|n| n.to_ascii_lowercase()).collect();
        let is_listed = |name: &&str| listed.iter().any(|l| l == name);
        let nth_origin = |n: usize| match &policy.origins {
            Origins::List { list, .. } => list.get(n).is_some_and(|o| o == origin),
            _ => false,
        };
        let last_origin = match &policy.origins {
            Origins::List { list, .. } => list.last().is_some_and(|o| o == origin),
            _ => false,
        };
        let json = names.contains(&"content-type");
        let safelisted = matches!(method, "GET" | "HEAD" | "POST");
        let last_method = policy.methods.listed().last().is_some_and(|m| m == method);
        let refuses = match self {
            Self::ForbidsPost => method == "POST",
            Self::ForbidsHead => method == "HEAD",
            Self::ForbidsGetWithoutHeaders => method == "GET" && names.is_empty(),
            Self::RefusesTheLastHeaderAlone => {
                matches!(names, [name] if listed.last().is_some_and(|l| l == name))
            }
            Self::RefusesSeveralHeaders => names.len() > 1,
            Self::MatchesHeadersInOrder => {
                let in_order: Vec<&str> = listed
                    .iter()
                    .map(String::as_str)
                    .filter(|l| names.contains(l))
                    .collect();
                names.iter().all(is_listed) && in_order != names
            }
            Self::RefusesJsonOfPut => method == "PUT" && json,
            Self::RefusesAuthorizationBeyondGet => method != "GET" && names.contains(&"authorization"),
            Self::GrantsMethodsAtTheRootOnly => !safelisted && path != "/",
            Self::RefusesTheLastOrigin => last_origin,
            Self::RefusesHeadOfTheSecondOrigin => method == "HEAD" && nth_origin(1),
            Self::RefusesPostAtStatus422 => method == "POST" && path == "/status/422",
            Self::RefusesTheLastMethodAtThrow => last_method && path == "/throw",
            Self::RefusesSeveralHeadersAtCached => names.len() > 1 && path == "/cached",
            Self::RefusesTheSecondOriginAtStatus504 => nth_origin(1) && path == "/status/504",
            Self::RefusesJsonAtMissing => json && path == "/missing",
            _ => false,
        };
        let is_foreign = origin != "null" && !policy.origins.allow(origin);
        let grants = match self {
            Self::GrantsHeadToEverybody => method == "HEAD" && is_foreign,
            Self::GrantsEverybodyAtStatus503 => is_foreign && path == "/status/503",
            Self::GrantsNullAtThrow => origin == "null" && path == "/throw",
            Self::GrantsEverybodyTheLastHeader => is_foreign && listed.last().is_some_and(|l| names == [l.as_str()]),
            Self::GrantsAuthorizationAtCached => {
                policy.origins.allow(origin) && names.contains(&"authorization") && path == "/cached"
            }
            Self::GrantsEveryMethodWithAListedHeader => {
                policy.origins.allow(origin) && !names.is_empty() && names.iter().all(is_listed)
            }
            Self::GrantsEveryHeaderOfPost => policy.origins.allow(origin) && method == "POST",
            _ => false,
        };
        match (refuses, grants) {
            (true, _) => Some(Change::Refuses),
            (_, true) => Some(Change::Grants),
            _ => None,
        }
    }
}
