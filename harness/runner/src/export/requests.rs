//! The requests of a fetch, in order: the model is the browser, and a server that grants everything answers.

use super::check::Check;
use super::format::{ExportedRequest, LeftOut, RequestKind, SendIf};
use super::responses::{self, ACAC, ACAH, ACAM, ACAO, Sent, TOKENS};
use crate::net::{Outgoing, browser_headers};
use crosscheck_corpus::policy::SAFELISTED_METHODS;
use crosscheck_corpus::{Case, FetchSpec, Phase, Policy};
use crosscheck_fetch::{
    Answer, Browser, CredentialsMode, Driver, HeaderList, Next, Off, Options, RedirectMode, Request, Url, WireRequest,
    WireResponse,
};
use crosscheck_judge::server::requesters;

/// The path at which the application redirects to `/`.
const REDIRECT: &str = "/redirect";
/// A preflight, a redirect, a second preflight and the last request, and some room.
const MAX_REQUESTS: usize = 8;

/// Returns the requests that a browser sends for a fetch, each with its checks.
pub(super) fn of_fetch(
    case: &Case,
    spec: &FetchSpec,
    policy: Option<&Policy>,
    is_first: bool,
) -> Result<Vec<ExportedRequest>, LeftOut> {
    let wires = wires(case, spec)?;
    let count = wires.len();
    let mut requests = Vec::with_capacity(count);
    let mut after = None;
    for (at, wire) in wires.into_iter().enumerate() {
        let follows_redirect = after.is_some_and(|kind| kind == RequestKind::Actual);
        let send_if = match after {
            None => SendIf::Always,
            Some(_) if follows_redirect => SendIf::Redirects,
            Some(_) => SendIf::Passes,
        };
        let mut outgoing = Outgoing::of(&wire, None).of_a_browser(wire.preflight);
        browser_headers::add_metadata(&mut outgoing.headers, &spec.page, &spec.request, &wire.url);
        let sent = Sent {
            policy,
            path: wire.url.path(),
            method: text(&wire.method)?,
            headers: &wire.headers,
        };
        let mut checks = sent.checks();
        if is_first {
            let is_last = wire.preflight || at + 1 == count;
            let phase = if wire.preflight {
                Phase::Preflight
            } else {
                Phase::Actual
            };
            checks.extend(responses::stated(case.assertions(), Some(phase), sent.method, is_last));
        }
        if wire.preflight {
            checks.extend(sent.max_age().filter(|_| !case.is_preflight_only()));
        }
        let kind = if wire.preflight {
            RequestKind::Preflight
        } else {
            RequestKind::Actual
        };
        requests.push(ExportedRequest {
            kind,
            send_if,
            passes_if: passes_if(spec, &sent, wire.preflight)?,
            checks,
            requesters: compared(&sent),
            ..of(&outgoing)?
        });
        after = Some(kind);
    }
    Ok(requests)
}

