//! The rules that look at header text: malformed, meaningless, private network, swallowed OPTIONS, max-age.

use super::vary_text::vary_text;
use crate::findings::Findings;
use crate::requests::{actual_method, is_preflight, origin_of};
use crosscheck_corpus::{Facet, Policy};
use crosscheck_fetch::{
    CredentialsMode, Extracted, HeaderList, Origin, WireRequest, WireResponse, cors_check, extract_header_list_values,
    extract_max_age,
};
use crosscheck_results::rules;
use crosscheck_text::escape_truncated;

const ACAO: &str = "access-control-allow-origin";
const ACAC: &str = "access-control-allow-credentials";
const ACMA: &str = "access-control-max-age";
const ACEH: &str = "access-control-expose-headers";
const LISTS: [&str; 3] = ["access-control-allow-methods", "access-control-allow-headers", ACEH];
const PREFLIGHT_ONLY: [&str; 4] = [
    "access-control-allow-methods",
    "access-control-allow-headers",
    ACMA,
    "access-control-allow-private-network",
];

/// What languages print where there is no value.
const NO_ORIGINS: [&[u8]; 9] = [
    b"undefined",
    b"true",
    b"false",
    b"True",
    b"False",
    b"None",
    b"none",
    b"NULL",
    b"Null",
];

/// Judges one answer. `policy` is the whole document, `path` the requested path.
pub fn headers(
    found: &mut Findings,
    policy: Option<&Policy>,
    path: &str,
    method: &[u8],
    request: &HeaderList,
    response: &WireResponse,
) {
    let actual = actual_method(method, request);
    let own = OwnPolicy::at(policy, path, &actual);
    malformed(found, own, path, request, response);
    vary_text(found, path, request, response);
    meaningless(found, is_preflight(method, request), &response.headers);
    if own != OwnPolicy::Mode {
        private_network(found, own.policy(), request, response);
        swallows_options(found, own.policy(), path, method, request, response);
    }
}

/// What applies to one request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum OwnPolicy<'p> {
    /// The library is in a mode, without a policy.
    Mode,
    /// The policy disables CORS for the request.
    NoCors,
    /// The policy itself, or that of a route.
    Policy(&'p Policy),
}

impl<'p> OwnPolicy<'p> {
    fn at(document: Option<&'p Policy>, path: &str, method: &str) -> Self {
        match document.map(|policy| policy.at(path, method)) {
            None => Self::Mode,
            Some(None) => Self::NoCors,
            Some(Some(policy)) => Self::Policy(policy),
        }
    }

    const fn policy(self) -> Option<&'p Policy> {
        match self {
            Self::Mode | Self::NoCors => None,
            Self::Policy(policy) => Some(policy),
        }
    }
}

fn malformed(found: &mut Findings, own: OwnPolicy<'_>, path: &str, request: &HeaderList, response: &WireResponse) {
    let headers = &response.headers;
    if !headers
        .iter()
        .any(|h| h.name.len() > 15 && h.name[..15].eq_ignore_ascii_case(b"access-control-"))
    {
        return;
    }
    found.examine(&rules::MALFORMED);
    let mut report = |header: &str, what: String| {
        found.found(&rules::MALFORMED, header, what);
    };
    let origins: Vec<&[u8]> = headers.get_all(ACAO.as_bytes()).collect();
    if origins.len() > 1 {
        report(ACAO, format!("{} Access-Control-Allow-Origin lines", origins.len()));
    }
    // The application at /acao writes a value of its own.
    if path == "/acao" {
        return;
    }
    if let [one] = origins.as_slice()
        && let Some(what) = odd_origin(own, one, origin_of(request))
    {
        report(ACAO, what);
    }
    let credentials: Vec<&[u8]> = headers.get_all(ACAC.as_bytes()).collect();
    if credentials.len() > 1 {
        report(
            ACAC,
            format!("{} Access-Control-Allow-Credentials lines", credentials.len()),
        );
    }
    // `false` has a rule of its own.
    for value in credentials.iter().filter(|v| **v != b"true" && **v != b"false") {
        report(
            ACAC,
            format!(
                "Access-Control-Allow-Credentials is `{}`, and only `true` counts",
                escape_truncated(value, 60)
            ),
        );
    }
    if headers.contains(ACMA.as_bytes()) && extract_max_age(headers) == Extracted::Failure {
        let value = headers.get(ACMA.as_bytes()).unwrap_or_default();
        report(
            ACMA,
            format!(
                "Access-Control-Max-Age is `{}`, which is no number of seconds",
                escape_truncated(&value, 60)
            ),
        );
    }
    for name in LISTS {
        if extract_header_list_values(name.as_bytes(), headers) == Extracted::Failure {
            let value = headers.get(name.as_bytes()).unwrap_or_default();
            report(
                name,
                format!("a bad token in {name}: {}", escape_truncated(&value, 120)),
            );
        }
    }
}

