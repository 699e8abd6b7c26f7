//! Requests and answers on the wire, as the model sees them.

use crate::header_list::{ByteString, HeaderList};
use url::Url;

/// A request that the caller sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireRequest {
    /// The method.
    pub method: ByteString,
    /// The URL; its fragment is not sent.
    pub url: Url,
    /// The headers, without Host and those that manage the connection.
    pub headers: HeaderList,
    /// The body.
    pub body: Vec<u8>,
    /// Whether it is a CORS-preflight request.
    pub preflight: bool,
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireResponse {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub status_text: ByteString,
    /// The headers, in order.
    pub headers: HeaderList,
    /// The body.
    pub body: Vec<u8>,
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With a response.
    Response(WireResponse),
    /// With a connection failure, or bytes that are not HTTP: a network error.
    Failure,
}

/// An [ok status](https://fetch.spec.whatwg.org/#ok-status).
#[must_use]
pub fn is_ok_status(status: u16) -> bool {
    (200..=299).contains(&status)
}

/// A [redirect status](https://fetch.spec.whatwg.org/#redirect-status).
#[must_use]
pub fn is_redirect_status(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// A [null body status](https://fetch.spec.whatwg.org/#null-body-status).
#[must_use]
pub fn is_null_body_status(status: u16) -> bool {
    matches!(status, 101 | 103 | 204 | 205 | 304)
}
