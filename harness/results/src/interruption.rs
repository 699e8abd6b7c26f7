//! What ended a run before its end.

use serde::{Deserialize, Serialize};

/// The signal or the limit that ended a run.
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
    /// The run had as many unexpected results as `--max-fail` permits.
    #[serde(rename = "max-fail")]
    MaxFail,
}

impl Interruption {
    /// The name of the signal, without `SIG`, or the flag.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Int => "INT",
            Self::Term => "TERM",
            Self::Hup => "HUP",
            Self::MaxFail => "--max-fail",
        }
    }

    /// The number of the signal; 0 if it was none.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::MaxFail => 0,
            Self::Hup => 1,
            Self::Int => 2,
            Self::Term => 15,
        }
    }
}