/// What is odd about the one value of Access-Control-Allow-Origin.
fn odd_origin(own: OwnPolicy<'_>, value: &[u8], requested: Option<&[u8]>) -> Option<String> {
    let text = escape_truncated(value, 120);
    let is_allowed = |origin: &str| match own {
        // Without a policy, a reflected origin has a rule of its own.
        OwnPolicy::Mode => true,
        OwnPolicy::NoCors => false,
        OwnPolicy::Policy(policy) => policy.origins.facet(origin) != Facet::MustNot,
    };
    if value == b"*"
        || (requested == Some(value) && std::str::from_utf8(value).is_ok_and(is_allowed) && !value.is_empty())
    {
        // An origin that the policy's predicate allows may be reflected unchanged.
        return None;
    }
    if value.is_empty() {
        return Some("an empty Access-Control-Allow-Origin".to_owned());
    }
    if value.contains(&b',') || value.contains(&b' ') {
        return Some(format!("a list in Access-Control-Allow-Origin: {text}"));
    }
    if value.starts_with(b"\"") {
        return Some(format!("a quoted Access-Control-Allow-Origin: {text}"));
    }
    if NO_ORIGINS.contains(&value) {
        return Some(format!("Access-Control-Allow-Origin is `{text}`"));
    }
    let constant = match own {
        OwnPolicy::Mode => std::str::from_utf8(value).is_ok_and(|v| Origin::parse_serialized(v).is_ok()),
        OwnPolicy::NoCors => false,
        OwnPolicy::Policy(policy) => policy.origins.single().is_some_and(|o| o.as_bytes() == value),
    };
    let requested = requested.filter(|a| *a != value && !constant)?;
    let requester = if requested.is_empty() {
        "an empty Origin".to_owned()
    } else {
        escape_truncated(requested, 120)
    };
    Some(format!(
        "Access-Control-Allow-Origin is {text}, and {requester} sent the request"
    ))
}

fn meaningless(found: &mut Findings, preflight: bool, headers: &HeaderList) {
    found.examine(&rules::MEANINGLESS);
    let mut report = |header: &str, what: &str| {
        found.found(&rules::MEANINGLESS, header, what.to_owned());
    };
    let credentials = headers.get(ACAC.as_bytes());
    if credentials.as_deref() == Some(b"false") {
        report(
            ACAC,
            "Access-Control-Allow-Credentials is `false`, which is the same as absent",
        );
    } else if credentials.is_some() && !headers.contains(ACAO.as_bytes()) {
        report(
            ACAC,
            "Access-Control-Allow-Credentials without Access-Control-Allow-Origin",
        );
    } else if credentials.is_some() && headers.get(ACAO.as_bytes()).as_deref() == Some(b"*") {
        report(
            ACAC,
            "Access-Control-Allow-Credentials beside `*`, which lets no credentialed request in",
        );
    }
    if !preflight {
        for name in PREFLIGHT_ONLY {
            if headers.contains(name.as_bytes()) {
                report(name, &format!("{name} on an answer that is not to a preflight"));
            }
        }
    }
    // Without Access-Control-Allow-Origin the CORS check fails before any of these is read.
    let read_after_it: &[&str] = if preflight {
        &[LISTS[0], LISTS[1], ACEH, ACMA]
    } else {
        &[ACEH]
    };
    let vain = read_after_it.iter().find(|name| headers.contains(name.as_bytes()));
    if let Some(name) = vain.filter(|_| !headers.contains(ACAO.as_bytes())) {
        report(name, &format!("{name} without Access-Control-Allow-Origin"));
    }
}

