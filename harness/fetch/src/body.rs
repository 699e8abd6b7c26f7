//! [Request bodies](https://fetch.spec.whatwg.org/#concept-bodyinit-extract).

use crate::header_list::ByteString;
use std::borrow::Cow;

/// A body as the script passes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitBody {
    /// A string.
    Text(String),
    /// An `ArrayBuffer`.
    Bytes(Vec<u8>),
    /// `URLSearchParams`.
    UrlEncoded(Vec<(String, String)>),
    /// `FormData`; the model chooses the boundary.
    Form(Vec<(String, String)>),
    /// A `Blob` with its type, which may be empty.
    Blob {
        /// The type.
        mime: String,
        /// The contents.
        bytes: Vec<u8>,
    },
    /// A `ReadableStream` of chunks.
    Stream(Vec<Vec<u8>>),
}

/// A [body](https://fetch.spec.whatwg.org/#concept-body): its source, null for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Bytes that can be sent again.
    Source(Vec<u8>),
    /// The bytes of a stream, which can be read once.
    Stream(Vec<u8>),
}

/// The boundary that the model writes into multipart bodies.
pub const FORM_BOUNDARY: &str = "----crosscheck-form-boundary";

impl Body {
    pub(crate) const fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(_))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Source(bytes) | Self::Stream(bytes) => bytes,
        }
    }
}

/// [Extracts a body with type](https://fetch.spec.whatwg.org/#concept-bodyinit-extract): the switch of step 10.
pub(crate) fn extract(body: InitBody) -> (Body, Option<ByteString>) {
    const TEXT: &[u8] = b"text/plain;charset=UTF-8";
    const URL_ENCODED: &[u8] = b"application/x-www-form-urlencoded;charset=UTF-8";
    match body {
        InitBody::Text(text) => (Body::Source(text.into_bytes()), Some(Cow::Borrowed(TEXT))),
        InitBody::Bytes(bytes) => (Body::Source(bytes), None),
        InitBody::UrlEncoded(pairs) => {
            let text = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish();
            (Body::Source(text.into_bytes()), Some(Cow::Borrowed(URL_ENCODED)))
        }
        InitBody::Form(pairs) => {
            let content_type = format!("multipart/form-data; boundary={FORM_BOUNDARY}");
            (
                Body::Source(multipart(&pairs)),
                Some(Cow::Owned(content_type.into_bytes())),
            )
        }
        InitBody::Blob { mime, bytes } => {
            let mime = if mime.bytes().all(|b| (0x20..=0x7E).contains(&b)) {
                mime.to_ascii_lowercase()
            } else {
                String::new()
            };
            let content_type = (!mime.is_empty()).then(|| Cow::Owned(mime.into_bytes()));
            (Body::Source(bytes), content_type)
        }
        InitBody::Stream(chunks) => (Body::Stream(chunks.concat()), None),
    }
}

fn multipart(pairs: &[(String, String)]) -> Vec<u8> {
    let mut text = String::new();
    for (name, value) in pairs {
        let name = name.replace('\n', "%0A").replace('\r', "%0D").replace('"', "%22");
        text.push_str(&format!(
            "--{FORM_BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    text.push_str(&format!("--{FORM_BOUNDARY}--\r\n"));
    text.into_bytes()
}
