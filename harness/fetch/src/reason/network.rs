//! What HTTP-network-or-cache fetch added to a request, and the result.

use super::Value;
use crate::escape::escape;
use std::borrow::Cow;
use std::fmt;

/// What HTTP-network-or-cache fetch added to a request, and the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkReason {
    /// A stream body over HTTP/1.x.
    StreamOverHttp1,
    /// The Origin header of a request.
    OriginHeader {
        /// Its value.
        value: Value,
    },
    /// A request's origin was serialized.
    OriginSerialized {
        /// The text.
        origin: Cow<'static, str>,
    },
    /// Whether credentials are included.
    Credentials {
        /// Whether they are.
        included: bool,
    },
    /// A Range header adds `Accept-Encoding: identity`.
    IdentityForRange,
    /// 421: the request is sent once more.
    SentAgain,
    /// The HTTP cache has no response for the request.
    NothingStored,
    /// Cache mode only-if-cached, and nothing is stored.
    OnlyIfCached,
    /// The HTTP cache answered.
    FromHttpCache,
    /// A header value contains NUL.
    NulInValue,
    /// The connection failed, or the answer is not HTTP.
    ConnectionFailed,
    /// Spaces or tabs around a value are not part of it.
    ValueTrimmed,
    /// Set-Cookie has no effect, because credentials were not included.
    SetCookieIgnored,
    /// Set-Cookie is stored.
    SetCookieStored,
    /// 101, although the request did not ask for another protocol.
    SwitchingProtocols,
    /// 407 from a server that is not a proxy.
    ProxyAuthentication,
    /// 304: the stored response with updated headers.
    Revalidated,
}

impl fmt::Display for NetworkReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StreamOverHttp1 => f.write_str("a stream body over an HTTP/1.x connection"),
            Self::OriginHeader { value: Some(origin) } => write!(f, "Origin: {}", escape(origin)),
            Self::OriginHeader { value: None } => f.write_str("no Origin"),
            Self::OriginSerialized { origin } => f.write_str(origin),
            Self::Credentials { included: true } => f.write_str("credentials are included"),
            Self::Credentials { included: false } => f.write_str("credentials are not included"),
            Self::IdentityForRange => f.write_str("Range adds `Accept-Encoding: identity`"),
            Self::SentAgain => f.write_str("421: the request is sent again on a new connection"),
            Self::NothingStored => f.write_str("the HTTP cache has no response for the request"),
            Self::OnlyIfCached => f.write_str("cache mode only-if-cached, and nothing is stored"),
            Self::FromHttpCache => f.write_str("answered from the HTTP cache"),
            Self::NulInValue => f.write_str("a header value contains NUL"),
            Self::ConnectionFailed => f.write_str("the connection failed, or the answer is not HTTP"),
            Self::ValueTrimmed => f.write_str("outer spaces and tabs are not part of a value"),
            Self::SetCookieIgnored => f.write_str("Set-Cookie has no effect: credentials were not included"),
            Self::SetCookieStored => f.write_str("Set-Cookie is stored, before any CORS check"),
            Self::SwitchingProtocols => f.write_str("101, although the request did not ask for another protocol"),
            Self::ProxyAuthentication => f.write_str("407 from a server that is not a proxy"),
            Self::Revalidated => f.write_str("304: the stored response with updated headers"),
        }
    }
}
