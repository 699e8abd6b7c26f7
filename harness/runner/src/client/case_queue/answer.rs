//! Responds to the requests of clients, and records them.

use super::CaseQueue;
use super::state::{FetchProgress, Phase};
use crate::client::relocate;
use crosscheck_corpus::wire::refusal;
use crosscheck_corpus::{CaseResponse, FetchSpec};
use crosscheck_fetch::{HeaderList, Url};
use crosscheck_judge::client::{Observed, alternatives, answer};

/// The maximum number of requests of one fetch; the connections of further requests are closed.
const MAX_REQUESTS: usize = 64;

/// A received request; its URL still has the prefix of the case.
#[derive(Clone, Debug)]
pub(in crate::client) struct Arrived {
    pub(in crate::client) method: Vec<u8>,
    pub(in crate::client) url: Url,
    pub(in crate::client) headers: HeaderList,
    pub(in crate::client) body: Vec<u8>,
    /// The bytes of the head.
    pub(in crate::client) head: Vec<u8>,
}

/// The response of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::client) enum Answer {
    /// Sends these bytes, and then closes the connection if `close` is set.
    Bytes { bytes: Vec<u8>, close: bool },
    /// Sends these bytes. The connection is then no longer HTTP and ends with the first bytes of the client.
    Upgrade(Vec<u8>),
    /// Resets the connection.
    Reset,
    /// Closes the connection.
    Close,
}

impl CaseQueue {
    /// Whether all required requests of a fetch have arrived, or can no longer arrive as required.
    pub(in crate::client) fn is_complete(&self, n: usize, leg: usize) -> bool {
        let Some(case_state) = self.cases.get(n).filter(|s| s.leg == leg && s.phase == Phase::Running) else {
            return true;
        };
        let (Some(spec), Some(progress)) = (case_state.case.fetches().get(leg), case_state.progress.last()) else {
            return true;
        };
        let alternatives = alternatives(spec);
        let mut progress = alternatives.iter().map(|a| a.progress(&progress.requests));
        let mut is_lost = true;
        let is_there = progress.any(|s| {
            is_lost &= !s.unmatched.is_empty();
            s.missing.is_empty() && s.unmatched.is_empty()
        });
        is_there || is_lost
    }

    /// Responds to a request for the path of a case; `None` if there is no such case.
    pub(in crate::client) fn answer(&mut self, arrived: Arrived) -> Option<Answer> {
        self.moves += 1;
        let (n, inner) = relocate::split(arrived.url.path())?;
        let case_state = self.cases.get_mut(n)?;
        let spec = case_state.case.fetches().get(case_state.leg)?;
        let progress = case_state.progress.last_mut()?;
        if inner == "/~control" {
            return Some(control(progress));
        }
        let url = relocate::restored_url(&arrived.url);
        if progress.failed
            && progress
                .requests
                .last()
                .is_some_and(|r| r.method == arrived.method && r.url == url)
        {
            return Some(self::again(spec, &progress.requests, n));
        }
        let headers: HeaderList = arrived
            .headers
            .iter()
            .map(|h| (h.name.clone(), relocate::restored(&h.value, n)))
            .collect();
        let mut sent = relocate::restored(&arrived.head, n);
        sent.extend_from_slice(&arrived.body);
        if progress.requests.len() >= MAX_REQUESTS {
            return Some(Answer::Close);
        }
        progress.requests.push(Observed {
            method: arrived.method,
            url,
            headers,
            body: arrived.body,
            sent,
            answered: Vec::new(),
        });
        let reply = answer(spec, &progress.requests);
        let response = reply.map_or_else(refusal, |r| r.response.into_owned());
        if let CaseResponse::Fail(_) = response {
            progress.failed = true;
            return Some(failure(spec, &progress.requests));
        }
        progress.failed = false;
        let request = progress.requests.last_mut()?;
        let response = with_accept_key(response, &request.headers);
        let bytes = relocate::bytes(&response, &request.method, n, &request.url);
        request.answered = relocate::restored(&bytes, n);
        if matches!(response, CaseResponse::Parts { status: 101, .. }) {
            progress.failed = !request.headers.contains(b"sec-websocket-key");
            return Some(Answer::Upgrade(bytes));
        }
        Some(Answer::Bytes {
            close: matches!(response, CaseResponse::Raw(_)) || must_close(&response),
            bytes,
        })
    }
}

/// Responds to the no-cors control request with the bytes of the last response.
fn control(progress: &FetchProgress) -> Answer {
    match progress.requests.last() {
        Some(last) if !last.answered.is_empty() => Answer::Bytes {
            bytes: last.answered.clone(),
            close: true,
        },
        _ => Answer::Close,
    }
}

/// Repeats the previous response for a client that retries by itself.
fn again(spec: &FetchSpec, requests: &[Observed], n: usize) -> Answer {
    let reply = answer(spec, requests).map(|r| r.response.into_owned());
    match (reply, requests.last()) {
        (Some(response @ CaseResponse::Parts { .. }), Some(last)) => {
            Answer::Upgrade(relocate::bytes(&response, &last.method, n, &last.url))
        }
        _ => failure(spec, requests),
    }
}

fn failure(spec: &FetchSpec, requests: &[Observed]) -> Answer {
    let reply = answer(spec, requests);
    match reply.map(|r| r.response.into_owned()) {
        Some(CaseResponse::Fail(crosscheck_corpus::FailKind::Reset)) => Answer::Reset,
        _ => Answer::Close,
    }
}

fn must_close(response: &CaseResponse) -> bool {
    let CaseResponse::Parts { headers, status, .. } = response else {
        return true;
    };
    let close = |name: &[u8]| headers.get(name).is_some_and(|v| v.eq_ignore_ascii_case(b"close"));
    // A length or coding that the case sets may be wrong.
    close(b"connection")
        || headers.contains(b"content-length")
        || headers.contains(b"transfer-encoding")
        || *status < 200
}

/// Adds `Sec-WebSocket-Accept` to a 101, unless the case sets it: no case can know the key of a WebSocket handshake in advance.
fn with_accept_key(response: CaseResponse, request: &HeaderList) -> CaseResponse {
    let CaseResponse::Parts {
        status: 101,
        status_text,
        mut headers,
        body,
    } = response
    else {
        return response;
    };
    if let Some(key) = request.get(b"sec-websocket-key")
        && !headers.contains(b"sec-websocket-accept")
    {
        use base64::Engine as _;
        use sha1::{Digest, Sha1};
        let mut hash = Sha1::new();
        hash.update(&key);
        hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        let accept = base64::engine::general_purpose::STANDARD.encode(hash.finalize());
        headers.push(&b"Sec-WebSocket-Accept"[..], accept.into_bytes());
    }
    CaseResponse::Parts {
        status: 101,
        status_text,
        headers,
        body,
    }
}
