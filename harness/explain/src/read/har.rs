//! Reads HAR files, in which a browser records each request as an entry.

use super::browser::{Initiator, Seen};
use super::choice::choose;
use super::shell::initiator;
use crate::adhoc::{Draft, Flags};
use crate::input_error::InputError;
use crosscheck_fetch::{Answer, ByteString, HeaderList, WireResponse};
use serde::Deserialize;

/// What Chromium and Playwright record for a response that CORS refuses. Other errors have other names.
const REFUSED: [&str; 2] = ["net::ERR_FAILED", "net::ERR_BLOCKED_BY_RESPONSE"];

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    #[serde(default)]
    creator: Option<Creator>,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Creator {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, rename = "_fromCache")]
    from_cache: Option<String>,
    #[serde(default, rename = "_resourceType")]
    resource_type: Option<String>,
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
    /// A number; some tools write a word where there was no response.
    #[serde(default)]
    status: serde_json::Value,
    #[serde(default, rename = "statusText")]
    status_text: String,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(flatten)]
    more: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    value: String,
}

/// The method and the URL of each request of a HAR file, in its order.
///
/// # Errors
/// If the text is not a HAR file.
pub fn har_requests(text: &str) -> Result<Vec<(String, String)>, InputError> {
    let entries = parse(text)?.log.entries.into_iter();
    Ok(entries.map(|e| (e.request.method, e.request.url)).collect())
}

/// Reads the file and chooses a fetch.
pub(super) fn read(text: &str, flags: &Flags) -> Result<Draft, InputError> {
    let har = parse(text)?;
    let playwright = har.log.creator.is_some_and(|c| c.name == "Playwright");
    let seen: Vec<Seen> = har.log.entries.iter().map(|e| seen(e, playwright)).collect();
    choose(&seen, true, flags)
}

fn parse(text: &str) -> Result<Har, InputError> {
    serde_json::from_str(text).map_err(|e| {
        InputError::at(
            e.line(),
            e.column(),
            format!("this is not a HAR file: {}", message(&e)),
            "export it again: DevTools, Network, \"Save all as HAR\"; it is JSON with `log.entries`, each with `request` and `response`",
        )
    })
}

/// serde's message without the place, which the error already has.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(i) => text[..i].to_owned(),
        None => text,
    }
}

fn seen(entry: &Entry, playwright: bool) -> Seen {
    let pairs = |pairs: &[Pair]| -> Vec<(Vec<u8>, Vec<u8>)> {
        let real = pairs.iter().filter(|p| !p.name.starts_with(':'));
        real.map(|p| (p.name.as_bytes().to_vec(), p.value.as_bytes().to_vec()))
            .collect()
    };
    let text = |key: &str| entry.response.more.get(key).and_then(serde_json::Value::as_str);
    let error = text("_error").or_else(|| text("_failureText"));
    let kind = entry.resource_type.as_deref().unwrap_or_default();
    let mode = header(&entry.request.headers, "sec-fetch-mode");
    let upgrade = header(&entry.request.headers, "upgrade").is_some_and(|u| u.eq_ignore_ascii_case("websocket"));
    // Status 0 means that there was no response, or that the browser does not show it.
    let status = entry
        .response
        .status
        .as_i64()
        .or_else(|| entry.response.status.as_str()?.parse().ok());
    let answer = status
        .and_then(|s| u16::try_from(s).ok())
        .filter(|s| (100..=999).contains(s))
        .map(|status| {
            Answer::Response(WireResponse {
                status,
                status_text: ByteString::Owned(entry.response.status_text.as_bytes().to_vec()),
                headers: pairs(&entry.response.headers).into_iter().collect::<HeaderList>(),
                body: Vec::new(),
            })
        });
    let answered = answer.is_some();
    Seen {
        method: entry.request.method.clone(),
        url: entry.request.url.clone(),
        headers: pairs(&entry.request.headers),
        body: entry.request.post_data.as_ref().and_then(|d| d.text.clone()),
        answer,
        cookies: !entry.request.cookies.is_empty(),
        refused: match error {
            Some(error) => REFUSED.contains(&error).then_some(true),
            // Chromium and Playwright record an error where CORS refuses a response.
            None => (answered && (entry.response.more.contains_key("_error") || playwright)).then_some(false),
        },
        cached: text("_fetchType").is_some_and(|t| t.contains("Cache")) || entry.from_cache.is_some(),
        no_status: false,
        shown: true,
        initiator: match (mode, kind) {
            _ if upgrade => Initiator::WebSocket,
            (None, "document") => Initiator::Navigation,
            (None, "image" | "stylesheet" | "script" | "media" | "ping") => Initiator::NoCors,
            _ => initiator(mode.map(str::as_bytes)),
        },
    }
}

fn header<'a>(pairs: &'a [Pair], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|p| p.name.eq_ignore_ascii_case(name))
        .map(|p| p.value.as_str())
}