fn private_network(found: &mut Findings, own: Option<&Policy>, request: &HeaderList, response: &WireResponse) {
    for kind in ["private", "local"] {
        let requested = request.contains(format!("access-control-request-{kind}-network").as_bytes());
        let allow = format!("access-control-allow-{kind}-network");
        let allowed = response.headers.get(allow.as_bytes()).is_some_and(|v| *v == *b"true");
        if !requested && !allowed {
            continue;
        }
        found.examine(&rules::GRANT_PRIVATE_NETWORK);
        if !allowed {
            continue;
        }
        let origin = origin_of(request).and_then(|o| std::str::from_utf8(o).ok());
        if !own.is_some_and(|p| p.private_network) {
            let what = format!("{allow}: true, and the policy does not allow it");
            found.found(&rules::GRANT_PRIVATE_NETWORK, &allow, what);
        } else if let Some(origin) = origin
            && own.is_none_or(|p| p.origins.facet(origin) == Facet::MustNot)
            && cors_check(origin, CredentialsMode::Omit, &response.headers).is_success()
        {
            let what = format!(
                "{allow}: true for {}, which the policy does not list",
                escape_truncated(origin.as_bytes(), 120)
            );
            found.found(&rules::GRANT_PRIVATE_NETWORK, &allow, what);
        }
    }
}

/// Paths at which the application's handler need not run.
const WITHOUT_HANDLER: [&str; 3] = ["/missing", "/throw", "/auth"];

fn swallows_options(
    found: &mut Findings,
    own: Option<&Policy>,
    path: &str,
    method: &[u8],
    request: &HeaderList,
    response: &WireResponse,
) {
    if method != b"OPTIONS" || is_preflight(method, request) || WITHOUT_HANDLER.contains(&path) {
        return;
    }
    // A server may keep the handler from a foreign origin.
    let origin = origin_of(request).map(|o| String::from_utf8_lossy(o).into_owned());
    let foreign = origin.is_some_and(|o| !own.is_none_or(|p| p.origins.allow(&o)));
    if foreign || (request.contains(b"origin") && origin_of(request).is_none()) {
        return;
    }
    found.examine(&rules::SWALLOWS_OPTIONS);
    if !response.headers.contains(b"x-hit") {
        let lacks = if request.contains(b"origin") {
            "Access-Control-Request-Method"
        } else {
            "Origin"
        };
        let what = format!("OPTIONS {path} without {lacks} is not a preflight, and the application does not see it");
        if let Some(d) = found.found(&rules::SWALLOWS_OPTIONS, "", what) {
            d.expected = Some("X-Hit".to_owned());
            d.actual = Some(format!("status {} without it", response.status));
        }
    }
}

/// Judges how long a preflight that passed may be cached.
pub fn max_age(found: &mut Findings, policy: &Policy, request: &WireRequest, preflight: &WireResponse) {
    let actual = actual_method(&request.method, &request.headers);
    let Some(most) = policy.at(request.url.path(), &actual).and_then(|p| p.max_age) else {
        return;
    };
    found.examine(&rules::MAX_AGE);
    let stated = extract_max_age(&preflight.headers);
    // Without a value that parses, browsers assume five seconds.
    let seconds = if let Extracted::Values(seconds) = stated {
        seconds
    } else {
        5
    };
    if seconds > most {
        let what = format!("the preflight may be cached for {seconds} s, but the policy states {most} s");
        if let Some(d) = found.found(&rules::MAX_AGE, ACMA, what) {
            d.expected = Some(format!("at most {most} s"));
            d.actual = Some(format!("{seconds} s"));
        }
    }
}
