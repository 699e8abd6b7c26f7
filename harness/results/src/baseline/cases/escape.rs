//! Case ids as they are written in a list: visible ASCII without the characters of the grammar.

/// Returns whether a byte is written as it is.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'%' | b'{' | b'}' | b',')
}

/// Writes a case id; [`unescape`] reads it back.
pub(super) fn escape(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for (at, byte) in id.bytes().enumerate() {
        // A line that ends in `#` is the first half of ids.
        let is_last_hash = byte == b'#' && at + 1 == id.len();
        if is_plain(byte) && !is_last_hash {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Reads a case id back; `None` if a percent sign is not followed by two hexadecimal digits or the bytes are not UTF-8.
pub(super) fn unescape(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        if byte == b'%' {
            let digit = |at: usize| behind.get(at).and_then(|b| char::from(*b).to_digit(16));
            let value = digit(0)? * 16 + digit(1)?;
            bytes.push(u8::try_from(value).ok()?);
            rest = behind.get(2..)?;
        } else {
            bytes.push(byte);
            rest = behind;
        }
    }
    String::from_utf8(bytes).ok()
}
