//! What a change opens beyond the page that asked, and what belongs beside it.

use super::change::{Change, Edit};
use super::scene::{Exchanged, FetchRun, Scene};
use crosscheck_fetch::{Answer, Extracted, HeaderList, escape, extract_header_list_values};

/// Who could read or send what, a sentence each.
pub(super) fn opens(scene: &Scene, runs: &[FetchRun], changes: &[Change]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut say = |sentence: String| {
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
            say(sends(&pages, &url, seen));
            continue;
        }
        match &change.edit {
            Edit::Set { name, .. } if name == "Access-Control-Allow-Origin" => {
                say(reads(&pages, &url, credentialed(seen)));
            }
            Edit::Set { name, .. } if name == "Access-Control-Allow-Credentials" => {
                say(reads(&pages, &url, true));
            }
            Edit::Set { name, .. } if name == "Cross-Origin-Resource-Policy" => {
                say(format!("every page may embed {url}, whatever its origin"));
            }
            _ => {}
        }
    }
    if found.is_empty() {
        let pages = scene
            .fetches
            .last()
            .map_or_else(String::new, |f| f.page.origin.serialize().into_owned());
        found.push(format!(
            "nothing beyond this fetch of {pages}: no other page reads or sends more than before"
        ));
    }
    found
}

/// What belongs beside the change.
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
        let varies = at(runs).is_some_and(|h| names_origin(&h));
        if value != "*" && !varies {
            hint("if several origins are served, answer each with its own and send `Vary: Origin`, also where the header is left out".to_owned());
        }
        let old = at(before).and_then(|h| h.get(b"access-control-allow-origin").map(|v| v.into_owned()));
        if *lines == 1 && old.as_deref() == Some(b"*") {
            hint("`*` grants nothing to a request with credentials; naming one origin takes the anonymous access from the others".to_owned());
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

/// What the answer to a preflight lets pages send.
fn sends(pages: &str, url: &str, seen: &Exchanged) -> String {
    let asked = |name: &[u8]| seen.request.headers.get(name).unwrap_or_default().into_owned();
    let granted = |name: &'static [u8]| match &seen.answer {
        Some(Answer::Response(response)) => match extract_header_list_values(name, &response.headers) {
            Extracted::Values(values) => values.into_iter().map(escape).collect(),
            Extracted::Null | Extracted::Failure => Vec::new(),
        },
        _ => Vec::new(),
    };
    let mut methods = granted(b"access-control-allow-methods");
    let method = escape(&asked(b"access-control-request-method"));
    if !methods.contains(&method) {
        methods.insert(0, method);
    }
    let names = granted(b"access-control-allow-headers");
    let with = if names.is_empty() {
        String::new()
    } else {
        format!(", with the headers it lists ({})", names.join(", "))
    };
    let cookies = if credentialed(seen) {
        ", with the visitor's cookies"
    } else {
        ""
    };
    format!("{pages} may send {} to {url}{with}{cookies}", methods.join(", "))
}

fn names_origin(headers: &HeaderList) -> bool {
    let vary = headers.get_decode_and_split(b"vary").unwrap_or_default();
    vary.iter().any(|v| v.eq_ignore_ascii_case(b"origin") || v == b"*")
}

fn credentialed(seen: &Exchanged) -> bool {
    let allowed = matches!(&seen.answer, Some(Answer::Response(r)) if r.headers.get(b"access-control-allow-credentials").as_deref() == Some(b"true"));
    let wildcard = matches!(&seen.answer, Some(Answer::Response(r)) if r.headers.get(b"access-control-allow-origin").as_deref() == Some(b"*"));
    allowed && !wildcard
}

/// The pages that the request's Origin stands for.
fn pages(seen: &Exchanged) -> String {
    match seen.request.headers.get(b"origin").as_deref() {
        None => "every page".to_owned(),
        Some(b"null") => "any page at all (whoever sandboxes a frame has the origin `null`)".to_owned(),
        Some(origin) => format!("every page of {}", escape(origin)),
    }
}

fn shown(seen: &Exchanged) -> String {
    escape(seen.request.url.as_str().as_bytes())
}
