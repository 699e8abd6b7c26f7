//! What an API did with its arguments, and which headers of a request are safelisted.

use super::shown;
use crate::escape::escape;
use crate::header_list::ByteString;
use crate::keywords::{CredentialsMode, Mode};
use crate::safelist::{Forbidden, Safelisting};
use std::borrow::Cow;
use std::fmt;

/// What an API did with its arguments, and which headers of a request are safelisted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestReason {
    /// An API made a request.
    RequestMade {
        /// The method.
        method: ByteString,
        /// The URL, serialized.
        url: Box<str>,
        /// The request mode.
        mode: Mode,
        /// The credentials mode.
        credentials: CredentialsMode,
        /// The serialized origin of the page.
        origin: Cow<'static, str>,
    },
    /// The method was upper-cased.
    MethodNormalized {
        /// As script wrote it.
        from: ByteString,
    },
    /// The method is kept as the script wrote it.
    MethodKept {
        /// The method.
        method: ByteString,
    },
    /// A header is a forbidden request-header: it is dropped.
    HeaderForbidden {
        /// Its name.
        name: ByteString,
        /// What forbids it.
        by: Forbidden,
    },
    /// Script may not set a header in mode no-cors: it is dropped.
    HeaderNotInNoCors {
        /// Its name.
        name: ByteString,
        /// Whether the value alone is allowed, but the combined value is not.
        combined: bool,
    },
    /// A second header with the same name is kept as a separate header.
    HeaderAppended {
        /// Its name.
        name: ByteString,
    },
    /// Whitespace around a value was stripped.
    ValueNormalized {
        /// The name of the header.
        name: ByteString,
    },
    /// Whether a header of the request is safelisted.
    Safelisting {
        /// Its name.
        name: ByteString,
        /// Its value.
        value: ByteString,
        /// The condition that decided.
        by: Safelisting,
    },
    /// The total length of the safelisted values of a request.
    SafelistedBytes {
        /// The number of bytes.
        total: usize,
    },
    /// The unsafe names as a sorted-lowercase set.
    UnsafeNames {
        /// The names.
        names: Vec<ByteString>,
    },
}

impl fmt::Display for RequestReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestMade {
                method,
                url,
                mode,
                credentials,
                origin,
            } => write!(
                f,
                "{} {} in mode {mode}, credentials mode {credentials}, from origin {origin}",
                escape(method),
                shown(url)
            ),
            Self::MethodNormalized { from } => write!(f, "the method `{}` is normalized", escape(from)),
            Self::MethodKept { method } => write!(f, "the method `{}` is kept as it is written", escape(method)),
            Self::HeaderForbidden { name, .. } => {
                write!(f, "`{}` is a forbidden request-header and is dropped", escape(name))
            }
            Self::HeaderNotInNoCors { name, .. } => {
                write!(f, "`{}` is not settable in mode no-cors and is dropped", escape(name))
            }
            Self::HeaderAppended { name } => write!(f, "`{}` is appended as a separate header", escape(name)),
            Self::ValueNormalized { name } => write!(f, "the value of `{}` is normalized", escape(name)),
            Self::Safelisting { name, value, by } => write!(
                f,
                "`{}: {}` is {}",
                escape(name),
                escape(value),
                if by.is_safe() { "safelisted" } else { "not safelisted" }
            ),
            Self::SafelistedBytes { total } => write!(f, "the safelisted values have {total} bytes in total"),
            Self::UnsafeNames { names } => f.write_str(&escape(&names.join(&b','))),
        }
    }
}