/// The other requesters of a plain request.
pub(super) fn compared(sent: &Sent<'_>) -> Vec<Option<String>> {
    if !matches!(sent.method, "GET" | "HEAD") || (sent.headers.contains(b"origin") && sent.origin().is_none()) {
        return Vec::new();
    }
    let all = requesters(sent.policy, sent.path, sent.method);
    all.into_iter()
        .map(|origin| origin.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
        .collect()
}

/// A request without conditions and checks.
pub(super) fn of(outgoing: &Outgoing) -> Result<ExportedRequest, LeftOut> {
    let mut headers = vec![("Host".to_owned(), outgoing.host.clone())];
    for header in &outgoing.headers {
        headers.push((text(&header.name)?.to_owned(), text(&header.value)?.to_owned()));
    }
    if !outgoing.target.is_ascii() {
        return Err(LeftOut::UnusualBytes);
    }
    let body = String::from_utf8(outgoing.body.clone()).map_err(|_| LeftOut::UnusualBytes)?;
    Ok(ExportedRequest {
        kind: RequestKind::Raw,
        send_if: SendIf::Always,
        method: text(&outgoing.method)?.to_owned(),
        path: outgoing.target.clone(),
        headers,
        body,
        passes_if: Vec::new(),
        checks: Vec::new(),
        requesters: Vec::new(),
    })
}

/// A text that each HTTP client sends: printable ASCII, without outer blanks.
pub(super) fn text(bytes: &[u8]) -> Result<&str, LeftOut> {
    let text = std::str::from_utf8(bytes).map_err(|_| LeftOut::UnusualBytes)?;
    let is_usual = text.bytes().all(|b| matches!(b, b' '..=b'~')) && text.trim() == text;
    is_usual.then_some(text).ok_or(LeftOut::UnusualBytes)
}

/// The requests that the model sends while everything is granted.
fn wires(case: &Case, spec: &FetchSpec) -> Result<Vec<WireRequest>, LeftOut> {
    let init = &spec.request;
    let request = Request::new(&spec.page, init.clone()).map_err(|_| LeftOut::NoRequest)?;
    let base = Url::parse(&init.url).map_err(|_| LeftOut::NoRequest)?;
    if !matches!(base.scheme(), "http" | "https") {
        return Err(LeftOut::NotCors);
    }
    if base.path() == REDIRECT && init.redirect.is_some_and(|mode| mode != RedirectMode::Follow) {
        return Err(LeftOut::RedirectMode);
    }
    // Each fetch has a browser of its own, so that no preflight is missing.
    let mut browser = Browser::new();
    for cookie in case.cookies() {
        browser.set_cookie(&cookie.url, &cookie.set);
    }
    let mut driver = Driver::<Off>::new(request, Options::default());
    let mut next = driver.start(&mut browser);
    let mut wires = Vec::with_capacity(2);
    while let Next::Send(wire) = next {
        if wires.len() == MAX_REQUESTS || (case.is_preflight_only() && !wire.preflight) {
            break;
        }
        next = driver.resume(&mut browser, Answer::Response(granting(&wire)));
        wires.push(wire);
    }
    if wires.is_empty() {
        return Err(LeftOut::NoRequest);
    }
    Ok(wires)
}

/// The response of a server that grants what a request needs.
fn granting(wire: &WireRequest) -> WireResponse {
    let mut headers = HeaderList::new();
    let mut push = |name: &'static str, value: Vec<u8>| headers.push(name.as_bytes(), value);
    if let Some(origin) = wire.headers.get(b"origin") {
        push("Access-Control-Allow-Origin", origin.into_owned());
        push("Access-Control-Allow-Credentials", b"true".to_vec());
    }
    for (requested, allowed) in [
        ("access-control-request-method", "Access-Control-Allow-Methods"),
        ("access-control-request-headers", "Access-Control-Allow-Headers"),
    ] {
        if let Some(value) = wire.headers.get(requested.as_bytes()) {
            push(allowed, value.into_owned());
        }
    }
    let redirects = !wire.preflight && wire.url.path() == REDIRECT;
    if redirects {
        push("Location", b"/".to_vec());
    }
    WireResponse {
        status: if redirects { 302 } else { 200 },
        headers,
        ..WireResponse::default()
    }
}

/// What must hold of the response so that the fetch goes on, or the page reads it.
fn passes_if(spec: &FetchSpec, sent: &Sent<'_>, preflight: bool) -> Result<Vec<Check>, LeftOut> {
    let url = Url::parse(&spec.request.url).map_err(|_| LeftOut::NoRequest)?;
    if spec.page.origin.same_origin_with_url(&url) {
        return Ok(Vec::new());
    }
    let include = spec.request.credentials == Some(CredentialsMode::Include);
    let origin = sent
        .origin()
        .unwrap_or_else(|| spec.page.origin.serialize().into_owned());
    let mut checks = shared_with(&origin, include);
    if !preflight {
        return Ok(checks);
    }
    let or_any = |text: &str, any: bool| {
        let any = any.then(|| "*".to_owned());
        std::iter::once(text.to_owned()).chain(any).collect::<Vec<_>>()
    };
    checks.push(Check::status(200, 299));
    checks.extend([ACAM, ACAH].map(|name| Check::matches(name, TOKENS)));
    let header = |name: &[u8]| sent.headers.get(name).unwrap_or_default();
    let method = header(b"access-control-request-method");
    let method = text(&method)?;
    if !SAFELISTED_METHODS.contains(&method) {
        checks.push(Check::lists(ACAM, or_any(method, !include)));
    }
    let names = header(b"access-control-request-headers");
    for name in text(&names)?.split(',').filter(|name| !name.is_empty()) {
        let any = !include && name != "authorization";
        checks.push(Check::lists(ACAH, or_any(name, any)).ignoring_case());
    }
    Ok(checks)
}

/// The CORS check: whether a response is shared with an origin.
pub(super) fn shared_with(origin: &str, include: bool) -> Vec<Check> {
    let mut checks = Vec::with_capacity(2);
    if include {
        checks.push(Check::equals(ACAO, vec![origin.to_owned()]));
        checks.push(Check::equals(ACAC, vec!["true".to_owned()]));
    } else {
        checks.push(Check::equals(ACAO, vec![origin.to_owned(), "*".to_owned()]));
    }
    checks
}
