//! Filters that select cases: an id, a glob over ids, or `key:value`.

use crate::case::{Case, PolicyRef};
use crosscheck_text::{Glob, GlobError, StepId};
use thiserror::Error;

/// A filter that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FilterError {
    /// The key is not in the list.
    #[error("`{0}:` is not a filter key; the keys are step:, tag:, policy:, rule:, verdict:, need:, see:")]
    Key(String),
    /// There is nothing after the colon.
    #[error("`{0}:` has no value; write {0}:NAME")]
    Empty(String),
    /// The glob is malformed.
    #[error(transparent)]
    Glob(#[from] GlobError),
}

/// A filter.
#[derive(Clone, Debug)]
pub enum Filter {
    /// A case by its id; the id before `/` selects all its rows, the part before `#` the whole file, a folder all its files.
    Id(String),
    /// A glob over ids.
    Glob(Glob),
    /// Cases that name a step, in `steps`, `not_steps` or `decided_by`; a group (`cors-check`) selects all its steps.
    Step(String),
    /// Cases with a tag.
    Tag(String),
    /// Cases with a policy of that name.
    Policy(String),
    /// Cases with a need.
    Need(String),
    /// Cases that link to something that contains the text.
    See(String),
    /// Results that break a rule: known only after the run, so every case matches.
    Rule(String),
    /// Results with a verdict: known only after the run, so every case matches.
    Verdict(String),
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// Where the key is unknown, the value empty or the glob malformed.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if let Some((key, value)) = text.split_once(':')
            && !key.contains(['/', '#', '*'])
        {
            let make = match key {
                "step" => Self::Step,
                "tag" => Self::Tag,
                "policy" => Self::Policy,
                "need" => Self::Need,
                "see" => Self::See,
                "rule" => Self::Rule,
                "verdict" => Self::Verdict,
                _ => return Err(FilterError::Key(key.to_owned())),
            };
            if value.is_empty() {
                return Err(FilterError::Empty(key.to_owned()));
            }
            return Ok(make(value.to_owned()));
        }
        if text.contains(['*', '{']) {
            return Ok(Self::Glob(text.parse()?));
        }
        Ok(Self::Id(text.to_owned()))
    }

    /// Whether the filter selects a case. A filter over results matches every case: see [`Self::of_results`].
    #[must_use]
    pub fn matches(&self, case: &Case) -> bool {
        match self {
            Self::Id(id) => case.id.is_below(id),
            Self::Glob(glob) => glob.matches(case.id.as_str()),
            Self::Step(step) => {
                let named = |s: &StepId| s.is_named_by(step);
                let decided = case.fetches().iter().filter_map(|f| f.expect.decided_by.as_ref());
                case.steps.iter().chain(&case.not_steps).chain(decided).any(named)
            }
            Self::Tag(tag) => case.tags.contains(tag),
            Self::Policy(name) => case.policy().and_then(PolicyRef::name) == Some(name.as_str()),
            Self::Need(need) => case.needs.iter().any(|n| n.as_str() == need),
            Self::See(text) => case.see.iter().any(|s| s.contains(text.as_str())),
            Self::Rule(_) | Self::Verdict(_) => true,
        }
    }

    /// Whether the filter selects results, which are known only after the run.
    #[must_use]
    pub const fn of_results(&self) -> bool {
        matches!(self, Self::Rule(_) | Self::Verdict(_))
    }
}
