//! Judges by effect: what a browser that receives these answers lets a page do, against what the policy promises.

use crate::documented::DocumentedBehavior;
use crate::findings::Findings;
use crate::observation::FetchRun;
use crate::requests::{is_preflight, origin_of};
use crosscheck_corpus::policy::{Names, Origins, SAFELISTED_METHODS};
use crosscheck_corpus::{Expected, Facet, FetchSpec, Policy, PolicyQuery, Send};
use crosscheck_fetch::{
    CredentialsMode, Origin, Outcome, RedirectMode, ResponseType, WireResponse, cors_check, is_redirect_status,
    normalize,
};
use crosscheck_results::{Level, Rule, Verdict, rules};
use crosscheck_text::escape_truncated;

/// Judges one fetch. The first contradiction in wire order names the rule; what follows from it is left out.
pub fn effect(
    found: &mut Findings,
    policy: &Policy,
    spec: &FetchSpec,
    run: &FetchRun,
    documented: &DocumentedBehavior,
) {
    let Some(query) = PolicyQuery::by(spec) else { return };
    let Ok(outcome) = &run.outcome else { return };
    if !documented.covers_unrouted_paths && query.path == "/missing" {
        return;
    }
    let expected = Expected::of(policy, &query);
    if run.exchanges.iter().any(|e| e.request.preflight) {
        // Without an actual request, the response came from the HTTP cache of the browser if the page reads one.
        let passed = run.exchanges.iter().any(|e| !e.request.preflight) || outcome.response_type != ResponseType::Error;
        let last = run
            .exchanges
            .iter()
            .rposition(|e| e.request.preflight)
            .unwrap_or_default();
        let status = run.exchanges.get(last).map_or(0, |e| e.response.status);
        found.look_at_exchange(last);
        if !preflight(found, policy, (&query, &expected), documented, passed, status) || !passed {
            return;
        }
    } else if query.needs_preflight() && expected.preflight == Facet::MustNot {
        // A preflight of an earlier fetch covers it, and that one was judged.
        return;
    }
    found.look_at_exchange(run.exchanges.len().saturating_sub(1));
    let was_sent = run
        .exchanges
        .last()
        .is_some_and(|e| e.from_cache || !e.received.is_empty());
    let follows = spec.request.redirect.is_none_or(|r| r == RedirectMode::Follow);
    if !was_sent || (!follows && run.exchanges.iter().any(|e| is_redirect_status(e.response.status))) {
        return;
    }
    let reads = outcome.response_type == ResponseType::Cors;
    let (denied, granted) = (&rules::REFUSE, grant_rule(policy, &query, &expected, documented));
    match expected.read {
        Facet::Must => found.examine(denied),
        Facet::MustNot => found.examine(granted.0),
        Facet::Unspecified => {}
    }
    never_matches(found, policy, &query, reads);
    if expected.read.contradicted_by(reads) {
        let requester = requester(&query);
        if reads {
            let what = format!("{requester} reads the answer, which the policy does not share with it");
            if let Some(d) = found.found(granted.0, granted.1, what) {
                d.expected = Some("error".to_owned());
                d.actual = Some(shown(outcome));
            }
        } else {
            let what = format!("{requester} is blocked, though the policy shares the answer with it");
            if let Some(d) = found.found(denied, "access-control-allow-origin", what) {
                d.expected = Some("cors".to_owned());
                d.actual = Some(shown(outcome));
            }
        }
    } else if reads {
        names(found, &expected, run, outcome, &query);
    }
}

/// Judges whether the origin that a misspelt entry of the list was meant to be is blocked.
fn never_matches(found: &mut Findings, policy: &Policy, query: &PolicyQuery, reads: bool) {
    let Origins::List { list, meant, .. } = &policy.origins else {
        return;
    };
    if meant.as_deref() != Some(query.origin.as_str()) {
        return;
    }
    found.examine(&rules::NEVER_MATCHES);
    if !reads {
        let written = list.first().map(String::as_str).unwrap_or_default();
        let what = format!(
            "{} is blocked: the library accepts the listed `{written}`, which no browser sends, and never matches it",
            query.origin
        );
        found.found(&rules::NEVER_MATCHES, ACAO, what);
    }
}

/// The rule that a failed preflight breaks by its status, and the header that is to blame.
fn refusal(status: u16) -> (&'static Rule, &'static str) {
    match status {
        401 => (&rules::PREFLIGHT_AUTH, "status"),
        status if is_redirect_status(status) => (&rules::PREFLIGHT_REDIRECT, "location"),
        _ => (&rules::REFUSE, "access-control-allow-origin"),
    }
}

