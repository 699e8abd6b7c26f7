//! What to do, in one line. It opens no more than the page needs: no wildcard, no credentials, method or header that was not requested.

use super::adhoc::AdHoc;
use super::change::{Change, Edit};
use super::fix::Fix;
use super::judge::hidden_names;
use super::recorded::FetchRun;
use super::verdict::Verdict;
use crosscheck_fetch::{Answer, MainFetchReason, Reason, Step, WireRequest, escape, is_redirect_status};

const ACAO: &str = "Access-Control-Allow-Origin";

/// What to do about the answer of one variant.
pub(super) fn remedy(adhoc: &AdHoc, run: &FetchRun, fix: &Fix, verdict: Verdict, hypothetical: bool) -> String {
    match (verdict, fix) {
        (Verdict::Readable, _) => readable(run),
        (Verdict::Loaded, _) => "none is needed".to_owned(),
        (Verdict::NotKnown, _) => not_known(adhoc, run, hypothetical),
        (Verdict::Blocked, Fix::Impossible { .. }) if is_mixed(run) => "client: use the https URL".to_owned(),
        (Verdict::Blocked, Fix::Impossible { reason }) => format!("client: {reason}"),
        (Verdict::Blocked, Fix::NotNeeded) => "none was found".to_owned(),
        (Verdict::Blocked, Fix::Found(fix)) => blocked(run, &fix.changes, &fix.after),
    }
}

fn is_mixed(run: &FetchRun) -> bool {
    let reason = run.trace.deciding().map(|e| &e.reason);
    matches!(reason, Some(Reason::MainFetch(MainFetchReason::MixedContent { .. })))
}

fn readable(run: &FetchRun) -> String {
    let hidden = hidden_names(run);
    if hidden.is_empty() {
        return "none is needed".to_owned();
    }
    format!(
        "none is needed to read the body; if the page needs the headers: server: Access-Control-Expose-Headers: {}",
        hidden.join(", ")
    )
}

fn not_known(adhoc: &AdHoc, run: &FetchRun, hypothetical: bool) -> String {
    if hypothetical {
        return "give the answer to the preflight, too; the command is below".to_owned();
    }
    if adhoc.evidence.options_without_method {
        return "ask again with Access-Control-Request-Method and the page's method: curl -v -X OPTIONS -H 'Origin: ..' -H 'Access-Control-Request-Method: ..' URL".to_owned();
    }
    match run.unanswered() {
        Some((i, request)) => {
            let origin = request.headers.get(b"origin").map_or_else(String::new, |o| {
                format!("; to be read, it needs Access-Control-Allow-Origin: {}", escape(&o))
            });
            let what = if request.preflight { "preflight" } else { "request" };
            let simple = if request.preflight && is_get_with_content_type(adhoc) {
                "; or client: leave out Content-Type, since a GET has no body; without it no preflight is needed"
            } else {
                ""
            };
            format!(
                "give the response to exchange {}, the {what}; the curl command below gets it{origin}{simple}",
                i + 1
            )
        }
        None => "give the stored response: clear the browser's cache, and record again".to_owned(),
    }
}

/// Whether Content-Type is the only reason for a preflight.
fn is_get_with_content_type(adhoc: &AdHoc) -> bool {
    let method = adhoc.init.method.as_deref().unwrap_or(b"GET");
    let only = matches!(&adhoc.init.headers[..], [(name, _)] if name.eq_ignore_ascii_case(b"content-type"));
    only && (method.eq_ignore_ascii_case(b"GET") || method.eq_ignore_ascii_case(b"HEAD"))
}

