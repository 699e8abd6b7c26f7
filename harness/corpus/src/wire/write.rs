//! An answer as a case writes it, to the model and to the wire.

use super::read::informational;
use super::read_raw_for;
use crate::case::CaseResponse;
use crosscheck_fetch::{Answer, ByteString, HeaderList, Reply, WireResponse};
use std::borrow::Cow;

impl CaseResponse {
    /// The answer as the model sees it, to a request that is not HEAD.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.answer_to(b"GET")
    }

    /// The answer as the model sees it, to a request with that method.
    #[must_use]
    pub fn answer_to(&self, method: &[u8]) -> Answer {
        match self {
            Self::Parts {
                status,
                status_text,
                headers,
                body,
            } => Answer::Response(WireResponse {
                status: *status,
                status_text: status_text.clone(),
                headers: framed(*status, headers, body),
                body: if has_body(method, *status) {
                    body.clone()
                } else {
                    Vec::new()
                },
            }),
            Self::Raw(bytes) => read_raw_for(method, bytes),
            Self::Fail(_) => Answer::Failure,
        }
    }

    /// The same with the informational (1xx) responses that come before the answer, which only raw bytes can hold.
    #[must_use]
    pub fn reply_to(&self, method: &[u8]) -> Reply {
        let informational = match self {
            Self::Raw(bytes) => informational(bytes),
            Self::Parts { .. } | Self::Fail(_) => Vec::new(),
        };
        Reply {
            informational,
            answer: self.answer_to(method),
        }
    }
}

const fn has_body(method: &[u8], status: u16) -> bool {
    !matches!(method, b"HEAD") && !matches!(status, 101 | 204 | 304)
}

/// The headers with `Content-Length`, which is all that the harness adds.
fn framed(status: u16, headers: &HeaderList, body: &[u8]) -> HeaderList {
    let mut headers = headers.clone();
    let framed = headers.contains(b"content-length") || headers.contains(b"transfer-encoding");
    if !framed && !matches!(status, 100..=199 | 204 | 304) {
        let length: ByteString = match body.len() {
            0 => Cow::Borrowed(b"0"),
            n => Cow::Owned(n.to_string().into_bytes()),
        };
        headers.push(&b"Content-Length"[..], length);
    }
    headers
}

/// The bytes that answer a request that is not HEAD. Empty for a connection that fails.
#[must_use]
pub fn to_wire(response: &CaseResponse) -> Vec<u8> {
    to_wire_for(b"GET", response)
}

/// The bytes that answer a request with that method. Header values are written unchanged, outer spaces and tabs included.
#[must_use]
pub fn to_wire_for(method: &[u8], response: &CaseResponse) -> Vec<u8> {
    match response {
        CaseResponse::Raw(bytes) => bytes.clone(),
        CaseResponse::Fail(_) => Vec::new(),
        CaseResponse::Parts {
            status,
            status_text,
            headers,
            body,
        } => {
            let mut out = format!("HTTP/1.1 {status} ").into_bytes();
            out.extend_from_slice(status_text);
            out.extend_from_slice(b"\r\n");
            for header in &framed(*status, headers, body) {
                out.extend_from_slice(&header.name);
                out.extend_from_slice(b": ");
                out.extend_from_slice(&header.value);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"\r\n");
            if has_body(method, *status) {
                if headers
                    .get(b"transfer-encoding")
                    .is_some_and(|v| v.eq_ignore_ascii_case(b"chunked"))
                {
                    chunk(body, &mut out);
                } else {
                    out.extend_from_slice(body);
                }
            }
            out
        }
    }
}

/// A body that a case writes plainly although it declares chunks.
fn chunk(body: &[u8], out: &mut Vec<u8>) {
    if !body.is_empty() {
        out.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
}

/// The answer to a request that matches nothing: 599 without CORS headers.
#[must_use]
pub fn refusal() -> CaseResponse {
    CaseResponse::Parts {
        status: 599,
        status_text: Cow::Borrowed(b""),
        headers: HeaderList::new(),
        body: Vec::new(),
    }
}
