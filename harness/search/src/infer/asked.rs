//! An origin that a server is asked about.

use crosscheck_fetch::Origin;
use thiserror::Error;

/// A text that is not the serialization of an origin that a browser sends.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not an origin that a browser sends")]
pub struct NotAnOrigin(pub String);

/// A serialized origin in its parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// The opaque origin.
    Null,
    /// A tuple origin.
    Tuple {
        /// The scheme.
        scheme: String,
        /// The host; an IPv6 address has its brackets.
        host: String,
        /// The port, if it is not the default of the scheme.
        port: Option<u16>,
    },
}

impl Asked {
    /// Reads a serialized origin.
    ///
    /// # Errors
    /// If a browser does not send that text.
    pub fn read(text: &str) -> Result<Self, NotAnOrigin> {
        match Origin::parse_serialized(text) {
            Ok(Origin::Opaque) => Ok(Self::Null),
            Ok(Origin::Tuple { scheme, host, port }) => Ok(Self::Tuple {
                scheme: scheme.into_owned(),
                host,
                port,
            }),
            Err(_) => Err(NotAnOrigin(text.to_owned())),
        }
    }
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Tuple { scheme, host, port } => {
                write!(f, "{scheme}://{host}")?;
                port.map_or(Ok(()), |port| write!(f, ":{port}"))
            }
        }
    }
}
