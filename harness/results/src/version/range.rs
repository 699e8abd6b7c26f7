//! Ranges of versions, such as `>=2.8, <3`.

use super::order::{Part, compare_parts, parts};
use serde::Deserialize;
use std::cmp::Ordering;
use std::str::FromStr;
use thiserror::Error;

/// How a range compares a version with one of its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    AtMost,
    Above,
    Below,
    Exactly,
}

impl Comparison {
    /// Longer operators come before those that they begin with.
    const ALL: [(&'static str, Self); 5] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        (">", Self::Above),
        ("<", Self::Below),
        ("=", Self::Exactly),
    ];

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::AtLeast => order.is_ge(),
            Self::AtMost => order.is_le(),
            Self::Above => order.is_gt(),
            Self::Below => order.is_lt(),
            Self::Exactly => order.is_eq(),
        }
    }
}

/// A range of versions: comparisons joined by commas, all of which a version must satisfy. A preview comes before its release:
/// `<3` holds for 3.0.0-rc.1, and `<3.0.0-0` does not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct VersionRange {
    text: String,
    bounds: Vec<(Comparison, Vec<Part>)>,
}

/// Why a text is not a range of versions.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VersionRangeError {
    /// A part does not begin with a comparison.
    #[error("`{0}` does not begin with one of >=, <=, >, <, =")]
    NoComparison(String),
    /// The text after the comparison is not a version.
    #[error("`{0}` has no version such as 2.8 after its comparison")]
    NoVersion(String),
}

impl VersionRange {
    /// The range as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The range that contains a single version.
    #[must_use]
    pub fn exactly(version: &str) -> Self {
        let text = if is_version(version) { version } else { UNKNOWN };
        Self {
            text: format!("={text}"),
            bounds: vec![(Comparison::Exactly, parts(text))],
        }
    }

    /// Whether a version lies in the range. A text that is not a version counts as version 0.
    #[must_use]
    pub fn contains(&self, version: &str) -> bool {
        let version = parts(if starts_with_number(version) { version } else { UNKNOWN });
        self.bounds
            .iter()
            .all(|(comparison, bound)| comparison.holds(compare_parts(&version, bound)))
    }
}

/// One end of a range: the version, and whether it belongs to the range.
type End<'r> = (&'r [Part], bool);

impl VersionRange {
    /// The range of the versions that lie in this range and in another one.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            text: format!("{}, {}", self.text, other.text),
            bounds: self.bounds.iter().chain(&other.bounds).cloned().collect(),
        }
    }

    /// Whether no version lies in the range. Between two different versions there is always a third one: 1.0.1 lies between 1 and 1.1.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let (mut low, mut high): (Option<End<'_>>, Option<End<'_>>) = (None, None);
        for (comparison, version) in &self.bounds {
            let (from, to) = match comparison {
                Comparison::AtLeast => (Some(true), None),
                Comparison::Above => (Some(false), None),
                Comparison::AtMost => (None, Some(true)),
                Comparison::Below => (None, Some(false)),
                Comparison::Exactly => (Some(true), Some(true)),
            };
            if let Some(inclusive) = from {
                low = narrower(low, (version, inclusive), Ordering::Greater);
            }
            if let Some(inclusive) = to {
                high = narrower(high, (version, inclusive), Ordering::Less);
            }
        }
        let (Some(low), Some(high)) = (low, high) else {
            return false;
        };
        match compare_parts(low.0, high.0) {
            Ordering::Less => false,
            Ordering::Equal => !(low.1 && high.1),
            Ordering::Greater => true,
        }
    }
}

/// Returns the end that contains fewer versions. `inward` is how the version of a narrower end compares with the other one. If both
/// ends have the same version, the result excludes it if one of them does.
fn narrower<'r>(known: Option<End<'r>>, new: End<'r>, inward: Ordering) -> Option<End<'r>> {
    match known {
        Some(known) => match compare_parts(new.0, known.0) {
            Ordering::Equal => Some((new.0, new.1 && known.1)),
            order if order == inward => Some(new),
            _ => Some(known),
        },
        None => Some(new),
    }
}

/// The version that replaces a text that is not a version.
const UNKNOWN: &str = "0";

fn starts_with_number(version: &str) -> bool {
    let bare = version.strip_prefix(['v', 'V']).unwrap_or(version);
    bare.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a text can be the bound of a range.
fn is_version(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(is_plain)
}

impl TryFrom<String> for VersionRange {
    type Error = VersionRangeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for VersionRange {
    type Err = VersionRangeError;

    fn from_str(text: &str) -> Result<Self, VersionRangeError> {
        let bound = |part: &str| {
            let part = part.trim();
            let found = Comparison::ALL
                .into_iter()
                .find_map(|(word, comparison)| Some((comparison, part.strip_prefix(word)?.trim())));
            let (comparison, version) = found.ok_or_else(|| VersionRangeError::NoComparison(part.to_owned()))?;
            if !is_version(version) {
                return Err(VersionRangeError::NoVersion(part.to_owned()));
            }
            Ok((comparison, parts(version)))
        };
        Ok(Self {
            text: text.to_owned(),
            bounds: text.split(',').map(bound).collect::<Result<_, _>>()?,
        })
    }
}

impl std::fmt::Display for VersionRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for VersionRange {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "VersionRange".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A range of versions, such as `<18.1` or `>=4, <5`.",
            "type": "string",
            "pattern": r"^ *(>=|<=|>|<|=) *[0-9][0-9A-Za-z.-]* *(, *(>=|<=|>|<|=) *[0-9][0-9A-Za-z.-]* *)*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_for_the_versions_that_satisfy_each_comparison() {
        for (range, version, expected) in [
            (">=2.8", "2.8.0", true),
            (">=2.8", "2.10", true),
            (">=2.8", "2.7.9", false),
            ("<3", "2.9.9", true),
            ("<3", "3.0", false),
            (">2", "2.0.0", false),
            ("<=2", "2.0", true),
            ("=1.2.3", "v1.2.3", true),
            ("=1.2.3", "1.2.4", false),
            (">=2, <3", "2.5", true),
            (">=2, <3", "3.1", false),
            // A preview comes before its release, and -0 before every preview.
            ("<3", "3.0.0-rc.1", true),
            (">=3", "3.0.0-rc.1", false),
            ("<3.0.0-0", "3.0.0-rc.1", false),
            (">=3.0.0-0", "3.0.0-alpha", true),
            (">=3.0.0-0", "3.0.0.CR1", true),
            (">=153", "153.0esr", true),
            (">=156", "156.0.8078.108", true),
        ] {
            let parsed: VersionRange = range.parse().unwrap();
            assert_eq!(parsed.contains(version), expected, "{version} in {range}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_range_is_an_error() {
        for text in [
            "", "3", ">=", ">= ", "~3", "^1", "<three", ">=2,", ">=2 <3", "<1.*", "=v1",
        ] {
            assert!(text.parse::<VersionRange>().is_err(), "{text}");
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
            ("<3", "=3.0.0-rc.1", true),
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
            ("153.0.1-esr", "=153.0.1-esr"),
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
