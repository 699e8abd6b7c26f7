//! The exposure caused by a change, beyond the page that made the request, and recommendations to go with the change.

use super::change::{Change, Edit};
use super::recorded::{Exchanged, FetchRun, RecordedFetches};
use crosscheck_fetch::{Answer, Extracted, HeaderList, Vary, escape, extract_header_list_values};

/// States which pages could read or send what, one sentence each.
pub(super) fn exposure(recorded: &RecordedFetches, runs: &[FetchRun], changes: &[Change]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |sentence: String| {
        if !found.contains(&sentence) {
            found.push(sentence);
        }
    };
    for change in changes {
        let Some(seen) = runs.get(change.fetch).and_then(|r| r.exchanges.get(change.exchange)) else {
            continue;
        };
        let url = shown(seen);
        let pages = pages(seen);
        if seen.request.preflight {
            add(sends(&pages, &url, seen));
            continue;
        }
        match &change.edit {
            Edit::Set { name, .. } if name == "Access-Control-Allow-Origin" => {
                add(reads(&pages, &url, credentialed(seen)));
            }
            Edit::Set { name, .. } if name == "Access-Control-Allow-Credentials" => {
                add(reads(&pages, &url, true));
            }
            Edit::Set { name, .. } if name == "Cross-Origin-Resource-Policy" => {
                add(format!("every page of any origin may embed {url}"));
            }
            _ => {}
        }
    }
    if found.is_empty() {
        let pages = recorded
            .fetches
            .last()
            .map_or_else(String::new, |f| f.page.origin.serialize().into_owned());
        found.push(format!(
            "nothing beyond this fetch of {pages}: no other page reads or sends more than before"
        ));
    }
    found
}

/// Recommendations to go with the change.
pub(super) fn hints(before: &[FetchRun], runs: &[FetchRun], changes: &[Change]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for change in changes {
        let Edit::Set { name, value, lines } = &change.edit else {
            continue;
        };
        let at = |runs: &[FetchRun]| -> Option<HeaderList> {
            match runs.get(change.fetch)?.exchanges.get(change.exchange)?.answer.clone()? {
                Answer::Response(response) => Some(response.headers),
                Answer::Failure => None,
            }
        };
        if name != "Access-Control-Allow-Origin" {
            continue;
        }
        let mut hint = |text: String| {
            if !found.contains(&text) {
                found.push(text);
            }
        };
        let varies = at(runs).is_some_and(|h| Vary::of(&h).covers(b"origin"));
        if value != "*" && !varies {
            hint("if several origins are served, answer each with its own origin, and send `Vary: Origin` on every answer, even on one without Access-Control-Allow-Origin".to_owned());
        }
        let old = at(before).and_then(|h| h.get(b"access-control-allow-origin").map(|v| v.into_owned()));
        if *lines == 1 && old.as_deref() == Some(b"*") {
            hint("`*` grants nothing to a request with credentials; naming one origin removes the anonymous access of the others".to_owned());
        }
        if value == "null" {
            hint("the request's Origin is `null`: an opaque page, or a redirect from one foreign origin to another; avoid the redirect rather than allow `null`".to_owned());
        }
    }
    found
}

fn reads(pages: &str, url: &str, credentials: bool) -> String {
    if credentials {
        format!("{pages} may read {url} as the visitor sees it, with the visitor's cookies")
    } else {
        format!("{pages} may read {url} as an anonymous visitor sees it, without cookies")
    }
}

/// States what the answer to a preflight allows pages to send.
fn sends(pages: &str, url: &str, seen: &Exchanged) -> String {
    let requested = |name: &[u8]| seen.request.headers.get(name).unwrap_or_default().into_owned();
    let granted = |name: &'static [u8]| match &seen.answer {
        Some(Answer::Response(response)) => match extract_header_list_values(name, &response.headers) {
            Extracted::Values(values) => values.into_iter().map(escape).collect(),
            Extracted::Null | Extracted::Failure => Vec::new(),
        },
        _ => Vec::new(),
    };
    let mut methods = granted(b"access-control-allow-methods");
    let method = escape(&requested(b"access-control-request-method"));
    if !methods.contains(&method) {
        methods.insert(0, method);
    }
    let names = granted(b"access-control-allow-headers");
    let with = if names.is_empty() {
        String::new()
    } else {
        format!(", with the listed headers ({})", names.join(", "))
    };
    let cookies = if credentialed(seen) {
        ", with the visitor's cookies"
    } else {
        ""
    };
    format!("{pages} may send {} to {url}{with}{cookies}", methods.join(", "))
}

fn credentialed(seen: &Exchanged) -> bool {
    let allowed = matches!(&seen.answer, Some(Answer::Response(r)) if r.headers.get(b"access-control-allow-credentials").as_deref() == Some(b"true"));
    let wildcard = matches!(&seen.answer, Some(Answer::Response(r)) if r.headers.get(b"access-control-allow-origin").as_deref() == Some(b"*"));
    allowed && !wildcard
}

/// The pages whose origin is the request's Origin.
fn pages(seen: &Exchanged) -> String {
    match seen.request.headers.get(b"origin").as_deref() {
        None => "every page".to_owned(),
        Some(b"null") => "every page (any page can get the origin `null` with a sandboxed frame)".to_owned(),
        Some(origin) => format!("every page of {}", escape(origin)),
    }
}

fn shown(seen: &Exchanged) -> String {
    escape(seen.request.url.as_str().as_bytes())
}
