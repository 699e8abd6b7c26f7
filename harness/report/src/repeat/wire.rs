//! A request back from its record, byte by byte.

use crosscheck_text::{MAX_LINE, MAX_LINES};

/// A request as it was on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wire {
    pub(super) method: Vec<u8>,
    pub(super) target: Vec<u8>,
    /// The header lines, without line ends.
    pub(super) headers: Vec<Vec<u8>>,
    pub(super) body: Vec<u8>,
}

/// Why a record does not say what exactly was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It is longer than what is kept.
    Cut,
    /// It is no HTTP request.
    NotHttp,
    /// The lines of the body are kept, and their ends are not.
    LineEnds,
}

impl Wire {
    /// Reads a record.
    pub(super) fn of(lines: &[String]) -> Result<Self, Lost> {
        if lines.len() > MAX_LINES {
            return Err(Lost::Cut);
        }
        let lines: Vec<Vec<u8>> = lines.iter().map(|l| bytes(l)).collect::<Result<_, _>>()?;
        let (first, rest) = lines.split_first().ok_or(Lost::NotHttp)?;
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
        let end = rest.iter().position(Vec::is_empty).unwrap_or(rest.len());
        let (headers, body) = rest.split_at(end);
        let headers = headers.to_vec();
        let body = body_of(&headers, body.get(1..).unwrap_or_default())?;
        Ok(Self {
            method: method.to_vec(),
            target: target.to_vec(),
            headers,
            body,
        })
    }
}

/// The name and the value of a header line; none where it has no colon.
pub(super) fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|b| *b == b':')?;
    let (name, value) = line.split_at(colon);
    Some((name, value.get(1..).unwrap_or_default()))
}

/// The body whose lines these are. How they ended is not kept; where the length that was announced is the least or the most that
/// they can have, it tells.
fn body_of(headers: &[Vec<u8>], lines: &[Vec<u8>]) -> Result<Vec<u8>, Lost> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let named = |line: &&Vec<u8>| header(line).is_some_and(|(name, _)| name.eq_ignore_ascii_case(b"content-length"));
    let value = headers.iter().find(named).and_then(|line| header(line));
    let length = value.and_then(|(_, value)| std::str::from_utf8(value).ok()?.trim().parse::<usize>().ok());
    let least = lines.join(&b"\n"[..]);
    let most = [lines.join(&b"\r\n"[..]), b"\r\n".to_vec()].concat();
    let mut shapes = [least, most].into_iter();
    shapes.find(|s| Some(s.len()) == length).ok_or(Lost::LineEnds)
}

/// The bytes of a line of a record: the inverse of [`crosscheck_text::escape_truncated`].
fn bytes(line: &str) -> Result<Vec<u8>, Lost> {
    let mut out = Vec::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if out.len() == MAX_LINE {
            // Whatever follows says how much was cut.
            return Err(Lost::Cut);
        }
        let (byte, used) = match (c, rest.as_bytes().get(1)) {
            ('\\', Some(b'n')) => (b'\n', 2),
            ('\\', Some(b'r')) => (b'\r', 2),
            ('\\', Some(b't')) => (b'\t', 2),
            ('\\', Some(b'\\')) => (b'\\', 2),
            ('\\', Some(b'x')) => {
                let digits = rest.get(2..4).ok_or(Lost::NotHttp)?;
                (u8::from_str_radix(digits, 16).map_err(|_| Lost::NotHttp)?, 4)
            }
            (' '..='~', _) if c != '\\' => (u8::try_from(c).map_err(|_| Lost::NotHttp)?, 1),
            // No record holds anything else; a file may.
            _ => return Err(Lost::NotHttp),
        };
        out.push(byte);
        rest = rest.get(used..).ok_or(Lost::NotHttp)?;
    }
    Ok(out)
}
