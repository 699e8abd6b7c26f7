//! Bytes as text for the sentences of a trace.

/// Renders bytes as text: printable ASCII unchanged, the rest as `\xNN`, cut after 200 bytes.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    const LONGEST: usize = 200;
    let mut text = String::with_capacity(bytes.len().min(LONGEST));
    for &b in bytes.iter().take(LONGEST) {
        match b {
            b'\\' => text.push_str("\\\\"),
            b'\t' => text.push_str("\\t"),
            0x20..=0x7E => text.push(char::from(b)),
            _ => text.push_str(&format!("\\x{b:02X}")),
        }
    }
    if bytes.len() > LONGEST {
        text.push_str(&format!("… ({} bytes)", bytes.len()));
    }
    text
}
