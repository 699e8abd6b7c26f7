//! Which part of a response the page gets.

use super::{IntegrityFault, Value, value};
use crate::escape::escape;
use std::fmt;

/// Which part of a response the page gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseReason {
    /// A WebSocket handshake was not answered by 101.
    HandshakeStatus {
        /// The status.
        status: u16,
    },
    /// A script is not run from a response with that status.
    ScriptStatus {
        /// The status.
        status: u16,
    },
    /// A script is not run from a response of that type.
    ScriptType {
        /// The essence of its MIME type, if it has one.
        essence: Value,
    },
    /// Integrity metadata does not match.
    Integrity(IntegrityFault),
    /// Integrity metadata matches the body.
    IntegrityMatches,
    /// The page gets an opaque filtered response.
    OpaqueFiltered,
    /// The page gets a basic filtered response.
    BasicFiltered,
    /// The page gets a CORS filtered response.
    CorsFiltered {
        /// Access-Control-Expose-Headers.
        exposed: Value,
        /// Whether it does not parse.
        failed: bool,
    },
    /// Set-Cookie is never readable.
    SetCookieHidden,
    /// Repeated headers read as one value.
    RepeatsCombined,
}

impl fmt::Display for ResponseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HandshakeStatus { status } => write!(f, "status {status} is not 101"),
            Self::ScriptStatus { status } => write!(f, "a script is not run from a response with status {status}"),
            Self::ScriptType { essence } => {
                write!(
                    f,
                    "the Content-Type {} is blocked for a script",
                    value(essence.as_deref())
                )
            }
            Self::Integrity(fault) => fault.fmt(f),
            Self::IntegrityMatches => f.write_str("the body matches the integrity metadata"),
            Self::OpaqueFiltered => f.write_str("opaque filtered response: nothing is readable"),
            Self::BasicFiltered => f.write_str("basic filtered response"),
            Self::CorsFiltered { exposed: None, .. } => f.write_str("no Access-Control-Expose-Headers"),
            Self::CorsFiltered {
                exposed: Some(exposed),
                failed,
            } => {
                write!(f, "Access-Control-Expose-Headers: {}", escape(exposed))?;
                f.write_str(if *failed {
                    ": it does not parse, and exposes nothing"
                } else {
                    ""
                })
            }
            Self::SetCookieHidden => f.write_str("Set-Cookie is never readable"),
            Self::RepeatsCombined => f.write_str("repeated headers read as one value"),
        }
    }
}
