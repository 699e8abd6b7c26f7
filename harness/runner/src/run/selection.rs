//! Which of the selected cases a subject runs: those of a shard, or those that failed in an earlier run.

use crosscheck_corpus::{Case, PolicyRef, probes};
use crosscheck_results::{CaseId, Shard};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A choice among the selected cases; all of them by default.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The part of the cases that this run has, if several runs share them.
    pub shard: Option<Shard>,
    /// The cases of each subject, if not all of them run.
    pub only: Option<BTreeMap<String, HashSet<CaseId>>>,
}

impl Selection {
    /// The cases for a subject, out of those that it can run.
    #[must_use]
    pub fn of(&self, subject: &str, mut cases: Vec<Arc<Case>>) -> Vec<Arc<Case>> {
        if let Some(shard) = self.shard {
            cases.retain(|case| shard.holds(&unit(case)));
        }
        if let Some(only) = &self.only {
            let ids = only.get(subject);
            let is_named = |case: &Case| ids.is_some_and(|ids| ids.contains(&case.id));
            // A case that compares the answers before and after all cases of its policy needs them all.
            let whole: HashSet<String> = cases
                .iter()
                .filter(|case| is_named(case) && probes::is_after_all(case))
                .map(|case| unit(case).into_owned())
                .collect();
            cases.retain(|case| is_named(case) || (!whole.is_empty() && whole.contains(&*unit(case))));
        }
        cases
    }
}

/// What stays together when cases are divided. The cases of one policy share a listener: the last of them compares its answers
/// with those before the first one, so that they are one unit, `policies/<name>`. Any other case is a unit of its own, named by
/// its id.
#[must_use]
pub fn unit(case: &Case) -> Cow<'_, str> {
    match case.policy().and_then(PolicyRef::name) {
        Some(name) => Cow::Owned(format!("policies/{name}")),
        None => Cow::Borrowed(case.id.as_str()),
    }
}
