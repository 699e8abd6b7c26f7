//! Ranges of dotted version numbers.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The text is not a range of versions.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a range of versions; write >=2.8, <3 or =1.2.3, joined by commas")]
pub struct InvalidRange(String);

/// How a version compares to the bound of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    AtLeast,
    AtMost,
    Above,
    Below,
    Exactly,
}

/// One part of a range, such as `>=2.8`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    relation: Relation,
    version: Vec<u64>,
}

/// A range of versions, such as `>=2.8, <3`. A version lies in it if it satisfies every part.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct VersionRange {
    text: String,
    bounds: Vec<Bound>,
}

/// One end of a range of versions: the version, and whether it belongs to the range.
type End = (Vec<u64>, bool);

impl VersionRange {
    /// The range that contains a single version.
    #[must_use]
    pub fn exactly(version: &str) -> Self {
        let version = numbers(version);
        let text: Vec<String> = version.iter().map(u64::to_string).collect();
        let text = match text.as_slice() {
            [] => "=0".to_owned(),
            _ => format!("={}", text.join(".")),
        };
        let bounds = vec![Bound {
            relation: Relation::Exactly,
            version,
        }];
        Self { text, bounds }
    }

    /// Returns whether a version lies in the range.
    #[must_use]
    pub fn contains(&self, version: &str) -> bool {
        let version = numbers(version);
        self.bounds.iter().all(|bound| {
            let order = version.cmp(&bound.version);
            match bound.relation {
                Relation::AtLeast => order != Ordering::Less,
                Relation::AtMost => order != Ordering::Greater,
                Relation::Above => order == Ordering::Greater,
                Relation::Below => order == Ordering::Less,
                Relation::Exactly => order == Ordering::Equal,
            }
        })
    }

    /// The range of the versions that lie in this range and in another one.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            text: format!("{}, {}", self.text, other.text),
            bounds: self.bounds.iter().chain(&other.bounds).cloned().collect(),
        }
    }

    /// Returns whether no version lies in the range.
    pub(super) fn is_empty(&self) -> bool {
        let (mut low, mut high): (End, Option<End>) = ((Vec::new(), true), None);
        for bound in &self.bounds {
            let at = |inclusive| (bound.version.clone(), inclusive);
            let (from, to) = match bound.relation {
                Relation::AtLeast => (Some(at(true)), None),
                Relation::Above => (Some(at(false)), None),
                Relation::AtMost => (None, Some(at(true))),
                Relation::Below => (None, Some(at(false))),
                Relation::Exactly => (Some(at(true)), Some(at(true))),
            };
            // Of two ends at one version, the one that excludes it is the narrower.
            if let Some(from) = from
                && (&from.0, !from.1) > (&low.0, !low.1)
            {
                low = from;
            }
            if let Some(to) = to
                && high.as_ref().is_none_or(|high| (&to.0, to.1) < (&high.0, high.1))
            {
                high = Some(to);
            }
        }
        // Between two different versions there is always a third one: 1.0.1 lies between 1 and 1.1.
        high.is_some_and(|high| match low.0.cmp(&high.0) {
            Ordering::Less => false,
            Ordering::Equal => !(low.1 && high.1),
            Ordering::Greater => true,
        })
    }
}

impl FromStr for VersionRange {
    type Err = InvalidRange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WORDS: [(&str, Relation); 5] = [
            (">=", Relation::AtLeast),
            ("<=", Relation::AtMost),
            (">", Relation::Above),
            ("<", Relation::Below),
            ("=", Relation::Exactly),
        ];
        let bound = |part: &str| {
            let part = part.trim();
            let (relation, version) = WORDS
                .iter()
                .find_map(|(word, relation)| Some((*relation, part.strip_prefix(word)?.trim())))?;
            let is_dotted = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            is_dotted.then(|| Bound {
                relation,
                version: numbers(version),
            })
        };
        let bounds: Option<Vec<Bound>> = text.split(',').map(bound).collect();
        let bounds = bounds.ok_or_else(|| InvalidRange(text.to_owned()))?;
        Ok(Self {
            text: text.to_owned(),
            bounds,
        })
    }
}

impl TryFrom<String> for VersionRange {
    type Error = InvalidRange;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl JsonSchema for VersionRange {
    fn schema_name() -> Cow<'static, str> {
        "VersionRange".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A range of versions: `>=2.8`, `<3`, `=1.2.3`, several joined by `,`.", "type": "string" })
    }
}

/// Whether a version lies in a range; `None` if the text is not a range.
#[must_use]
pub fn matches_version(range: &str, version: &str) -> Option<bool> {
    let range: VersionRange = range.parse().ok()?;
    Some(range.contains(version))
}

/// The numbers of a version, without trailing zeros: 1.2 equals 1.2.0.
fn numbers(version: &str) -> Vec<u64> {
    let leading = |part: &str| {
        part.bytes()
            .take_while(u8::is_ascii_digit)
            .fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')))
    };
    let mut numbers: Vec<u64> = version.split('.').map(leading).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_lies_in_a_range_if_every_part_holds() {
        for (range, version, expected) in [
            (">=2.8", "2.8.0", true),
            (">=2.8", "2.10", true),
            (">=2.8", "2.7.9", false),
            (">=2.8, <3", "3.0.0", false),
            ("<=3", "3.0.1", false),
            (">3", "3.0.1", true),
            ("=1.2.0", "1.2", true),
            ("=1.2", "1.2.1", false),
            (">=1", "", false),
        ] {
            assert_eq!(matches_version(range, version), Some(expected), "{version} in {range}");
        }
    }

    #[test]
    fn other_texts_are_no_ranges() {
        for text in ["", "2.x", ">=", "2.8", ">=2,", ">=2 <3", "=1-rc"] {
            assert_eq!(matches_version(text, "1"), None, "{text}");
        }
    }

    #[test]
    fn two_ranges_together_are_empty_if_no_version_lies_in_both() {
        for (a, b, expected) in [
            (">=2", "<2", false),
            (">=2", "<=2.0", true),
            (">2", "<=2", false),
            (">=2, <3", ">=3", false),
            (">=2, <3", ">2.9", true),
            (">=2", ">=5", true),
            ("<2", "<1", true),
            ("=1.2", "=1.2.0", true),
            ("=1.2", "=1.2.1", false),
            ("=1.2", ">=1, <2", true),
            (">=3, <2", ">=1", false),
            ("<0", ">=0", false),
        ] {
            let (a, b): (VersionRange, VersionRange) = (a.parse().unwrap(), b.parse().unwrap());
            let overlap = |x: &VersionRange, y| !x.and(y).is_empty();
            assert_eq!((overlap(&a, &b), overlap(&b, &a)), (expected, expected), "{a} and {b}");
        }
    }

    #[test]
    fn the_range_of_one_version_contains_that_version_alone() {
        for (version, text) in [
            ("1.2.3", "=1.2.3"),
            ("153.0.1-esr", "=153.0.1"),
            ("", "=0"),
            ("unknown", "=0"),
        ] {
            let range = VersionRange::exactly(version);
            assert_eq!(range.to_string(), text);
            assert!(range.contains(version));
            assert!(!range.contains("9.9"));
            assert_eq!(text.parse(), Ok(range));
        }
    }
}
