//! The parts of a tuple origin, to change one of them.

use crosscheck_fetch::{APP_SCHEMES, Origin};

/// A scheme, a host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) scheme: String,
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

impl Parts {
    /// The parts of a serialized tuple origin.
    pub(super) fn of(origin: &str) -> Option<Self> {
        match Origin::parse_serialized(origin).ok()? {
            Origin::Tuple { scheme, host, port } => Some(Self {
                scheme: scheme.into_owned(),
                host,
                port,
            }),
            Origin::Opaque => None,
        }
    }

    /// The origin as text. It need not be one that a browser sends.
    pub(super) fn text(&self) -> String {
        let port = self.port.map_or_else(String::new, |port| format!(":{port}"));
        format!("{}://{}{port}", self.scheme, self.host)
    }

    pub(super) fn with_host(self, host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            ..self
        }
    }

    pub(super) fn with_port(self, port: Option<u16>) -> Self {
        Self { port, ..self }
    }

    /// Whether the host is an IP address.
    pub(super) fn is_address(&self) -> bool {
        self.host.starts_with('[') || self.host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    }

    /// Whether the scheme is one of apps and extensions.
    pub(super) fn is_of_an_app(&self) -> bool {
        APP_SCHEMES.contains(&self.scheme.as_str())
    }
}
