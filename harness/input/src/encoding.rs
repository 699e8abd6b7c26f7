//! Bytes to text: UTF-8, without its byte order mark. Other encodings are named.

use super::error::ReadError;

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The beginnings of texts in other encodings. Those of UTF-32 come before those of UTF-16, which they begin with.
const OTHERS: [(&[u8], &str); 4] = [
    (b"\xFF\xFE\0\0", "UTF-32"),
    (b"\0\0\xFE\xFF", "UTF-32"),
    (b"\xFF\xFE", "UTF-16"),
    (b"\xFE\xFF", "UTF-16"),
];

/// Reads bytes as UTF-8; a byte order mark at the beginning is left out.
///
/// # Errors
/// If the bytes are a text in another encoding, or have a byte that is not UTF-8.
pub fn decode(mut bytes: Vec<u8>) -> Result<String, ReadError> {
    if let Some((_, name)) = OTHERS.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Err(ReadError::Encoding(name));
    }
    // No text in UTF-8 has a NUL beside its first character; in UTF-16, each ASCII character has one.
    if let [first, second, ..] = bytes[..]
        && (first == 0) != (second == 0)
    {
        return Err(ReadError::Encoding("UTF-16 without a byte order mark"));
    }
    if bytes.starts_with(BOM) {
        bytes.drain(..BOM.len());
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let before = String::from_utf8_lossy(&bytes[..valid]);
        ReadError::NotUtf8 {
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1,
            byte: bytes.get(valid).copied().unwrap_or_default(),
            text: String::from_utf8_lossy(bytes).into_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::decode;
    use crate::ReadError;

    #[test]
    fn other_encodings_are_named() {
        for (bytes, name) in [
            (&b"\xFF\xFEt\0"[..], "UTF-16"),
            (b"\xFE\xFF\0t", "UTF-16"),
            (b"t\0i\0", "UTF-16 without a byte order mark"),
            (b"\0t\0i", "UTF-16 without a byte order mark"),
            (b"\xFF\xFE\0\0t\0\0\0", "UTF-32"),
            (b"\0\0\xFE\xFF\0\0\0t", "UTF-32"),
        ] {
            let error = decode(bytes.to_vec()).expect_err(name);
            assert_eq!(error.to_string(), format!("the file is in {name}, not in UTF-8"));
        }
    }

    #[test]
    fn a_byte_order_mark_is_left_out_once() {
        for (bytes, text) in [
            (&b"\xEF\xBB\xBFtitle: t"[..], "title: t"),
            (b"title: t", "title: t"),
            (b"", ""),
            (b"\xEF\xBB\xBF\xEF\xBB\xBF", "\u{FEFF}"),
        ] {
            assert_eq!(decode(bytes.to_vec()).expect("text"), text);
        }
    }

    #[test]
    fn a_byte_that_is_not_utf8_has_its_place_and_the_text_around_it() {
        for (bytes, place) in [
            (&b"\xFF"[..], (1, 1)),
            (b"title: t\nnote: a\xFFb\n", (2, 8)),
            ("\u{FEFF}é\u{e9}".as_bytes(), (0, 0)),
            (b"\xEF\xBB\xBFa\xC3(", (1, 2)),
            (b"a\r\n\xC3\xA9\xE2\x82", (2, 2)),
        ] {
            match decode(bytes.to_vec()) {
                Ok(_) => assert_eq!(place, (0, 0), "{bytes:?}"),
                Err(ReadError::NotUtf8 { line, column, text, .. }) => {
                    assert_eq!((line, column), place, "{bytes:?}");
                    assert!(text.contains('\u{FFFD}'), "{text}");
                }
                Err(error) => panic!("{bytes:?}: {error}"),
            }
        }
    }
}
