//! Verdicts, levels and statuses. They are never folded together in a count. None has a default: a result that was not produced has no
//! verdict.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What the judge says of one case on one subject, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The subject crashed, hung, spoke bad HTTP, or gave two answers to one question.
    Broken,
    /// The page could read or do what it must not.
    OverGrant,
    /// The page was refused what it must get.
    OverDeny,
    /// The outcome is right, the wire is not.
    Wire,
    /// Right today, unsafe.
    Hygiene,
    /// Legal, unwise; never makes a run fail.
    Advice,
    /// Holds by a named leniency.
    Allowed,
    /// The outcome and every assertion hold.
    Pass,
    /// The subject cannot express the policy or lacks what the case needs.
    NotApplicable,
}

impl Verdict {
    /// All of them, worst first.
    pub const ALL: [Self; 9] = [
        Self::Broken,
        Self::OverGrant,
        Self::OverDeny,
        Self::Wire,
        Self::Hygiene,
        Self::Advice,
        Self::Allowed,
        Self::Pass,
        Self::NotApplicable,
    ];

    /// The word as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::OverGrant => "over-grant",
            Self::OverDeny => "over-deny",
            Self::Wire => "wire",
            Self::Hygiene => "hygiene",
            Self::Advice => "advice",
            Self::Allowed => "allowed",
            Self::Pass => "pass",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// Whether it needs a baseline entry to be expected.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(
            self,
            Self::Broken | Self::OverGrant | Self::OverDeny | Self::Wire | Self::Hygiene
        )
    }
}

/// How binding a requirement on a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Level {
    /// The standard or the policy requires it.
    Must,
    /// The standard recommends it.
    Should,
}

impl Level {
    /// The word as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
        }
    }
}

/// The word names no verdict.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no verdict `{0}`")]
pub struct UnknownVerdict(String);

impl std::str::FromStr for Verdict {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|v| v.as_str() == text);
        found.ok_or_else(|| UnknownVerdict(text.to_owned()))
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a result stands against the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The baseline lists it.
    Known,
    /// The baseline does not.
    Unexpected,
    /// The baseline lists it, and it deviates no longer.
    Stale,
}

impl Status {
    /// The word as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unexpected => "unexpected",
            Self::Stale => "stale",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
