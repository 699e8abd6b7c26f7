//! Matches wire requests with the entries of a case. The replay on the model and the client runner use it.

use super::compare::{form_fields, shown};
use crate::case::{BodyMatch, CaseResponse, Exchange, HeaderMatch, RequestMatch};
use crate::wire::refusal;
use crosscheck_fetch::{HeaderList, WireRequest};
use std::borrow::Cow;
use url::{Position, Url};

/// A request on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'r> {
    /// The method.
    pub method: &'r [u8],
    /// The URL.
    pub url: &'r Url,
    /// The headers.
    pub headers: &'r HeaderList,
    /// The body.
    pub body: &'r [u8],
}

impl<'r> From<&'r WireRequest> for Seen<'r> {
    fn from(wire: &'r WireRequest) -> Self {
        Self {
            method: &wire.method,
            url: &wire.url,
            headers: &wire.headers,
            body: &wire.body,
        }
    }
}

/// The entry of a script that answers a request.
#[derive(Clone, Debug)]
pub struct Matched<'e> {
    /// The entry that it matched.
    pub entry: Option<usize>,
    /// The answer; 599 without CORS headers if no entry matched.
    pub response: Cow<'e, CaseResponse>,
    /// Why no entry matched.
    pub unmatched: Option<String>,
}

/// The entries of one fetch, in order. Each request must match the next entry; entries marked optional may be skipped.
#[derive(Clone, Debug)]
pub struct Script<'e> {
    entries: &'e [Exchange],
    next: usize,
    came: usize,
}

impl<'e> Script<'e> {
    /// Creates a script of these entries.
    #[must_use]
    pub const fn new(entries: &'e [Exchange]) -> Self {
        Self {
            entries,
            next: 0,
            came: 0,
        }
    }

    /// Answers a request.
    pub fn reply(&mut self, seen: &Seen<'_>) -> Matched<'e> {
        self.came += 1;
        let mut first_difference = None;
        for (i, entry) in self.entries.iter().enumerate().skip(self.next) {
            let differences = match &entry.request {
                Some(expected) => request_differences(expected, seen),
                None => Vec::new(),
            };
            if differences.is_empty() {
                self.next = i + 1;
                return Matched {
                    entry: Some(i),
                    response: Cow::Borrowed(&entry.response),
                    unmatched: None,
                };
            }
            first_difference.get_or_insert_with(|| format!("it is not exchange {}: {}", i + 1, differences.join("; ")));
            if entry.optional.is_none() {
                break;
            }
        }
        let why = first_difference.unwrap_or_else(|| match self.entries.len() {
            0 => "no request is expected".to_owned(),
            n => format!("all {n} exchanges have already been used"),
        });
        let request = format!("{} {}", shown(seen.method), seen.url);
        Matched {
            entry: None,
            response: Cow::Owned(refusal()),
            unmatched: Some(format!(
                "request {} on the wire, {request}, matches no exchange: {why}",
                self.came
            )),
        }
    }

    /// The indices of the entries that are still open, including those that may be missing.
    pub fn open(&self) -> impl Iterator<Item = usize> + '_ {
        self.next..self.entries.len()
    }

    /// The required entries without a request.
    #[must_use]
    pub fn finish(self) -> Vec<String> {
        let missing = self.entries.iter().enumerate().skip(self.next);
        missing
            .filter(|(_, entry)| entry.optional.is_none())
            .map(|(i, entry)| {
                let what = entry.request.as_ref().map_or_else(String::new, |r| {
                    let method = r.method.as_ref().map_or_else(String::new, |m| format!(" {}", shown(m)));
                    let url = r.url.as_ref().map_or_else(String::new, |u| format!(" {u}"));
                    format!(" ({})", format!("{method}{url}").trim()).replace(" ()", "")
                });
                format!("exchange {}{what} has no request", i + 1)
            })
            .collect()
    }
}

/// The differences between a request and the expectation; empty if there is none.
#[must_use]
pub fn request_differences(expected: &RequestMatch, seen: &Seen<'_>) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(method) = &expected.method
        && method.as_ref() != seen.method
    {
        out.push(format!("its method is {}, not {}", shown(seen.method), shown(method)));
    }
    if let Some(url) = &expected.url
        && !is_same_target(url, seen.url)
    {
        out.push(format!("its URL is {}, not {url}", seen.url));
    }
    for (name, expected) in &expected.headers {
        let value = match seen.headers.get(name) {
            // The model does not set Host; the network layer adds it to the request on the wire.
            None if name.eq_ignore_ascii_case(b"host") => host(seen.url),
            value => value,
        };
        let name = shown(name);
        match (expected, value) {
            (HeaderMatch::Any, Some(_)) => {}
            (HeaderMatch::Is(expected), Some(value)) if *expected == value => {}
            (HeaderMatch::Not(refused), Some(value)) if *refused != value => {}
            (HeaderMatch::Is(expected), Some(value)) => {
                out.push(format!("{name} is {:?}, not {:?}", shown(&value), shown(expected)));
            }
            (HeaderMatch::Not(_), Some(value)) => out.push(format!("{name} is {:?}", shown(&value))),
            // An absent header does not have that value; `absent` and `{any: true}` are more specific.
            (HeaderMatch::Not(_), None) => {}
            (HeaderMatch::Any | HeaderMatch::Is(_), None) => out.push(format!("{name} is missing")),
        }
    }
    for name in &expected.absent {
        if let Some(value) = seen.headers.get(name) {
            out.push(format!("{} is present: {:?}", shown(name), shown(&value)));
        }
    }
    match &expected.body {
        Some(BodyMatch::Bytes(bytes)) if bytes != seen.body => {
            out.push(format!("its body is {:?}, not {:?}", shown(seen.body), shown(bytes)));
        }
        Some(BodyMatch::Form(fields)) if form_fields(seen.body).as_ref() != Some(fields) => {
            out.push(format!(
                "its body is not the form with {} fields as given",
                fields.len()
            ));
        }
        _ => {}
    }
    out
}

/// The Host header of a request for this URL.
fn host(url: &Url) -> Option<Cow<'_, [u8]>> {
    let host = &url[Position::BeforeHost..Position::AfterPort];
    (!host.is_empty()).then_some(Cow::Borrowed(host.as_bytes()))
}

/// Whether two URLs have the same target on the wire: userinfo and fragment are not sent, and a WebSocket handshake is HTTP.
fn is_same_target(a: &Url, b: &Url) -> bool {
    http_scheme(a) == http_scheme(b) && after_userinfo(a) == after_userinfo(b)
}

fn http_scheme(url: &Url) -> &str {
    match url.scheme() {
        "ws" => "http",
        "wss" => "https",
        other => other,
    }
}

fn after_userinfo(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterQuery]
}
