//! The forms in which a value is written: as it is, escaped, percent-encoded, or in base64.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Every form of a value, itself first.
pub(super) fn forms(value: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![
        value.to_vec(),
        crate::bytes::escape_truncated(value, value.len()).into_bytes(),
        quoted(value, b'"'),
        quoted(value, b'\''),
        replaced(value, b'\'', b"'\\''"),
        percent(value, |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b), b"%20"),
        percent(value, |b| b.is_ascii_alphanumeric() || b"-._*".contains(&b), b"+"),
        percent(value, |b| b.is_ascii_graphic() && !b"\"<>#'".contains(&b), b"%20"),
        percent(
            value,
            |b| b.is_ascii_graphic() && !b"\"<>#?{}/:;=@[]^|`'\\".contains(&b),
            b"%20",
        ),
        STANDARD_NO_PAD.encode(value).into_bytes(),
        URL_SAFE_NO_PAD.encode(value).into_bytes(),
    ];
    if let Ok(text) = std::str::from_utf8(value) {
        forms.push(crate::printable_line(text).into_owned().into_bytes());
        forms.push(crate::json_escaped(text).into_owned().into_bytes());
    }
    forms
}

/// The value between these quotes, in a string of JSON or JavaScript.
fn quoted(value: &[u8], quote: u8) -> Vec<u8> {
    let escaped = |b: &u8| match *b {
        b if b == quote || b == b'\\' => vec![b'\\', b],
        b'\t' => b"\\t".to_vec(),
        b => vec![b],
    };
    value.iter().flat_map(escaped).collect()
}

fn replaced(value: &[u8], byte: u8, by: &[u8]) -> Vec<u8> {
    let one = |b: &u8| if *b == byte { by.to_vec() } else { vec![*b] };
    value.iter().flat_map(one).collect()
}

/// Percent-encodes what is not plain, with upper-case digits.
fn percent(value: &[u8], plain: impl Fn(u8) -> bool, space: &[u8]) -> Vec<u8> {
    let encoded = |b: &u8| match *b {
        b' ' => space.to_vec(),
        b if plain(b) => vec![b],
        b => format!("%{b:02X}").into_bytes(),
    };
    value.iter().flat_map(encoded).collect()
}

/// Decodes percent-encoded bytes; what is not encoded stays.
#[must_use]
pub fn percent_decoded(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|d| std::str::from_utf8(d).ok());
        match digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
            Some(byte) if *first == b'%' => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

/// The bytes behind base64, if it is base64.
pub(super) fn base64_decoded(value: &[u8]) -> Option<Vec<u8>> {
    let bare: Vec<u8> = value.iter().copied().filter(|b| *b != b'=').collect();
    STANDARD_NO_PAD
        .decode(&bare)
        .or_else(|_| URL_SAFE_NO_PAD.decode(&bare))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{base64_decoded, forms, percent_decoded};

    #[test]
    fn a_value_is_known_in_every_form_in_which_it_is_written() {
        let all = forms(b"a \"b\"/c'd");
        for form in [
            &b"a \"b\"/c'd"[..],
            b"a \\\"b\\\"/c'd",
            b"a \"b\"/c'\\''d",
            b"a%20%22b%22%2Fc%27d",
            b"a+%22b%22%2Fc%27d",
            b"a%20%22b%22/c%27d",
            b"YSAiYiIvYydk",
        ] {
            assert!(all.iter().any(|f| f == form), "{}", String::from_utf8_lossy(form));
        }
        assert_eq!(percent_decoded(b"a%20%zz%4"), b"a %zz%4");
        assert_eq!(base64_decoded(b"dTpw"), Some(b"u:p".to_vec()));
    }
}
