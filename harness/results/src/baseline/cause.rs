//! A written cause: what a subject does wrong, where, and why.

use super::place::CaseGlob;
use super::when::When;
use crate::date::Date;
use crate::version::VersionRange;
use crate::{Deviation, Verdict};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The maximum length of a name, in bytes.
const MAX_NAME: usize = 200;

/// The reason of a cause that has not been examined yet. A run accepts it, lint does not.
pub const UNEXPLAINED: &str = "unexplained";

/// The text is not the name of a cause, a rule or a step.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a name; write letters, digits and any of !#$%&'*+-.^_`|~/, at most {MAX_NAME} characters")]
pub struct InvalidName(String);

/// Checks that a text can be a name on a line of the exact lists: visible ASCII characters without braces or brackets.
pub(super) fn check_name(text: &str) -> Result<(), InvalidName> {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~/".contains(&b);
    if !text.is_empty() && text.len() <= MAX_NAME && text.bytes().all(is_allowed) {
        return Ok(());
    }
    Err(InvalidName(text.chars().take(MAX_NAME).collect()))
}

/// The name of a cause, unique in the baseline of a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
pub struct CauseName(String);

impl CauseName {
    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CauseName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check_name(text).map(|()| Self(text.to_owned()))
    }
}

impl TryFrom<String> for CauseName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        check_name(&text).map(|()| Self(text))
    }
}

impl fmt::Display for CauseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The requirement that a deviation breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Broken {
    /// A rule of the server judge.
    Rule(String),
    /// A step of the standard, which a client breaks.
    Step(String),
}

impl Broken {
    /// What a deviation breaks: its rule, else its step; `None` if it names neither.
    #[must_use]
    pub fn of(deviation: &Deviation) -> Option<Self> {
        let rule = deviation.rule.clone().map(Self::Rule);
        rule.or_else(|| deviation.step.as_ref().map(|step| Self::Step(step.to_string())))
    }

    /// The id of the rule or of the step.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Rule(id) | Self::Step(id) => id,
        }
    }
}

/// One value, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(untagged))]
pub(super) enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By hand, since an untagged enum drops the error of the value within.
        let value = Value::deserialize(deserializer)?;
        let read = match value {
            Value::Array(_) => serde_json::from_value(value).map(Self::More),
            _ => serde_json::from_value(value).map(Self::One),
        };
        read.map_err(D::Error::custom)
    }
}

impl<T> OneOrMore<T> {
    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }

    pub(super) fn from_vec(mut all: Vec<T>) -> Self {
        match (all.pop(), all.is_empty()) {
            (Some(only), true) => Self::One(only),
            (last, _) => {
                all.extend(last);
                Self::More(all)
            }
        }
    }
}

/// One cause of known deviations, as people write it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Its name, unique in the file; the exact list of its cases names it.
    #[serde(rename = "cause")]
    pub name: CauseName,
    /// The rule that a server breaks, or several.
    #[serde(default)]
    pub(super) rule: Option<OneOrMore<String>>,
    /// The step that a client breaks, or several; `cors-check/*` covers all steps of a group.
    #[serde(default)]
    pub(super) step: Option<OneOrMore<String>>,
    /// The verdict of its cases, or several.
    pub(super) verdict: OneOrMore<Verdict>,
    /// Where its cases are: globs over case ids, in which `*` matches any text and `{a,b}` either alternative.
    #[serde(rename = "where")]
    pub(super) places: Vec<CaseGlob>,
    /// Which findings of `crosscheck fuzz` it explains: a list of descriptions. None if absent.
    #[serde(default)]
    pub when: Vec<When>,
    /// The versions of the subject that it applies to; all if absent.
    #[serde(default)]
    pub versions: Option<VersionRange>,
    /// The first version of the subject that is announced to fix it, or the last day on which it covers its deviations.
    #[serde(default)]
    pub until: Option<String>,
    /// What the subject does, where, and the consequence.
    pub reason: String,
    /// Where it is reported.
    #[serde(default)]
    pub upstream: Option<String>,
}

/// What is wrong with a cause that is well-formed YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CauseFault {
    /// A rule and a step.
    #[error("it has both a rule and a step; keep `rule` for a server, `step` for a client")]
    RuleAndStep,
    /// Neither a rule nor a step.
    #[error("it has neither a rule nor a step; write which `rule` a server breaks, or which `step` a client breaks")]
    NeitherRuleNorStep,
    /// An empty list.
    #[error("a list of rules, steps, verdicts or places is empty; write at least one")]
    Empty,
    /// `until` is neither a version nor a date.
    #[error("`until` is not a version or a date; write one such as 3.1 or 2026-01-31")]
    Until,
    /// `until` looks like a date, and no day has it.
    #[error("`until` is not a date; write a day as YYYY-MM-DD, such as 2026-01-31")]
    UntilDate,
}