fn blocked(run: &FetchRun, changes: &[Change], after: &FetchRun) -> String {
    let Some(exchange) = run.exchanges.len().checked_sub(1) else {
        return "client: change the request".to_owned();
    };
    let last = &run.exchanges[exchange];
    if let Some(other) = instead(run, &last.request, last.answer.as_ref(), changes) {
        return other;
    }
    let here: Vec<String> = changes
        .iter()
        .filter(|c| c.exchange == exchange)
        .map(|c| edit(&c.edit))
        .collect();
    let is_null = |e: &Edit| matches!(e, Edit::Set { name, value, .. } if name == ACAO && value == "null");
    let elsewhere: Vec<String> = changes
        .iter()
        .filter(|c| c.exchange != exchange && c.exchange < after.exchanges.len() && !is_null(&c.edit))
        .filter(|c| !matches!(c.edit, Edit::Answer { .. }))
        .map(|c| edit(&c.edit))
        .collect();
    let what = if last.request.preflight { "preflight" } else { "request" };
    let mut text = String::new();
    if has_credentials_with_wildcard(run) {
        text.push_str("client: leave credentials out if the page needs no cookies; or ");
    }
    let response = match &last.answer {
        Some(Answer::Response(response)) => Some(response),
        _ => None,
    };
    let target = response
        .filter(|r| is_redirect_status(r.status) && !last.request.preflight)
        .and_then(|r| r.headers.get(b"location"));
    if let Some(target) = target {
        text.push_str(&format!(
            "client: request {} directly (navigate, if it is a login page); or ",
            escape(&target)
        ));
    }
    text.push_str(&format!("server, on the response to the {what}: {}", here.join("; ")));
    if let Some(response) = response.filter(|r| r.status >= 400 && !last.request.preflight) {
        text.push_str(&format!("; look also why the status is {}", response.status));
    }
    if !elsewhere.is_empty() {
        let later = changes.iter().any(|c| c.exchange > exchange);
        let which = if later {
            "the response after it, which is not given, needs"
        } else {
            "on an earlier response"
        };
        text.push_str(&format!("; {which}: {}", elsewhere.join("; ")));
    }
    text
}

/// A remedy that is better than the smallest change of the responses.
fn instead(run: &FetchRun, request: &WireRequest, answer: Option<&Answer>, changes: &[Change]) -> Option<String> {
    let response = match answer {
        Some(Answer::Response(response)) => Some(response),
        _ => None,
    };
    if request.preflight
        && let Some(response) = response.filter(|r| is_redirect_status(r.status))
    {
        let target = response
            .headers
            .get(b"location")
            .map_or_else(String::new, |l| format!(" of the redirect, {}", escape(&l)));
        return Some(format!(
            "client: request the final URL{target}; or server: answer OPTIONS without a redirect, with 2xx and the CORS headers"
        ));
    }
    let response_headers: Vec<&str> = changes
        .iter()
        .filter_map(|c| match &c.edit {
            Edit::Add { name, items } if name == "Access-Control-Allow-Headers" => Some(items),
            _ => None,
        })
        .flatten()
        .map(String::as_str)
        .filter(|n| n.to_ascii_lowercase().starts_with("access-control-"))
        .collect();
    if request.preflight && !response_headers.is_empty() {
        return Some(format!(
            "client: do not send {}, which is a header of responses; the server sends it",
            response_headers.join(", ")
        ));
    }
    let exchange = run.exchanges.len().saturating_sub(1);
    let null = changes
        .iter()
        .filter(|c| c.exchange == exchange)
        .any(|c| matches!(&c.edit, Edit::Set { name, value, .. } if name == ACAO && value == "null"));
    if !null {
        return None;
    }
    let hops = run.exchanges.iter().filter(|e| !e.request.preflight).count();
    Some(if hops > 1 {
        format!(
            "client: request {} directly, since the redirect between two foreign origins makes the Origin `null`; do not allow `null`",
            request.url
        )
    } else {
        "client: serve the page from an http or https origin, since its origin is `null`; allowing `null` allows every sandboxed page"
            .to_owned()
    })
}

/// Whether credentials are what the check refuses.
fn has_credentials_with_wildcard(run: &FetchRun) -> bool {
    run.trace.deciding().is_some_and(|e| {
        e.steps
            .iter()
            .any(|s| *s == Step::CorsCheckWildcardCredentialed || *s == Step::CorsCheckAcacRequired)
    })
}

fn edit(edit: &Edit) -> String {
    match edit {
        Edit::Answer { status } => format!("an answer with status {status}"),
        other => other.to_string(),
    }
}