/// Judges the preflight. Returns whether it is as the policy promises.
fn preflight(
    found: &mut Findings,
    policy: &Policy,
    (query, expected): (&PolicyQuery, &Expected),
    documented: &DocumentedBehavior,
    passed: bool,
    status: u16,
) -> bool {
    let granted = grant_rule(policy, query, expected, documented);
    match expected.preflight {
        Facet::Must => {
            for rule in [&rules::REFUSE, &rules::PREFLIGHT_AUTH, &rules::PREFLIGHT_REDIRECT] {
                found.examine(rule);
            }
        }
        Facet::MustNot => found.examine(granted.0),
        Facet::Unspecified => {}
    }
    if !expected.preflight.contradicted_by(passed) {
        return true;
    }
    let requester = requester(query);
    let of = format!("{} {}{}", query.method, query.path, headers_of(query));
    if passed {
        let what = format!("the preflight of {requester} for {of} passes, and the policy does not grant it");
        if let Some(d) = found.found(granted.0, granted.1, what) {
            d.expected = Some("the preflight fails".to_owned());
            d.actual = Some("the preflight passes".to_owned());
            if granted.0.id == rules::GRANT_METHOD.id && query.method == "OPTIONS" {
                // Many libraries list OPTIONS since they answer it themselves. A page gains nothing by it.
                d.verdict = Verdict::Advice;
                d.level = Level::Should;
            }
        }
    } else {
        let (rule, header) = refusal(status);
        let how = match rule.id {
            "refuse" => String::new(),
            _ => format!(" with status {status}"),
        };
        let what = format!("the preflight of {requester} for {of} fails{how}, and the policy grants it");
        if let Some(d) = found.found(rule, header, what) {
            d.expected = Some("the preflight passes".to_owned());
            d.actual = Some("the preflight fails".to_owned());
        }
    }
    false
}

fn headers_of(query: &PolicyQuery) -> String {
    if query.unsafe_headers.is_empty() {
        String::new()
    } else {
        format!(" with {}", query.unsafe_headers.join(", "))
    }
}

fn requester(query: &PolicyQuery) -> String {
    if query.credentials {
        format!("{} with credentials", query.origin)
    } else {
        query.origin.clone()
    }
}

/// Judges whether the handler runs for an unlisted origin's simple request at `/`.
pub fn blocks_actual(found: &mut Findings, policy: &Policy, run: &FetchRun) {
    let Some(first) = run.exchanges.first() else { return };
    let request = &first.request;
    let own = policy.at("/", &String::from_utf8_lossy(&request.method));
    let foreign = origin_of(&request.headers)
        .and_then(|o| std::str::from_utf8(o).ok())
        .filter(|o| own.is_some_and(|p| p.origins.facet(o) == Facet::MustNot));
    let Some(origin) = foreign.filter(|_| !request.preflight && request.url.path() == "/") else {
        return;
    };
    if first.from_cache || first.received.is_empty() {
        return;
    }
    found.look_at_exchange(0);
    found.examine(&rules::BLOCKS_ACTUAL);
    if !first.response.headers.contains(b"x-hit") {
        let what = format!("the handler does not run for a simple request of {origin}, which the policy does not list");
        if let Some(d) = found.found(&rules::BLOCKS_ACTUAL, "", what) {
            d.expected = Some("X-Hit".to_owned());
            d.actual = Some(format!("status {} without it", first.response.status));
        }
    }
}

/// Judges whether a library without a policy allows an unlisted origin by name. `*` is not a reflection.
pub fn default_grant(found: &mut Findings, run: &FetchRun) {
    for (at, exchanged) in run.exchanges.iter().enumerate().filter(|(_, e)| !e.received.is_empty()) {
        found.look_at_exchange(at);
        let Some(origin) = origin_of(&exchanged.request.headers).and_then(|o| std::str::from_utf8(o).ok()) else {
            continue;
        };
        found.examine(&rules::DEFAULT_GRANT);
        let headers = &exchanged.response.headers;
        let shares = |credentials| cors_check(origin, credentials, headers).is_success();
        let reflected = headers.get(b"access-control-allow-origin").as_deref() == Some(origin.as_bytes());
        let (header, how) = if shares(CredentialsMode::Include) {
            ("access-control-allow-credentials", "is reflected with credentials")
        } else if reflected && shares(CredentialsMode::Omit) {
            ("access-control-allow-origin", "is reflected without credentials")
        } else {
            continue;
        };
        let what = format!("{origin}, an unlisted origin, {how}");
        if let Some(d) = found.found(&rules::DEFAULT_GRANT, header, what) {
            d.expected = Some("no Access-Control-Allow-Origin, or `*`".to_owned());
            d.actual = Some(format!("Access-Control-Allow-Origin: {origin}"));
        }
    }
}

