//! Globs over case ids, such as `cors-check/*#same-*`.

use crate::pattern::{Pattern, PatternError};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The maximum number of alternatives of one glob.
const MAX_ALTERNATIVES: u64 = 1000;
/// The maximum size of all alternatives of one glob, in bytes.
const MAX_BYTES: u64 = 64 << 10;

/// The text is not a glob.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GlobError {
    /// The text is empty.
    #[error("a glob over case ids is empty; write `*` for all cases")]
    Empty,
    /// The braces do not match.
    #[error("`{glob}` is not a glob over case ids: {source}")]
    Braces {
        /// The glob.
        glob: String,
        /// What is wrong with its braces.
        source: PatternError,
    },
    /// The braces expand to too many texts.
    #[error("`{0}` expands to more than {MAX_ALTERNATIVES} globs; use `*`")]
    TooMany(String),
}

/// A glob over case ids: `*` matches any text, `/` and `#` included; `{a,b}` matches either alternative; every other character
/// matches itself. Filters on the command line and the causes of a baseline read it alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
    alternatives: Vec<String>,
}

impl Glob {
    /// Returns whether a case id matches.
    #[must_use]
    pub fn matches(&self, id: &str) -> bool {
        self.alternatives
            .iter()
            .any(|glob| matches(glob.as_bytes(), id.as_bytes()))
    }
}

/// Matches with at most one step back per `*`, so that the cost is at most the product of both lengths.
fn matches(glob: &[u8], text: &[u8]) -> bool {
    let (mut g, mut t) = (0, 0);
    // The place behind the last `*`, and how much text it has matched up to.
    let mut star: Option<(usize, usize)> = None;
    loop {
        match (glob.get(g), text.get(t)) {
            (Some(b'*'), _) => {
                g += 1;
                star = Some((g, t));
            }
            (Some(expected), Some(byte)) if expected == byte => {
                g += 1;
                t += 1;
            }
            (None, None) => return true,
            _ => match star {
                Some((behind, upto)) if upto < text.len() => {
                    star = Some((behind, upto + 1));
                    (g, t) = (behind, upto + 1);
                }
                _ => return false,
            },
        }
    }
}

impl FromStr for Glob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(GlobError::Empty);
        }
        let pattern = Pattern::parse(text).map_err(|(_, source)| GlobError::Braces {
            glob: text.to_owned(),
            source,
        })?;
        let size = pattern.size();
        if size.texts > MAX_ALTERNATIVES || size.bytes > MAX_BYTES {
            return Err(GlobError::TooMany(text.to_owned()));
        }
        Ok(Self {
            text: text.to_owned(),
            alternatives: pattern.expand(),
        })
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_matches_case_ids() {
        for (glob, id, expected) in [
            ("server/any#a", "server/any#a", true),
            ("server/any#a", "server/any#ab", false),
            ("*", "policies/any#origin/x", true),
            ("policies/*#origin/*", "policies/any#origin/x", true),
            ("policies/*#origin/*", "policies/any#vary/x", false),
            ("policies/{any,one}#*", "policies/one#vary/x", true),
            ("policies/{any,one}#*", "policies/oned#vary/x", false),
            ("*a*b", "aabab", true),
            ("*a*b", "aaba", false),
            ("*", "", true),
            ("*#two/*", "g/t#two/a", true),
            ("*#two/*", "g/t#two", false),
            ("group/*", "group/a/b#c", true),
            ("group/*", "other/group/a", false),
            ("{a,b{c,d}}e", "bde", true),
            ("{a,b{c,d}}e", "be", false),
            ("{a,*}z", "xyz", true),
            ("a,b", "a,b", true),
            ("a**b", "a/x/b", true),
            // Only `*` and braces are special.
            ("a.b", "axb", false),
            ("[a]", "a", false),
            ("[a]", "[a]", true),
            ("a?", "ab", false),
            ("a?", "a?", true),
            ("**/b", "b", false),
            (r"a\*", r"a\b", true),
        ] {
            let parsed: Glob = glob.parse().expect("a glob");
            assert_eq!(parsed.matches(id), expected, "{glob} on {id}");
        }
    }

    #[test]
    fn a_hostile_glob_is_bounded() {
        assert_eq!("".parse::<Glob>(), Err(GlobError::Empty));
        let many = "{a,b}".repeat(40);
        assert_eq!(many.parse::<Glob>(), Err(GlobError::TooMany(many)));
        assert!("a{b".parse::<Glob>().is_err());
        // Quadratic at worst, which is half a million steps; backtracking over every star would never end.
        let stars: Glob = "*a".repeat(500).parse().expect("a glob");
        assert!(!stars.matches(&"ab".repeat(499)));
    }
}
