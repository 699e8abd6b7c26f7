//! Simple comparisons with a response.

use serde::Serialize;

/// One comparison with the status or with a header of a response. The value of a header is that of all its lines, each without outer
/// blanks, joined by a comma and a space.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub struct Check {
    /// The rule that a response breaks for which the comparison fails; absent in `passes_if`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// The comparison counts only if the request passes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_if_passes: bool,
    /// The comparison counts only if the response has this header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_with: Option<&'static str>,
    /// The comparison counts only if a shared cache may store the response.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_if_stored: bool,
    /// The least and the greatest status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<[u16; 2]>,
    /// The header, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The comparison holds if the header is absent; otherwise it does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub or_absent: bool,
    /// The header must be absent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// The value is one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equals: Option<Vec<String>>,
    /// The value is none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_equals: Option<Vec<String>>,
    /// One of the items of the value, which commas separate, is one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lists: Option<Vec<String>>,
    /// Items are compared without regard to case.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignore_case: bool,
    /// The value matches this regular expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<&'static str>,
    /// The value is a number that is not greater.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u64>,
    /// The header has at most this many lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<u8>,
}

impl Check {
    /// A check of the status.
    pub(super) fn status(from: u16, to: u16) -> Self {
        Self {
            status: Some([from, to]),
            ..Self::default()
        }
    }

    /// A check that a header is present.
    pub(super) fn of(header: &str) -> Self {
        Self {
            header: Some(header.to_ascii_lowercase()),
            ..Self::default()
        }
    }

    pub(super) fn equals(header: &str, values: Vec<String>) -> Self {
        Self {
            equals: Some(values),
            ..Self::of(header)
        }
    }

    pub(super) fn not_equals(header: &str, values: &[&str]) -> Self {
        Self {
            not_equals: Some(values.iter().map(|value| (*value).to_owned()).collect()),
            ..Self::of(header).or_absent()
        }
    }

    pub(super) fn lists(header: &str, items: Vec<String>) -> Self {
        Self {
            lists: Some(items),
            ..Self::of(header)
        }
    }

    pub(super) fn matches(header: &str, expression: &'static str) -> Self {
        Self {
            matches: Some(expression),
            ..Self::of(header).or_absent()
        }
    }

    pub(super) fn at_most(header: &str, most: u64) -> Self {
        Self {
            at_most: Some(most),
            ..Self::of(header)
        }
    }

    pub(super) fn one_line(header: &str) -> Self {
        Self {
            lines: Some(1),
            ..Self::of(header).or_absent()
        }
    }

    pub(super) fn absent(header: &str) -> Self {
        Self {
            absent: true,
            ..Self::of(header).or_absent()
        }
    }

    pub(super) const fn or_absent(mut self) -> Self {
        self.or_absent = true;
        self
    }

    pub(super) const fn ignoring_case(mut self) -> Self {
        self.ignore_case = true;
        self
    }

    pub(super) const fn only_if_passes(mut self) -> Self {
        self.only_if_passes = true;
        self
    }

    pub(super) const fn only_if_stored(mut self) -> Self {
        self.only_if_stored = true;
        self
    }

    pub(super) const fn only_with(mut self, header: &'static str) -> Self {
        self.only_with = Some(header);
        self
    }

    /// Names the rule that is broken where the check fails.
    pub(super) const fn rule(mut self, rule: &crosscheck_results::Rule) -> Self {
        self.rule = Some(rule.id);
        self
    }
}
