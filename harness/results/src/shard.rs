//! A part of a run: one of several jobs that share the cases.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use thiserror::Error;

/// The text before a unit when it is hashed. The number makes the shares of the project's corpus even. It never changes, since every
/// case would move to another shard.
const PREFIX: &str = "shard 196: ";

/// Shard K of N.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: u32,
    count: NonZeroU32,
}

/// A text that names no shard.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShardError {
    /// It is not two numbers with a slash.
    #[error("`{0}` is not a shard; write K/N, for example 2/3 for the second of three")]
    Form(String),
    /// There is no such shard.
    #[error("there is no shard {index} of {count}; write K/N with K from 1 to N, for example 1/{count}")]
    Range {
        /// The number of the shard.
        index: u32,
        /// The number of shards.
        count: NonZeroU32,
    },
}

impl Shard {
    /// Shard `index`, from 1, of `count`.
    ///
    /// # Errors
    /// If there is no such shard.
    pub fn new(index: u32, count: NonZeroU32) -> Result<Self, ShardError> {
        if (1..=count.get()).contains(&index) {
            return Ok(Self { index, count });
        }
        Err(ShardError::Range { index, count })
    }

    /// The number of shards.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.count.get()
    }

    /// All shards of the same division, in order.
    pub fn all(self) -> impl Iterator<Item = Self> {
        (1..=self.count.get()).map(move |index| Self { index, ..self })
    }

    /// Returns whether a unit of cases belongs to this shard: the first eight bytes of the SHA-256 of `shard 196: UNIT`, as a
    /// big-endian number, modulo N, are K - 1. This is the same in every version of the program.
    #[must_use]
    pub fn holds(self, unit: &str) -> bool {
        let digest = Sha256::new().chain_update(PREFIX).chain_update(unit).finalize();
        let number = digest
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.count.get()) == u64::from(self.index - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || ShardError::Form(text.chars().take(40).collect());
        let (index, count) = text.split_once('/').ok_or_else(form)?;
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(index) || !is_number(count) {
            return Err(form());
        }
        let (index, count) = (index.parse(), count.parse());
        Self::new(index.map_err(|_| form())?, count.map_err(|_| form())?)
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Shard;

    fn shard(text: &str) -> Shard {
        text.parse().expect("a shard")
    }

    #[test]
    fn a_shard_reads_back_and_anything_else_states_what_to_write() {
        for text in ["1/1", "1/3", "3/3", "7/250"] {
            assert_eq!(shard(text).to_string(), text);
        }
        for (text, message) in [
            ("3/2", "K/N with K from 1 to N, for example 1/2"),
            ("0/2", "K/N with K from 1 to N, for example 1/2"),
            ("a/b", "write K/N, for example 2/3"),
            ("2", "write K/N"),
            ("1/0", "write K/N"),
            ("", "write K/N"),
            ("/", "write K/N"),
            ("+1/2", "write K/N"),
            ("1/2/3", "write K/N"),
            ("1/99999999999", "write K/N"),
        ] {
            let error = text.parse::<Shard>().expect_err(text).to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn every_unit_is_in_exactly_one_shard() {
        for count in 1..20 {
            for unit in 0..200 {
                let unit = format!("cors-check/presence#{unit}");
                let all = shard(&format!("1/{count}")).all();
                assert_eq!(all.filter(|shard| shard.holds(&unit)).count(), 1);
            }
        }
    }

    /// These values are stated in the documentation. A change moves cases between the shards of jobs with different versions.
    #[test]
    fn a_unit_stays_in_its_shard_for_ever() {
        for (unit, expected) in [
            ("policies/one", ["1/2", "3/3", "5/8"]),
            ("policies/any", ["1/2", "1/3", "7/8"]),
            ("cors-check/presence#absent", ["2/2", "3/3", "8/8"]),
        ] {
            for text in expected {
                assert!(shard(text).holds(unit), "{unit} is not in {text}");
            }
        }
    }
}
