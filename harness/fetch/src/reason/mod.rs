//! Why a branch of the model was taken: a typed reason with the values that the branch used. `Display` renders it as text.

mod http_fetch;
mod main_fetch;
mod network;
mod preflight;
mod request;
mod response;

use crate::cors_check::{Checked, CorsCheck};
use crate::escape::escape;
use std::fmt;

pub use http_fetch::HttpFetchReason;
pub use main_fetch::MainFetchReason;
pub use network::NetworkReason;
pub use preflight::PreflightReason;
pub use request::RequestReason;
pub use response::ResponseReason;

/// The value of a header, all lines combined; `None` if it is absent.
pub type Value = Option<Vec<u8>>;

/// Why a branch of the model was taken, by the section of the standard that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What an API did with its arguments, and which headers of a request are safelisted.
    Request(RequestReason),
    /// Which branch of main fetch or scheme fetch a request took.
    MainFetch(MainFetchReason),
    /// Why a preflight is made, passes or is refused.
    Preflight(PreflightReason),
    /// A finding of HTTP fetch or HTTP-redirect fetch in a response.
    HttpFetch(HttpFetchReason),
    /// What HTTP-network-or-cache fetch added to a request, and the result.
    Network(NetworkReason),
    /// Which part of a response the page gets.
    Response(ResponseReason),
}

impl From<RequestReason> for Reason {
    fn from(reason: RequestReason) -> Self {
        Self::Request(reason)
    }
}

impl From<MainFetchReason> for Reason {
    fn from(reason: MainFetchReason) -> Self {
        Self::MainFetch(reason)
    }
}

impl From<PreflightReason> for Reason {
    fn from(reason: PreflightReason) -> Self {
        Self::Preflight(reason)
    }
}

impl From<HttpFetchReason> for Reason {
    fn from(reason: HttpFetchReason) -> Self {
        Self::HttpFetch(reason)
    }
}

impl From<NetworkReason> for Reason {
    fn from(reason: NetworkReason) -> Self {
        Self::Network(reason)
    }
}

impl From<ResponseReason> for Reason {
    fn from(reason: ResponseReason) -> Self {
        Self::Response(reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(reason) => reason.fmt(f),
            Self::MainFetch(reason) => reason.fmt(f),
            Self::Preflight(reason) => reason.fmt(f),
            Self::HttpFetch(reason) => reason.fmt(f),
            Self::Network(reason) => reason.fmt(f),
            Self::Response(reason) => reason.fmt(f),
        }
    }
}

/// A URL as text of a bounded length.
fn shown(url: &str) -> String {
    escape(url.as_bytes())
}

/// A value in backticks, or a word for an absent value.
fn value(value: Option<&[u8]>) -> String {
    value.map_or("absent".to_owned(), |v| format!("`{}`", escape(v)))
}

/// Why response tainting is basic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basic {
    /// The URL is same-origin, and so were all earlier hops.
    SameOrigin,
    /// The URL is a data: URL.
    DataUrl,
    /// The mode is navigate or websocket.
    Exempt,
}

/// A header that is a list of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Access-Control-Allow-Methods.
    AllowMethods,
    /// Access-Control-Allow-Headers.
    AllowHeaders,
    /// Access-Control-Expose-Headers.
    ExposeHeaders,
}

/// What grants a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It is listed.
    Listed,
    /// The list is absent, and the forced flag takes its place.
    Forced,
    /// It is safelisted.
    Safelisted,
    /// The wildcard.
    Wildcard,
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectRefusal {
    /// The URL is not HTTP(S).
    NotHttp,
    /// It would be the twenty-first redirect.
    Limit,
    /// Mode cors, the URL is cross-origin, and it contains credentials.
    CredentialsCrossOrigin,
    /// Response tainting is cors, and the URL contains credentials.
    CredentialsTainted,
    /// The body is a stream, which cannot be sent again.
    StreamBody,
}

/// Why integrity metadata does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrityFault {
    /// The response is opaque.
    Opaque,
    /// The response is an opaque-redirect filtered response.
    OpaqueRedirect,
    /// The body is null.
    NullBody,
    /// The body has another hash.
    Mismatch,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AllowMethods => "Access-Control-Allow-Methods",
            Self::AllowHeaders => "Access-Control-Allow-Headers",
            Self::ExposeHeaders => "Access-Control-Expose-Headers",
        })
    }
}

impl fmt::Display for RedirectRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHttp => "a redirect may only lead to an HTTP(S) URL",
            Self::Limit => "this would be the twenty-first redirect",
            Self::CredentialsCrossOrigin => "mode cors, cross-origin, and the URL contains credentials",
            Self::CredentialsTainted => "response tainting is cors and the URL contains credentials",
            Self::StreamBody => "a stream body cannot be sent again",
        })
    }
}

impl fmt::Display for IntegrityFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opaque => "integrity metadata and an opaque response",
            Self::OpaqueRedirect => "integrity metadata and an opaque-redirect filtered response, whose body is null",
            Self::NullBody => "integrity metadata and a response whose body is null",
            Self::Mismatch => "the body does not match the integrity metadata",
        })
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acao = value(self.acao.as_deref());
        match self.check {
            CorsCheck::MissingAcao => f.write_str("failure: Access-Control-Allow-Origin is absent"),
            CorsCheck::Wildcard => write!(
                f,
                "success: Access-Control-Allow-Origin is {acao}, credentials mode {}",
                self.credentials
            ),
            CorsCheck::OriginMismatch => write!(
                f,
                "failure: Access-Control-Allow-Origin is {acao}, the request's origin is `{}`, credentials mode {}",
                self.origin, self.credentials
            ),
            CorsCheck::OriginMatch => write!(f, "success: Access-Control-Allow-Origin is {acao}"),
            CorsCheck::CredentialsAllowed => write!(
                f,
                "success: Access-Control-Allow-Origin is {acao}, Access-Control-Allow-Credentials `true`"
            ),
            CorsCheck::CredentialsNotAllowed => write!(
                f,
                "failure: credentials mode include, Access-Control-Allow-Credentials is {}",
                value(self.acac.as_deref())
            ),
        }
    }
}
