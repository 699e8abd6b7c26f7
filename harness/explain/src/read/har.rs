//! Reads HAR files, in which a browser records each request as an entry.

use super::browser::Seen;
use crate::adhoc::{AdHoc, Draft, Flags};
use crate::input_error::InputError;
use crate::recorded::Recorded;
use crosscheck_fetch::{Answer, ByteString, HeaderList, Origin, Url, WireResponse, is_redirect_status};
use serde::Deserialize;

/// The maximum number of hops in one fetch.
const MAX_HOPS: usize = 21;

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default)]
    cookies: Vec<serde::de::IgnoredAny>,
    #[serde(default, rename = "postData")]
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct PostData {
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    status: i64,
    #[serde(default, rename = "statusText")]
    status_text: String,
    #[serde(default)]
    headers: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    value: String,
}

/// Reads the file and chooses a fetch.
pub(super) fn read(text: &str, flags: &Flags) -> Result<Draft, InputError> {
    let har: Har = serde_json::from_str(text).map_err(|e| {
        InputError::at(
            e.line(),
            e.column(),
            format!("this is not a HAR file: {}", message(&e)),
            "export it again: DevTools, Network, \"Save all as HAR\"; it is JSON with `log.entries`, each with `request` and `response`",
        )
    })?;
    let seen: Vec<(Seen, bool)> = har
        .log
        .entries
        .into_iter()
        .map(|e| (seen(&e), !e.request.cookies.is_empty()))
        .collect();
    let selected = |s: &Seen| flags.url.as_ref().is_none_or(|u| s.url.contains(u.as_str()));
    let candidates: Vec<usize> = (0..seen.len())
        .filter(|i| !seen[*i].0.is_preflight() && selected(&seen[*i].0) && !is_hop(&seen, *i))
        .collect();
    let crossing: Vec<usize> = candidates
        .iter()
        .copied()
        .filter(|i| crosses(&seen[*i].0, flags))
        .collect();
    let lone = (0..seen.len()).filter(|i| seen[*i].0.is_preflight() && selected(&seen[*i].0));
    let pool = if !crossing.is_empty() {
        crossing
    } else if !candidates.is_empty() {
        candidates
    } else {
        lone.collect()
    };
    let drafts: Vec<Draft> = pool.iter().take(1000).map(|i| draft(&seen, *i)).collect();
    let count = drafts.len();
    let fails = |d: &Draft| {
        AdHoc::build(d.clone(), flags).is_ok_and(|a| a.recorded_fetches().run(&[]).last().is_some_and(|r| !r.shared()))
    };
    let picked = drafts.iter().position(fails).unwrap_or(0);
    let Some(mut found) = drafts.into_iter().nth(picked) else {
        let what = flags.url.as_ref().map_or_else(String::new, |u| {
            format!(" whose URL contains `{}`", crate::head::shown(u))
        });
        return Err(InputError::new(
            format!("the HAR file has no request{what}"),
            "record again with the Network panel open, or give another --url",
        ));
    };
    if count > 1 {
        let url = found.init.as_ref().map_or("", |i| i.url.as_str());
        found.notes.insert(0, format!("the file has {count} requests; the first that fails was chosen, or the first if none fails: {}; choose another with --url", crate::head::shown(url)));
    }
    Ok(found)
}

/// serde's message without the place, which the error already has.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(i) => text[..i].to_owned(),
        None => text,
    }
}

fn seen(entry: &Entry) -> Seen {
    let pairs = |pairs: &[Pair]| -> Vec<(Vec<u8>, Vec<u8>)> {
        let real = pairs.iter().filter(|p| !p.name.starts_with(':'));
        real.map(|p| (p.name.as_bytes().to_vec(), p.value.as_bytes().to_vec()))
            .collect()
    };
    // Status 0 means that there was no response, or that the browser does not show it.
    let answer = u16::try_from(entry.response.status)
        .ok()
        .filter(|s| (100..=999).contains(s))
        .map(|status| {
            Answer::Response(WireResponse {
                status,
                status_text: ByteString::Owned(entry.response.status_text.as_bytes().to_vec()),
                headers: pairs(&entry.response.headers).into_iter().collect::<HeaderList>(),
                body: Vec::new(),
            })
        });
    Seen {
        method: entry.request.method.clone(),
        url: entry.request.url.clone(),
        headers: pairs(&entry.request.headers),
        body: entry.request.post_data.as_ref().and_then(|d| d.text.clone()),
        answer,
    }
}

