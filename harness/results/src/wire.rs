//! The bytes of a message on the wire, as results keep them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crosscheck_text::Redactor;
use serde::{Deserialize, Serialize};

/// The most bytes that are kept of one message; of a longer one the rest is counted.
const MOST: usize = 64 << 10;

/// The bytes of one message, exactly as they were, up to 64 KiB. They are escaped only where they are rendered.
///
/// In JSON they are a string where they are plain ASCII, else an object with `base64`; `omitted` counts bytes that were not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(with = "Written"))]
pub struct WireBytes {
    kept: Vec<u8>,
    omitted: usize,
}

impl WireBytes {
    /// The bytes that are kept.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.kept
    }

    /// How many bytes more there were.
    #[must_use]
    pub const fn omitted(&self) -> usize {
        self.omitted
    }

    /// Whether there were no bytes at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.omitted == 0
    }

    /// The message without the secrets that the redactor knows.
    #[must_use]
    pub fn redacted(&self, redactor: &Redactor) -> Self {
        Self {
            kept: redactor.message(&self.kept).into_owned(),
            omitted: self.omitted,
        }
    }

    /// The message as escaped lines, for people.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = crosscheck_text::lines(&self.kept);
        if self.omitted > 0 {
            lines.push(format!("... ({} bytes more)", self.omitted));
        }
        lines
    }
}

impl From<&[u8]> for WireBytes {
    fn from(bytes: &[u8]) -> Self {
        let kept = bytes.get(..MOST).unwrap_or(bytes);
        Self {
            kept: kept.to_vec(),
            omitted: bytes.len() - kept.len(),
        }
    }
}

impl<const N: usize> From<&[u8; N]> for WireBytes {
    fn from(bytes: &[u8; N]) -> Self {
        Self::from(&bytes[..])
    }
}

/// How the bytes are written in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
enum Written {
    /// Plain ASCII.
    Text(String),
    /// Any other bytes, or a message that was not kept whole.
    Encoded {
        /// The bytes.
        base64: Base64,
        /// How many bytes more there were.
        #[serde(default, skip_serializing_if = "is_zero")]
        omitted: usize,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// Bytes as base64, decoded where JSON is read.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
#[derive(Clone)]
struct Base64(Vec<u8>);

impl TryFrom<String> for Base64 {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

impl From<Base64> for String {
    fn from(bytes: Base64) -> Self {
        STANDARD.encode(bytes.0)
    }
}

impl From<Written> for WireBytes {
    fn from(written: Written) -> Self {
        match written {
            Written::Text(text) => Self::from(text.as_bytes()),
            Written::Encoded { base64, omitted } => Self {
                omitted: omitted.saturating_add(base64.0.len().saturating_sub(MOST)),
                kept: {
                    let mut kept = base64.0;
                    kept.truncate(MOST);
                    kept
                },
            },
        }
    }
}

impl From<WireBytes> for Written {
    fn from(wire: WireBytes) -> Self {
        let is_plain = |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n');
        match String::from_utf8(wire.kept) {
            Ok(text) if wire.omitted == 0 && text.as_bytes().iter().all(is_plain) => Self::Text(text),
            Ok(text) => Self::Encoded {
                base64: Base64(text.into_bytes()),
                omitted: wire.omitted,
            },
            Err(error) => Self::Encoded {
                base64: Base64(error.into_bytes()),
                omitted: wire.omitted,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, WireBytes};

    #[test]
    fn bytes_survive_json_whatever_they_are() {
        let long = vec![b'x'; MOST + 7];
        for (bytes, json) in [
            (
                &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
                Some(r#""GET / HTTP/1.1\r\nHost: a\r\n\r\n""#),
            ),
            (b"", Some(r#""""#)),
            (b"\\x41 stays as it is", Some(r#""\\x41 stays as it is""#)),
            (b"\xff\x00", Some(r#"{"base64":"/wA="}"#)),
            ("é".as_bytes(), Some(r#"{"base64":"w6k="}"#)),
            (&long, None),
        ] {
            let wire = WireBytes::from(bytes);
            let written = serde_json::to_string(&wire).unwrap();
            if let Some(json) = json {
                assert_eq!(written, json);
            }
            assert_eq!(serde_json::from_str::<WireBytes>(&written).unwrap(), wire);
            assert_eq!(wire.bytes().len() + wire.omitted(), bytes.len());
            assert!(wire.bytes().len() <= MOST);
        }
    }

    #[test]
    fn what_is_no_base64_is_an_error() {
        assert!(serde_json::from_str::<WireBytes>(r#"{"base64":"%"}"#).is_err());
    }
}
