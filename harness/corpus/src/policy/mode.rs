//! A library in its default configuration, without a policy document.

use crate::words::Flag;

/// How a library is configured without a policy document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Called without arguments.
    Defaults,
    /// As the snippet that its README recommends.
    Docs,
}

impl Mode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Defaults, Self::Docs];

    /// The reserved policy id.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Defaults => "defaults",
            Self::Docs => "docs",
        }
    }

    /// The mode of a reserved policy id.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.as_str() == id)
    }

    /// The flag with which a subject claims the mode in its `subject.yaml`.
    #[must_use]
    pub const fn flag(self) -> Flag {
        match self {
            Self::Defaults => Flag::Defaults,
            Self::Docs => Flag::Docs,
        }
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
