//! What an API did with its arguments, and how the headers of a request fare against the safelist.

use super::{Forbidden, shown};
use crate::header_list::ByteString;
use crate::safelist::Safelisting;
use crate::trace::escape;
use crate::words::{CredentialsMode, Mode};
use std::borrow::Cow;
use std::fmt;

/// What an API did with its arguments, and how the headers of a request fare against the safelist.
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
    /// The method keeps the letters that script wrote.
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
    /// Mode no-cors does not let script set a header: it is dropped.
    HeaderNotInNoCors {
        /// Its name.
        name: ByteString,
        /// Whether the value alone would have been taken, and the combined one is not.
        combined: bool,
    },
    /// A second header of the same name stays a header of its own.
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
    /// The bytes that the safelisted values of a request have together.
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
            Self::SafelistedBytes { total } => write!(f, "the safelisted values have {total} bytes together"),
            Self::UnsafeNames { names } => f.write_str(&escape(&names.join(&b','))),
        }
    }
}
