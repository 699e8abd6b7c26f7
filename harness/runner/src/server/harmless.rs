//! Deviations of a probed server that are no fault: methods that it does not implement and that its owner did not list, and texts that
//! no browser sends and that come back where every origin is allowed.
//!
//! A policy adds GET, HEAD and POST to every list, as the standard does. A server that does not implement one of them refuses no page what
//! its owner meant to share: HEAD where only GET is served, and OPTIONS where no request but that of an upload listener needs a preflight.

use super::case_result::finish;
use crosscheck_corpus::policy::{Origins, SAFELISTED_HEADERS, SAFELISTED_METHODS};
use crosscheck_corpus::{Case, Policy, PolicyQuery};
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, Deviation, Level, Verdict};

/// Turns such deviations into advice.
pub(super) fn soften(result: &mut CaseResult, case: &Case, policy: &Policy) {
    let mut deviations = result.deviations.clone();
    let mut changed = false;
    for deviation in &mut deviations {
        if let Some(method) = unimplemented(result, deviation, case, policy) {
            deviation.verdict = Verdict::Advice;
            deviation.level = Level::Should;
            deviation.what = format!("{}; the server does not implement {method}", deviation.what);
            changed = true;
        } else if is_echo(result, deviation, case, policy) {
            deviation.verdict = Verdict::Advice;
            deviation.level = Level::Should;
            changed = true;
        }
    }
    if changed {
        finish(result, &deviations);
    }
}

/// The method that the server does not implement, if that is why it refuses.
fn unimplemented(result: &CaseResult, deviation: &Deviation, case: &Case, policy: &Policy) -> Option<&'static str> {
    if deviation.rule.as_deref() != Some(rules::REFUSE.id) {
        return None;
    }
    let shown = result.transcript.get(deviation.exchange?)?;
    let status = status(shown.response.bytes())?;
    let method = shown.request.bytes().split(|b| *b == b' ').next()?;
    match (method, status) {
        (b"HEAD", 405 | 501) => Some("HEAD"),
        (b"OPTIONS", 404 | 405 | 501) if needs_no_preflight(policy) && is_of_upload(case) => Some("OPTIONS"),
        _ => None,
    }
}

/// Whether the answer only repeats a text that no browser sends, under a policy that allows any: no page is concerned.
fn is_echo(result: &CaseResult, deviation: &Deviation, case: &Case, policy: &Policy) -> bool {
    if deviation.rule.as_deref() != Some(rules::MALFORMED.id) || case.send().is_none() {
        return false;
    }
    let Some(header) = deviation.header.as_deref() else {
        return false;
    };
    let (requested, any) = match header {
        "access-control-allow-origin" => ("origin", policy.origins == Origins::Any),
        "access-control-allow-methods" => ("access-control-request-method", policy.methods.is_any()),
        "access-control-allow-headers" => ("access-control-request-headers", policy.headers.is_any()),
        _ => return false,
    };
    let shown = deviation.exchange.and_then(|at| result.transcript.get(at));
    any && shown.is_some_and(|e| {
        let answered = value(e.response.bytes(), header.as_bytes());
        answered.is_some() && answered == value(e.request.bytes(), requested.as_bytes())
    })
}

/// The value of the only header with this name.
fn value<'m>(message: &'m [u8], name: &[u8]) -> Option<&'m [u8]> {
    let mut lines = message
        .split(|b| *b == b'\n')
        .take_while(|line| !line.trim_ascii().is_empty());
    let value = |line: &'m [u8]| {
        let colon = line.iter().position(|b| *b == b':')?;
        let (found, value) = line.split_at(colon);
        found
            .eq_ignore_ascii_case(name)
            .then(|| value.get(1..).unwrap_or_default().trim_ascii())
    };
    let first = lines.by_ref().find_map(value)?;
    lines.find_map(value).is_none().then_some(first)
}

/// Whether nothing that the owner listed needs a preflight.
fn needs_no_preflight(policy: &Policy) -> bool {
    let others = policy.routes.iter().filter_map(|route| route.policy.as_ref());
    others.chain(Some(policy)).all(|policy| {
        let safelisted_method = |method: &String| SAFELISTED_METHODS.contains(&method.as_str());
        let safelisted_header = |name: &String| {
            SAFELISTED_HEADERS
                .iter()
                .any(|s| *s != "content-type" && s.eq_ignore_ascii_case(name))
        };
        !policy.methods.is_any()
            && !policy.headers.is_any()
            && policy.methods.listed().iter().all(safelisted_method)
            && policy.headers.listed().iter().all(safelisted_header)
    })
}

/// Whether all preflights of the case are those of requests with an upload listener, and nothing else that needs one.
fn is_of_upload(case: &Case) -> bool {
    let queries: Vec<_> = case.fetches().iter().filter_map(PolicyQuery::by).collect();
    let is_plain =
        |query: &PolicyQuery| query.unsafe_headers.is_empty() && SAFELISTED_METHODS.contains(&query.method.as_str());
    !queries.is_empty() && queries.iter().all(is_plain)
}

/// The status of an answer.
fn status(response: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(response.split(|b| *b == b'\n').next()?).ok()?;
    line.split(' ').nth(1)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{needs_no_preflight, status, value};
    use crosscheck_corpus::Policy;

    #[test]
    fn a_policy_without_methods_and_headers_needs_no_preflight() {
        for (policy, expected) in [
            ("{origins: {any: true}}", true),
            ("{origins: {any: true}, methods: [GET, POST], headers: [accept]}", true),
            ("{origins: {any: true}, methods: [PUT]}", false),
            ("{origins: {any: true}, headers: [content-type]}", false),
            ("{origins: {any: true}, headers: any}", false),
            (
                "{origins: {any: true}, routes: [{path: /a, policy: {origins: {any: true}, methods: any}}]}",
                false,
            ),
        ] {
            let policy: Policy = serde_yaml::from_str(policy).expect(policy);
            assert_eq!(needs_no_preflight(&policy), expected, "{policy:?}");
        }
    }

    #[test]
    fn the_status_and_the_only_value_of_a_header_are_read() {
        let message = b"HTTP/1.1 405 No\r\nOrigin: a\r\nX: 1\r\nx: 2\r\nEmpty:\r\n\r\nBody: 1\r\n";
        assert_eq!(status(message), Some(405));
        assert_eq!(value(message, b"origin"), Some(&b"a"[..]));
        assert_eq!(value(message, b"empty"), Some(&b""[..]));
        assert_eq!((value(message, b"x"), value(message, b"body")), (None, None));
    }
}