fn shown(outcome: &Outcome) -> String {
    match outcome.response_type {
        ResponseType::Error => "error".to_owned(),
        kind => format!("{kind}, status {}", outcome.status),
    }
}

const ACAO: &str = "access-control-allow-origin";

/// The rule that an over-grant breaks, and the header that does it.
fn grant_rule(
    policy: &Policy,
    query: &PolicyQuery,
    expected: &Expected,
    documented: &DocumentedBehavior,
) -> (&'static Rule, &'static str) {
    let own = policy.at(&query.path, &query.method);
    if expected.foreign
        && let Some(anchoring) = documented.looser_anchoring
        && own.is_some_and(|p| p.origins.matches(&query.origin, anchoring))
    {
        // The documentation warns that an expression that does not anchor itself matches more.
        return (&rules::LENIENT_MATCH, ACAO);
    }
    if expected.foreign {
        let mut others = policy
            .routes
            .iter()
            .filter_map(|r| r.policy.as_ref())
            .chain(Some(policy));
        let listed_elsewhere = others.any(|p| p.origins.allow(&query.origin));
        let any = own.is_some_and(|p| p.origins == Origins::Any);
        return if !policy.routes.is_empty() && !any && (own.is_none() || listed_elsewhere) {
            (&rules::GRANT_ROUTE, ACAO)
        } else if query.origin == "null" && !any {
            (&rules::GRANT_NULL, ACAO)
        } else if query.credentials {
            (&rules::GRANT_WITH_CREDENTIALS, ACAO)
        } else {
            (&rules::GRANT_ANONYMOUS, ACAO)
        };
    }
    let Some(own) = own else {
        return (&rules::GRANT_ROUTE, ACAO);
    };
    if query.credentials && !own.credentials.allow(&query.origin) {
        return (&rules::GRANT_CREDENTIALS, "access-control-allow-credentials");
    }
    let method = SAFELISTED_METHODS.contains(&query.method.as_str())
        || own.methods.is_any()
        || own.methods.listed().contains(&query.method);
    if method {
        (&rules::GRANT_HEADER, "access-control-allow-headers")
    } else {
        (&rules::GRANT_METHOD, "access-control-allow-methods")
    }
}

/// Headers that the transport or the middleware itself adds, after a library may have listed what there is. So are all that begin with
/// `access-control-`.
pub const INCIDENTAL: [&str; 9] = [
    "date",
    "server",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "vary",
    "x-powered-by",
    "etag",
    "content-length",
];

fn is_incidental(name: &str) -> bool {
    INCIDENTAL.contains(&name) || name.starts_with("access-control-")
}

fn names(found: &mut Findings, expected: &Expected, run: &FetchRun, outcome: &Outcome, query: &PolicyQuery) {
    let Some(last) = run.exchanges.last() else { return };
    found.examine(&rules::GRANT_EXPOSE);
    found.examine(&rules::REFUSE_EXPOSE);
    const ACEH: &str = "access-control-expose-headers";
    for header in &last.response.headers {
        let name = String::from_utf8_lossy(&header.name).to_ascii_lowercase();
        let reads = outcome.headers.contains(&header.name);
        if reads && !expected.names.may_read(&name) {
            let what = format!("{} reads {name}, which the policy does not expose", query.origin);
            found.found(&rules::GRANT_EXPOSE, ACEH, what);
        }
        let free = expected.names.must == Names::Any && is_incidental(&name);
        if !reads && !free && expected.names.must_read(&name) {
            let what = format!("{} cannot read {name}, which the policy exposes", query.origin);
            found.found(&rules::REFUSE_EXPOSE, ACEH, what);
        }
    }
}

