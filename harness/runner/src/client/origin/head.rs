//! Reads requests from a connection and keeps the order and spelling of their headers.

use super::io::Io;
use super::serve::Limits;
use crosscheck_fetch::{HeaderList, is_token, trim_tab_space};
use std::io;
use tokio::io::AsyncReadExt;

/// A request as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) method: Vec<u8>,
    pub(crate) target: String,
    pub(crate) headers: HeaderList,
    pub(crate) body: Vec<u8>,
    /// The bytes of the head.
    pub(crate) head: Vec<u8>,
}

impl Incoming {
    /// Whether the client sends no further request after this one.
    pub(super) fn is_last(&self) -> bool {
        let line = self.head.split(|b| *b == b'\r').next().unwrap_or_default();
        let connection = self.headers.get(b"connection").unwrap_or_default();
        let mut words = connection.split(|b| *b == b',').map(trim_tab_space);
        match line.ends_with(b" HTTP/1.0") {
            true => !words.any(|w| w.eq_ignore_ascii_case(b"keep-alive")),
            false => words.any(|w| w.eq_ignore_ascii_case(b"close")),
        }
    }
}

/// Why no request was read.
#[derive(Debug)]
pub(super) enum NoRequest {
    /// The connection ended between requests.
    Ended,
    /// The request is invalid or too large: the server responds with this status and closes the connection.
    Refused(u16),
    /// The connection broke.
    Broke,
}

impl From<io::Error> for NoRequest {
    fn from(_: io::Error) -> Self {
        Self::Broke
    }
}

/// Reads one request. `early` holds bytes that were read after the end of the previous request.
pub(super) async fn read(io: &mut Io, early: &mut Vec<u8>, limits: &Limits) -> Result<Incoming, NoRequest> {
    let (mut incoming, length) = loop {
        if let Some((head, length, used)) = parse(early, limits)? {
            early.drain(..used);
            break (head, length);
        }
        if early.len() > limits.head {
            return Err(NoRequest::Refused(431));
        }
        if more(io, early).await? == 0 {
            return Err(if early.is_empty() {
                NoRequest::Ended
            } else {
                NoRequest::Broke
            });
        }
    };
    incoming.body = match length {
        Length::Known(n) if n > limits.body => return Err(NoRequest::Refused(413)),
        Length::Known(n) => {
            while early.len() < n {
                if more(io, early).await? == 0 {
                    return Err(NoRequest::Broke);
                }
            }
            early.drain(..n).collect()
        }
        Length::Chunked => chunked(io, early, limits).await?,
    };
    Ok(incoming)
}

async fn more(io: &mut Io, early: &mut Vec<u8>) -> io::Result<usize> {
    let mut block = [0; 8192];
    let n = io.read(&mut block).await?;
    early.extend_from_slice(block.get(..n).unwrap_or_default());
    Ok(n)
}

enum Length {
    Known(usize),
    Chunked,
}

type Parsed = Option<(Incoming, Length, usize)>;

/// Parses a head once it is complete. It does not use a library, because every byte that a client sends is judged: a library would
/// reject the control characters that some clients send in values, and they would go unnoticed.
fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed, NoRequest> {
    let Some(used) = bytes.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4) else {
        return Ok(None);
    };
    if used > limits.head {
        return Err(NoRequest::Refused(431));
    }
    let head = bytes.get(..used).unwrap_or_default();
    let mut lines = head.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    let first = lines.next().unwrap_or_default();
    let mut words = first.splitn(3, |b| *b == b' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_http = words.next().is_some_and(|version| version.starts_with(b"HTTP/1."));
    let target = std::str::from_utf8(target).map_err(|_| NoRequest::Refused(400))?;
    if !is_http || !is_token(method) || target.is_empty() {
        return Err(NoRequest::Refused(400));
    }
    let mut headers = HeaderList::new();
    for line in lines.filter(|l| !l.is_empty()) {
        let colon = line.iter().position(|b| *b == b':').ok_or(NoRequest::Refused(400))?;
        let (name, value) = line.split_at(colon);
        if !is_token(name) {
            return Err(NoRequest::Refused(400));
        }
        if headers.len() >= limits.headers {
            return Err(NoRequest::Refused(431));
        }
        headers.push(
            name.to_vec(),
            trim_tab_space(value.get(1..).unwrap_or_default()).to_vec(),
        );
    }
    let chunked = headers
        .get(b"transfer-encoding")
        .is_some_and(|v| v.to_ascii_lowercase().ends_with(b"chunked"));
    let length = if chunked {
        Length::Chunked
    } else {
        match headers.get(b"content-length") {
            None => Length::Known(0),
            Some(text) => {
                let digits = std::str::from_utf8(&text)
                    .ok()
                    .filter(|t| t.bytes().all(|b| b.is_ascii_digit()));
                let length = digits.and_then(|t| t.parse().ok());
                Length::Known(length.ok_or(NoRequest::Refused(400))?)
            }
        }
    };
    let incoming = Incoming {
        method: method.to_vec(),
        target: target.to_owned(),
        headers,
        body: Vec::new(),
        head: head.to_vec(),
    };
    Ok(Some((incoming, length, used)))
}

async fn chunked(io: &mut Io, early: &mut Vec<u8>, limits: &Limits) -> Result<Vec<u8>, NoRequest> {
    let mut body = Vec::new();
    loop {
        let (at, size) = loop {
            match httparse::parse_chunk_size(early) {
                Ok(httparse::Status::Complete(chunk)) => break chunk,
                Ok(httparse::Status::Partial) if early.len() < 1024 => {}
                _ => return Err(NoRequest::Refused(400)),
            }
            if more(io, early).await? == 0 {
                return Err(NoRequest::Broke);
            }
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if body.len().saturating_add(size) > limits.body {
            return Err(NoRequest::Refused(413));
        }
        early.drain(..at);
        if size == 0 {
            trailers(io, early, limits).await?;
            return Ok(body);
        }
        while early.len() < size + 2 {
            if more(io, early).await? == 0 {
                return Err(NoRequest::Broke);
            }
        }
        if early.get(size..size + 2) != Some(b"\r\n") {
            return Err(NoRequest::Refused(400));
        }
        body.extend_from_slice(early.get(..size).unwrap_or_default());
        early.drain(..size + 2);
    }
}

/// Skips the trailers after the last chunk, up to the empty line.
async fn trailers(io: &mut Io, early: &mut Vec<u8>, limits: &Limits) -> Result<(), NoRequest> {
    let mut lines = 0;
    loop {
        match early.windows(2).position(|w| w == b"\r\n") {
            Some(at) => {
                early.drain(..at + 2);
                lines += 1;
                if at == 0 {
                    return Ok(());
                }
                if lines > limits.headers {
                    return Err(NoRequest::Refused(431));
                }
            }
            None if early.len() > limits.head => return Err(NoRequest::Refused(431)),
            None => {
                if more(io, early).await? == 0 {
                    return Err(NoRequest::Broke);
                }
            }
        }
    }
}
