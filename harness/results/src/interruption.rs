//! What ended a run before its end.

use serde::{Deserialize, Serialize};

/// The signal that ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Interruption {
    /// SIGINT: Ctrl-C.
    Int,
    /// SIGTERM: for example, a CI job was cancelled.
    Term,
    /// SIGHUP: the terminal was closed.
    Hup,
}

impl Interruption {
    /// The name of the signal, without `SIG`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Int => "INT",
            Self::Term => "TERM",
            Self::Hup => "HUP",
        }
    }

    /// The number of the signal.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Hup => 1,
            Self::Int => 2,
            Self::Term => 15,
        }
    }
}
