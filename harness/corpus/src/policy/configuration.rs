//! What a server is configured with.

use super::{Mode, Policy};
use crate::words::Flag;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;

/// What a server is configured with: a policy, or a mode that has none.
#[derive(Clone, Debug, PartialEq)]
pub enum Configuration {
    /// A completed policy.
    Policy(Box<Policy>),
    /// The library without arguments, or as its documentation recommends.
    Mode(Mode),
}

impl Configuration {
    /// The configuration that a policy id and its document mean on the wire, where `null` is the mode of that name.
    #[must_use]
    pub fn of_document(id: &str, document: Option<Policy>) -> Option<Self> {
        document
            .map(|policy| Self::Policy(Box::new(policy)))
            .or_else(|| Mode::named(id).map(Self::Mode))
    }

    /// The policy, if it is one.
    #[must_use]
    pub fn policy(&self) -> Option<&Policy> {
        match self {
            Self::Policy(policy) => Some(policy),
            Self::Mode(_) => None,
        }
    }

    /// The flags that a subject must claim to be sent it.
    #[must_use]
    pub fn flags_needed(&self) -> BTreeSet<Flag> {
        match self {
            Self::Policy(policy) => policy.flags_needed(),
            Self::Mode(mode) => BTreeSet::from([mode.flag()]),
        }
    }
}

/// The document on the wire: a policy, or `null` for a mode, which the policy id names.
impl Serialize for Configuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.policy().serialize(serializer)
    }
}
