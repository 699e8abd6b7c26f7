//! A request, parsed from the bytes that a record keeps of it.

use crosscheck_results::WireBytes;

/// A request as it was on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wire {
    pub(crate) method: Vec<u8>,
    pub(crate) target: Vec<u8>,
    /// The header lines, without line ends.
    pub(crate) headers: Vec<Vec<u8>>,
    pub(crate) body: Vec<u8>,
}

/// Why a record does not state what exactly was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The request is longer than what is kept.
    Cut,
    /// It is no HTTP request.
    NotHttp,
}

impl Wire {
    /// Parses the bytes of a record.
    pub(crate) fn of(request: &WireBytes) -> Result<Self, Lost> {
        if request.omitted() > 0 {
            return Err(Lost::Cut);
        }
        let (first, mut rest) = line(request.bytes()).ok_or(Lost::NotHttp)?;
        // A method may hold any byte but a space, and so may a target.
        let mut words = first.split(|b| *b == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Lost::NotHttp);
        };
        if method.is_empty() || target.is_empty() || !version.starts_with(b"HTTP/1.") {
            return Err(Lost::NotHttp);
        }
        let mut headers = Vec::new();
        while let Some((header, after)) = line(rest) {
            rest = after;
            if header.is_empty() {
                break;
            }
            headers.push(header.to_vec());
        }
        Ok(Self {
            method: method.to_vec(),
            target: target.to_vec(),
            headers,
            body: rest.to_vec(),
        })
    }
}

/// The first line without its end, and what follows it; none at the end.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let end = bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len());
    let text = bytes.get(..end).unwrap_or_default();
    let rest = bytes.get(end + 1..).unwrap_or_default();
    Some((text.strip_suffix(b"\r").unwrap_or(text), rest))
}

/// The name and the value of a header line; none where it has no colon.
pub(crate) fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|b| *b == b':')?;
    let (name, value) = line.split_at(colon);
    Some((name, value.get(1..).unwrap_or_default()))
}
