//! The table of named functions over an origin.

use super::matching::host_of;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A named function over a serialized origin. `null` satisfies none but `always`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// The host ends with the text.
    HostEndsWith(String),
    /// The host is the text.
    HostEquals(String),
    /// The scheme is the text.
    SchemeIs(String),
    /// The whole origin is one of these.
    OriginIn(Vec<String>),
    /// No origin.
    Never,
    /// Every origin, `null` included.
    Always,
}

/// A text that names no function of the table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not in the table; it has host-ends-with:X, host-equals:X, scheme-is:X, origin-in:X,Y, never, always")]
pub struct PredicateError(String);

impl Predicate {
    /// Whether the function holds for a serialized origin.
    #[must_use]
    pub fn holds(&self, origin: &str) -> bool {
        if origin == "null" {
            return *self == Self::Always;
        }
        match self {
            Self::HostEndsWith(suffix) => host_of(origin).is_some_and(|host| host.ends_with(suffix.as_str())),
            Self::HostEquals(host) => host_of(origin) == Some(host.as_str()),
            Self::SchemeIs(scheme) => origin.split_once("://").is_some_and(|(s, _)| s == scheme),
            Self::OriginIn(list) => list.iter().any(|o| o == origin),
            Self::Never => false,
            Self::Always => true,
        }
    }
}

impl std::str::FromStr for Predicate {
    type Err = PredicateError;
    fn from_str(text: &str) -> Result<Self, PredicateError> {
        let error = || PredicateError(text.to_owned());
        match text.split_once(':') {
            None if text == "never" => Ok(Self::Never),
            None if text == "always" => Ok(Self::Always),
            Some((_, "")) | None => Err(error()),
            Some(("host-ends-with", suffix)) => Ok(Self::HostEndsWith(suffix.to_owned())),
            Some(("host-equals", host)) => Ok(Self::HostEquals(host.to_owned())),
            Some(("scheme-is", scheme)) => Ok(Self::SchemeIs(scheme.to_owned())),
            Some(("origin-in", list)) => Ok(Self::OriginIn(list.split(',').map(str::to_owned).collect())),
            Some(_) => Err(error()),
        }
    }
}

impl std::fmt::Display for Predicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::HostEndsWith(suffix) => write!(f, "host-ends-with:{suffix}"),
            Self::HostEquals(host) => write!(f, "host-equals:{host}"),
            Self::SchemeIs(scheme) => write!(f, "scheme-is:{scheme}"),
            Self::OriginIn(list) => write!(f, "origin-in:{}", list.join(",")),
            Self::Never => f.write_str("never"),
            Self::Always => f.write_str("always"),
        }
    }
}

impl Serialize for Predicate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Predicate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
