//! Bytes from outside, as printable ASCII.

use std::fmt::Write as _;

/// The longest text of [`escape`], in bytes that are shown.
const LONGEST: usize = 200;

/// The most lines that [`lines`] returns.
const MAX_LINES: usize = 120;
/// The longest line that [`lines`] returns, in bytes that are shown.
const MAX_LINE: usize = 600;

/// Escapes bytes and truncates them after 200.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    escape_truncated(bytes, LONGEST)
}

/// Escapes bytes and truncates them after `most`: printable ASCII stays as it is, the rest becomes `\n`, `\r`, `\t`, `\\` or
/// `\xNN`. A truncated text ends with the number of bytes that there were.
#[must_use]
pub fn escape_truncated(bytes: &[u8], most: usize) -> String {
    let mut out = String::with_capacity(bytes.len().min(most));
    for &byte in bytes.iter().take(most) {
        push(&mut out, byte);
    }
    if bytes.len() > most {
        // Writing to a string does not fail.
        let _ = write!(out, "... ({} bytes)", bytes.len());
    }
    out
}

fn push(out: &mut String, byte: u8) {
    match byte {
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        b'\\' => out.push_str("\\\\"),
        0x20..=0x7E => out.push(char::from(byte)),
        _ => {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
}

/// Splits an HTTP message into escaped lines without their line ends: at most 120 lines of at most 600 bytes. Where more was cut
/// off, the last line states how much.
#[must_use]
pub fn lines(message: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        if out.len() >= MAX_LINES {
            out.push(format!("... ({} bytes more)", rest.len()));
            break;
        }
        let (line, after) = match rest.iter().position(|b| *b == b'\n') {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        out.push(escape_truncated(line.strip_suffix(b"\r").unwrap_or(line), MAX_LINE));
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{MAX_LINE, MAX_LINES, escape, escape_truncated, lines};

    #[test]
    fn every_byte_that_is_not_printable_ascii_is_escaped() {
        for (bytes, text) in [
            (&b"plain"[..], "plain"),
            (b"a\tb\r\n", "a\\tb\\r\\n"),
            (b"back\\slash", "back\\\\slash"),
            (b"\x00\x1b[31m\x7f\xff", "\\x00\\x1B[31m\\x7F\\xFF"),
        ] {
            assert_eq!(escape(bytes), text);
        }
    }

    #[test]
    fn a_truncated_text_states_how_long_it_was() {
        assert_eq!(escape_truncated(b"abcdef", 3), "abc... (6 bytes)");
        assert_eq!(escape_truncated(b"abc", 3), "abc");
    }

    #[test]
    fn a_message_of_any_size_becomes_a_bounded_number_of_bounded_lines() {
        let long = vec![b'x'; 2 * MAX_LINE];
        let many = b"line\r\n".repeat(2 * MAX_LINES);
        assert!(lines(&long).iter().all(|l| l.len() < MAX_LINE + 32));
        assert_eq!(lines(&many).len(), MAX_LINES + 1);
        assert_eq!(
            lines(b"GET / HTTP/1.1\r\nHost: a\n\r\n"),
            ["GET / HTTP/1.1", "Host: a", ""]
        );
    }
}