/// What is wrong with a list of causes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CauseListFault {
    /// A cause is not right.
    #[error("the cause `{cause}`: {fault}")]
    Cause {
        /// The cause.
        cause: CauseName,
        /// What is wrong with it.
        #[source]
        fault: CauseFault,
    },
    /// Two causes have one name.
    #[error("the cause `{0}` is written twice; rename one of them, or merge them")]
    Twice(CauseName),
}

/// Checks the causes of a subject.
///
/// # Errors
/// The first cause that is not right, or that has the name of an earlier one.
pub fn check_causes(causes: &[Cause]) -> Result<(), CauseListFault> {
    let mut names = HashSet::new();
    for cause in causes {
        cause.check().map_err(|fault| CauseListFault::Cause {
            cause: cause.name.clone(),
            fault,
        })?;
        if !names.insert(cause.name.as_str()) {
            return Err(CauseListFault::Twice(cause.name.clone()));
        }
    }
    Ok(())
}

impl Cause {
    /// Checks the rules that the types do not express.
    fn check(&self) -> Result<(), CauseFault> {
        let broken = match (&self.rule, &self.step) {
            (Some(_), Some(_)) => return Err(CauseFault::RuleAndStep),
            (None, None) => return Err(CauseFault::NeitherRuleNorStep),
            (Some(ids), None) | (None, Some(ids)) => ids,
        };
        if broken.as_slice().is_empty() || self.verdict.as_slice().is_empty() || self.places.is_empty() {
            return Err(CauseFault::Empty);
        }
        match &self.until {
            Some(until) if looks_like_date(until) => {
                until.parse::<Date>().map_or(Err(CauseFault::UntilDate), |_| Ok(()))
            }
            Some(version) if before(version).is_none() => Err(CauseFault::Until),
            _ => Ok(()),
        }
    }

    /// Returns whether the cause applies to a version of the subject.
    #[must_use]
    pub fn holds(&self, version: &str) -> bool {
        self.ranges().all(|range| range.contains(version))
    }

    /// The last day on which it covers its deviations, if that is before a day.
    #[must_use]
    pub fn expired_before(&self, today: Date) -> Option<Date> {
        let last: Date = self.until.as_deref()?.parse().ok()?;
        (last < today).then_some(last)
    }

    /// Returns whether a version exists that it and another cause hold for.
    #[must_use]
    pub fn shares_version(&self, other: &Self) -> bool {
        self.ranges()
            .chain(other.ranges())
            .reduce(|a, b| a.and(&b))
            .is_none_or(|all| !all.is_empty())
    }

    /// The ranges; a version must be in all of them.
    fn ranges(&self) -> impl Iterator<Item = VersionRange> {
        let until = self.until.as_deref().and_then(before);
        self.versions.clone().into_iter().chain(until)
    }

    /// Returns whether it names a rule or step, a verdict and the place of a case.
    #[must_use]
    pub fn covers(&self, broken: &Broken, verdict: Verdict, case: &str) -> bool {
        self.is_about(broken, verdict) && self.places.iter().any(|p| p.matches(case))
    }

    /// Returns whether it names a rule or step, and a verdict.
    #[must_use]
    pub fn is_about(&self, broken: &Broken, verdict: Verdict) -> bool {
        self.names(broken) && self.verdict.as_slice().contains(&verdict)
    }

    /// Whether it is about a rule.
    pub(super) fn has_rule(&self, rule: &str) -> bool {
        self.rule
            .as_ref()
            .is_some_and(|rules| rules.as_slice().iter().any(|id| id == rule))
    }

    fn names(&self, broken: &Broken) -> bool {
        match (broken, &self.rule, &self.step) {
            (Broken::Rule(id), Some(rules), _) => rules.as_slice().contains(id),
            (Broken::Step(id), _, Some(steps)) => steps.as_slice().iter().any(|step| covers_step(step, id)),
            _ => false,
        }
    }
}

/// Returns whether a text is three numbers with dashes: no version of a subject is.
fn looks_like_date(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.split('-').count() == 3 && text.split('-').all(is_number)
}

/// The range of the versions before one; `None` for a date.
fn before(version: &str) -> Option<VersionRange> {
    if looks_like_date(version) {
        return None;
    }
    format!("<{version}").parse().ok()
}

/// Returns whether a written step, or a group of steps such as `cors-check/*`, covers the id of a step.
#[must_use]
pub fn covers_step(written: &str, id: &str) -> bool {
    match written.strip_suffix('*').filter(|group| group.ends_with('/')) {
        Some(group) => id.starts_with(group),
        None => written == id,
    }
}