/// Judges the answer to a `send` that a browser could have sent: a simple request with one origin.
pub fn sent_effect(
    found: &mut Findings,
    policy: &Policy,
    documented: &DocumentedBehavior,
    send: &Send,
    response: &WireResponse,
) {
    if is_preflight(&send.method, &send.headers) || !matches!(&*send.method, b"GET" | b"HEAD" | b"POST") {
        return;
    }
    let origin = origin_of(&send.headers).and_then(|o| std::str::from_utf8(o).ok());
    let Some(origin) = origin.filter(|o| can_be_sent(o)) else {
        return;
    };
    for credentials in [CredentialsMode::Include, CredentialsMode::Omit] {
        let query = PolicyQuery {
            origin: origin.to_owned(),
            path: send.url.path().to_owned(),
            method: String::from_utf8_lossy(&send.method).into_owned(),
            unsafe_headers: Vec::new(),
            forced_preflight: false,
            credentials: credentials == CredentialsMode::Include,
        };
        let expected = Expected::of(policy, &query);
        if expected.read != Facet::MustNot {
            continue;
        }
        let (rule, header) = grant_rule(policy, &query, &expected, documented);
        found.examine(rule);
        if cors_check(origin, credentials, &response.headers).is_success() {
            let what = format!(
                "{} would read the answer, which the policy does not share with it",
                requester(&query)
            );
            found.found(rule, header, what);
            return;
        }
    }
}

/// Whether a browser can send that text as an Origin: a serialized origin whose host a name server can have, or `null`.
#[must_use]
pub fn can_be_sent(text: &str) -> bool {
    // RFC 1035, section 2.3.4: the limits of names and labels.
    const MAX_NAME: usize = 253;
    const MAX_LABEL: usize = 63;
    let in_a_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let label = |l: &str| (1..=MAX_LABEL).contains(&l.len()) && l.chars().all(in_a_label);
    match Origin::parse_serialized(text) {
        Err(_) => false,
        // The hosts of apps and extensions are in lower case, except the ids of Safari.
        Ok(Origin::Tuple { scheme, host, .. })
            if scheme != "safari-web-extension" && host.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            false
        }
        Ok(Origin::Tuple { host, .. }) => {
            host.starts_with('[') || (host.len() <= MAX_NAME && host.split('.').all(label))
        }
        Ok(Origin::Opaque) => true,
    }
}

/// Judges whether a text that no browser sends as an Origin, and that the policy does not list, is allowed by name.
pub fn lenient_match(found: &mut Findings, policy: &Policy, send: &Send, response: &WireResponse) {
    if is_preflight(&send.method, &send.headers) {
        return;
    }
    let Some(origin) = origin_of(&send.headers).map(normalize).filter(|o| !o.is_empty()) else {
        return;
    };
    let text = String::from_utf8_lossy(origin);
    let own = policy.at(send.url.path(), &String::from_utf8_lossy(&send.method));
    let listed = own.is_none_or(|p| p.origins == Origins::Any || p.origins.facet(&text) != Facet::MustNot);
    if listed || can_be_sent(&text) {
        return;
    }
    /// The most bytes of it that are shown.
    const MOST: usize = 80;
    found.examine(&rules::LENIENT_MATCH);
    let mut lines = response.headers.get_all(ACAO.as_bytes());
    if lines.next().map(normalize) == Some(origin) && lines.next().is_none() {
        let shown = escape_truncated(origin, MOST);
        let what = format!("`{shown}` is allowed, though the policy does not list it");
        if let Some(d) = found.found(&rules::LENIENT_MATCH, ACAO, what) {
            d.expected = Some("no Access-Control-Allow-Origin".to_owned());
            d.actual = Some(format!("Access-Control-Allow-Origin: {shown}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::can_be_sent;

    #[test]
    fn browsers_send_serialized_origins_of_hosts_that_exist() {
        for (text, expected) in [
            ("https://app.example", true),
            ("https://a_b.example:8443", true),
            ("http://[::1]:3000", true),
            ("null", true),
            ("capacitor://localhost", true),
            ("app://-", true),
            ("chrome-extension://abcdefghijklmnopabcdefghijklmnop", true),
            ("safari-web-extension://E1F2A3B4-C5D6-47E8-9F00-112233445566", true),
            ("https://App.example", false),
            ("capacitor://LOCALHOST", false),
            ("chrome-extension://ABCDEFGHIJKLMNOPABCDEFGHIJKLMNOP", false),
            ("https://app.example/", false),
            ("https://app.example:443", false),
            ("https://a b.example", false),
        ] {
            assert_eq!(can_be_sent(text), expected, "{text}");
        }
    }
}
