//! Patterns with `*`: the globs of a library, and patterns of request header names.

use crate::facet::Facet;
use crosscheck_text::words;
use serde::{Deserialize, Serialize};

words! {
    /// What a `*` of a glob matches according to the documentation of the library.
    #[derive(Serialize, Deserialize)]
    #[serde(into = "&'static str", try_from = "String")]
    Globbing {
        /// Characters of one label of a host, or digits of a port.
        Label = "label",
        /// Any characters, dots included.
        Any = "any",
    }
}

/// Patterns of origins in which `*` matches some characters. A library gets them unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Globs {
    /// The patterns.
    pub patterns: Vec<String>,
    /// What a `*` matches. If it is not documented (`None`), it must match one label and may match any characters.
    pub globbing: Option<Globbing>,
}

impl Globs {
    /// Whether there is no pattern.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether the patterns must match an origin, must not, or may. No documentation states whether a `*` matches the empty string.
    #[must_use]
    pub fn facet(&self, origin: &str) -> Facet {
        let matches = |one: fn(u8) -> bool, least: usize| {
            let mut patterns = self.patterns.iter();
            patterns.any(|p| matches(p.as_bytes(), origin.as_bytes(), one, least))
        };
        let (must, may) = match self.globbing {
            Some(Globbing::Label) => (matches(in_a_label, 1), matches(in_a_label, 0)),
            Some(Globbing::Any) => (matches(in_a_host, 1), matches(anything, 0)),
            None => (matches(in_a_label, 1), matches(anything, 0)),
        };
        match (must, may) {
            (true, _) => Facet::Must,
            (false, true) => Facet::Unspecified,
            (false, false) => Facet::MustNot,
        }
    }
}

const fn in_a_label(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')
}

const fn in_a_host(b: u8) -> bool {
    in_a_label(b) || b == b'.'
}

const fn anything(_: u8) -> bool {
    true
}

/// Whether a list of header names and patterns matches a name. Case is ignored.
pub(crate) fn has_header(list: &[String], name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    list.iter()
        .any(|entry| matches(entry.to_ascii_lowercase().as_bytes(), name.as_bytes(), anything, 1))
}

/// Whether a text is a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains('*')
}

/// An origin or a header name that the pattern matches under every `Globbing`. A text without `*` is returned as it is.
pub(crate) fn example(pattern: &str) -> String {
    match pattern.strip_suffix(":*") {
        Some(host) => format!("{}:8080", host.replace('*', "one")),
        None => pattern.replace('*', "one"),
    }
}

/// Whether a pattern matches the whole text, where each `*` matches `least` (0 or 1) or more bytes for which `one` holds. Takes time
/// proportional to the product of both lengths.
fn matches(pattern: &[u8], text: &[u8], one: fn(u8) -> bool, least: usize) -> bool {
    // For each position in the pattern: whether the bytes read so far lead there, and how many of them the `*` there has matched.
    let mut at: Vec<Option<usize>> = vec![None; pattern.len() + 1];
    if let Some(start) = at.first_mut() {
        *start = Some(0);
    }
    skip_stars(pattern, &mut at, least);
    for byte in text {
        let mut next: Vec<Option<usize>> = vec![None; pattern.len() + 1];
        for (position, length) in at.iter().enumerate() {
            let (Some(length), Some(expected)) = (length, pattern.get(position)) else {
                continue;
            };
            if *expected == b'*' {
                if one(*byte)
                    && let Some(slot) = next.get_mut(position)
                {
                    *slot = (*slot).max(Some((length + 1).min(least)));
                }
            } else if expected == byte
                && let Some(slot) = next.get_mut(position + 1)
            {
                *slot = (*slot).max(Some(0));
            }
        }
        skip_stars(pattern, &mut next, least);
        at = next;
    }
    at.last().is_some_and(Option::is_some)
}

/// Adds the position after each `*` that has matched enough bytes.
fn skip_stars(pattern: &[u8], at: &mut [Option<usize>], least: usize) {
    for position in 0..pattern.len() {
        let is_full = at
            .get(position)
            .copied()
            .flatten()
            .is_some_and(|length| length >= least);
        if is_full
            && pattern.get(position) == Some(&b'*')
            && let Some(slot) = at.get_mut(position + 1)
        {
            *slot = (*slot).max(Some(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Facet, Globbing, Globs, has_header};

    #[test]
    fn a_star_matches_what_the_documentation_promises() {
        use Facet::{Must, MustNot, Unspecified};
        let (none, label, any) = (None, Some(Globbing::Label), Some(Globbing::Any));
        for (pattern, origin, expected) in [
            (
                "https://*.app.example",
                "https://a.app.example",
                [(none, Must), (label, Must), (any, Must)],
            ),
            (
                "https://*.app.example",
                "https://a.b.app.example",
                [(none, Unspecified), (label, MustNot), (any, Must)],
            ),
            (
                "https://*.app.example",
                "https://.app.example",
                [(none, Unspecified), (label, Unspecified), (any, Unspecified)],
            ),
            (
                "https://*.app.example",
                "https://app.example",
                [(none, MustNot), (label, MustNot), (any, MustNot)],
            ),
            (
                "https://*.app.example",
                "https://evilxapp.example",
                [(none, MustNot), (label, MustNot), (any, MustNot)],
            ),
            (
                "https://*.app.example",
                "https://a.app.example:8443",
                [(none, MustNot), (label, MustNot), (any, MustNot)],
            ),
            (
                "http://localhost.test:*",
                "http://localhost.test:3000",
                [(none, Must), (label, Must), (any, Must)],
            ),
            (
                "https://app*.example",
                "https://app.example",
                [(none, Unspecified), (label, Unspecified), (any, Unspecified)],
            ),
            (
                "https://*.app.*",
                "https://a.app.evil.test",
                [(none, Unspecified), (label, MustNot), (any, Must)],
            ),
            (
                "https://*",
                "https://app.example:8443",
                [(none, Unspecified), (label, MustNot), (any, Unspecified)],
            ),
            (
                "**",
                "https://a.example",
                [(none, Unspecified), (label, MustNot), (any, Unspecified)],
            ),
        ] {
            for (globbing, facet) in expected {
                let patterns = vec![pattern.to_owned()];
                let globs = Globs { patterns, globbing };
                assert_eq!(globs.facet(origin), facet, "{pattern} {origin} {globbing:?}");
            }
        }
    }

    #[test]
    fn a_pattern_of_header_names_matches_whole_names_without_case() {
        let list = ["X-Amz-*".to_owned(), "x-one".to_owned()];
        for (name, expected) in [
            ("x-amz-date", true),
            ("X-AMZ-DATE", true),
            ("x-one", true),
            ("x-amz-", false),
            ("x-amz", false),
            ("xx-amz-date", false),
            ("x-one-more", false),
        ] {
            assert_eq!(has_header(&list, name), expected, "{name}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_has_a_bounded_cost() {
        // Without a bound, 2^60 steps.
        let globs = Globs {
            patterns: vec!["*a".repeat(60)],
            globbing: Some(Globbing::Label),
        };
        assert_eq!(globs.facet(&format!("{}b", "a".repeat(120))), Facet::MustNot);
    }
}
