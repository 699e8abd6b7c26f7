//! Helper functions for the comparison.

use crosscheck_fetch::escape;

/// Renders bytes for a message.
pub(super) fn shown(bytes: &[u8]) -> String {
    escape(bytes)
}

/// The fields of a `multipart/form-data` body; the boundary is read from its first line.
pub(super) fn form_fields(body: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(body).ok()?;
    let (boundary, _) = text.split_once("\r\n")?;
    if !boundary.starts_with("--") {
        return None;
    }
    let inner = text.strip_prefix(boundary)?.strip_suffix("\r\n").unwrap_or(text);
    let inner = inner.strip_suffix("--")?.strip_suffix(boundary)?;
    let mut fields = Vec::new();
    for part in inner.split(boundary) {
        let part = part.strip_prefix("\r\n")?.strip_suffix("\r\n")?;
        let (head, value) = part.split_once("\r\n\r\n")?;
        let (_, name) = head.split_once("name=\"")?;
        let (name, _) = name.split_once('"')?;
        fields.push((name.to_owned(), value.to_owned()));
    }
    Some(fields)
}
