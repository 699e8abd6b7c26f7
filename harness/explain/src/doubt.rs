//! Facts that an answer depends on and that the input does not show.

use std::fmt;

/// A condition of the answer. Its `Display` completes "provided that".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The request on the wire had no Origin, and a browser sends one.
    NoOriginSent {
        /// The Origin that the browser sends.
        origin: String,
    },
    /// The request on the wire had another Origin than the page.
    OtherOriginSent {
        /// The Origin that was sent.
        sent: String,
        /// The Origin that the browser sends.
        origin: String,
    },
    /// The request on the wire had an Origin that no browser sends, for example with a slash at its end.
    OriginNotSerialized {
        /// The Origin that was sent.
        sent: String,
        /// The Origin that the browser sends.
        origin: String,
    },
    /// A response has no status line.
    StatusNotShown,
    /// The responses are given without their requests.
    RequestNotShown {
        /// The Origin that the browser sends.
        origin: String,
    },
    /// The OPTIONS request asks for no method, so that it is no preflight.
    NoPreflightSent,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOriginSent { origin } => write!(
                f,
                "the server answers a request with `Origin: {origin}` as it answered the given one, which has no Origin"
            ),
            Self::OtherOriginSent { sent, origin } => write!(
                f,
                "the server answers `Origin: {origin}` as it answered the given request with `Origin: {sent}`"
            ),
            Self::OriginNotSerialized { sent, origin } => write!(
                f,
                "the server answers `Origin: {origin}` as it answered `Origin: {sent}`, which no browser sends"
            ),
            Self::StatusNotShown => f.write_str("the status, which the input does not show, is 2xx"),
            Self::RequestNotShown { origin } => {
                write!(f, "the response, whose request is not given, answered a request with `Origin: {origin}`")
            }
            Self::NoPreflightSent => f.write_str(
                "the server answers a real preflight as it answered this OPTIONS request, which has no Access-Control-Request-Method",
            ),
        }
    }
}