/// Whether the request leaves the page's origin, according to the file.
fn crosses(seen: &Seen, flags: &Flags) -> bool {
    let origin = flags.origin.clone().or_else(|| page_origin(seen));
    let target = Url::parse(&seen.url).map(|u| Origin::of(&u).serialize().into_owned());
    matches!((origin, target), (Some(origin), Ok(target)) if origin != target)
}

fn page_origin(seen: &Seen) -> Option<String> {
    seen.header("origin").or_else(|| {
        let referrer = Url::parse(&seen.header("referer")?).ok()?;
        Some(Origin::of(&referrer).serialize().into_owned())
    })
}

/// The target of the answer's redirect.
fn next_hop(seen: &Seen) -> Option<Url> {
    let Some(Answer::Response(response)) = &seen.answer else {
        return None;
    };
    let location = response
        .headers
        .get(b"location")
        .filter(|_| is_redirect_status(response.status))?;
    Url::parse(&seen.url)
        .ok()?
        .join(std::str::from_utf8(&location).ok()?)
        .ok()
}

/// Whether an entry continues a redirect of an earlier one.
fn is_hop(seen: &[(Seen, bool)], at: usize) -> bool {
    let Ok(url) = Url::parse(&seen[at].0.url) else {
        return false;
    };
    seen[..at]
        .iter()
        .rev()
        .take(MAX_HOPS * 2)
        .any(|(s, _)| !s.is_preflight() && next_hop(s).is_some_and(|u| u == url))
}

/// The fetch that starts at an entry, with its preflights and redirects.
fn draft(seen: &[(Seen, bool)], start: usize) -> Draft {
    let (first, _) = &seen[start];
    let mut notes = Vec::new();
    let preflight = if first.is_preflight() {
        None
    } else {
        preflight_of(seen, start)
    };
    let init = if first.is_preflight() {
        notes.push(
            "only a preflight is recorded; the actual request is constructed from the preflight's headers".to_owned(),
        );
        first.init_behind_preflight()
    } else {
        first.init(preflight)
    };
    let mut answers = Vec::new();
    let mut credentials = false;
    let mut at = start;
    for _ in 0..MAX_HOPS {
        let (hop, cookies) = &seen[at];
        credentials |= *cookies || hop.header("cookie").is_some();
        let before = if hop.is_preflight() {
            None
        } else {
            preflight_of(seen, at)
        };
        for seen in before.into_iter().chain([hop]) {
            let preflight = Some(seen.is_preflight());
            answers.extend(seen.answer.clone().map(|answer| Recorded::new(preflight, answer)));
        }
        let Some(next) = next_hop(hop) else { break };
        let later = (at + 1..seen.len())
            .find(|i| !seen[*i].0.is_preflight() && Url::parse(&seen[*i].0.url).is_ok_and(|u| u == next));
        let Some(later) = later else { break };
        at = later;
    }
    Draft {
        origin: page_origin(first).or_else(|| preflight.and_then(page_origin)),
        init: Some(init),
        answers,
        cookies: credentials,
        notes,
    }
}

/// The preflight of an entry: the nearest OPTIONS to the same URL for its method, before or after it.
fn preflight_of(seen: &[(Seen, bool)], at: usize) -> Option<&Seen> {
    let actual = &seen[at].0;
    let fits = |s: &&Seen| {
        s.is_preflight()
            && s.url == actual.url
            && s.header("access-control-request-method").as_deref() == Some(&actual.method)
    };
    let before = seen[..at].iter().rev().map(|(s, _)| s).find(fits);
    before.or_else(|| seen[at + 1..].iter().map(|(s, _)| s).find(fits))
}
