//! What a release of a subject did on some cases: which rules it broke, and no more.

mod ask;

pub use ask::{Watcher, ask};

use crate::subject::SubjectSpec;
use crosscheck_results::{CaseResult, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What one release did on one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The verdict.
    pub verdict: Verdict,
    /// The rules that it broke.
    pub broken: BTreeSet<String>,
    /// Whether it rightly refuses the policy.
    pub refused: bool,
}

impl Answered {
    /// Whether the subject was asked, and is whole: only then does a rule that it does not break count as kept. Who refuses a
    /// risky policy keeps every rule: that is how many a vulnerability was mended.
    pub(crate) const fn counts(&self) -> bool {
        self.refused || !matches!(self.verdict, Verdict::Broken | Verdict::NotApplicable)
    }
}

/// What one release did on all cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// Its version in its own words.
    pub version: String,
    /// Every case that has a result.
    pub cases: BTreeMap<String, Answered>,
    /// Why it could not be asked, or not to the end.
    pub error: Option<String>,
    /// The first reason for which a case was not applicable, or broke.
    pub reason: Option<String>,
}

impl Release {
    /// Takes a result in.
    pub fn add(&mut self, case: &CaseResult) {
        if self.reason.is_none() {
            self.reason.clone_from(&case.reason);
        }
        let broken = case.deviations.iter().filter_map(|d| d.rule.clone()).collect();
        let verdict = case.verdict;
        let refused = case.rejected_policy;
        let answered = Answered {
            verdict,
            broken,
            refused,
        };
        self.cases.insert(case.id.clone(), answered);
    }

    /// Why nothing can be said of it; `None` if it was asked anything at all.
    pub(crate) fn silent(&self) -> Option<String> {
        if self.cases.values().any(Answered::counts) {
            return None;
        }
        let crashes = self.cases.values().any(|c| c.verdict == Verdict::Broken);
        let reason = self.error.as_ref().or(self.reason.as_ref());
        Some(match (reason, crashes) {
            (Some(reason), _) if self.error.is_some() => reason.clone(),
            (Some(reason), true) => format!("no case leaves it whole: {reason}"),
            (Some(reason), false) => format!("no case applies: {reason}"),
            (None, _) => "it was asked nothing".to_owned(),
        })
    }

    /// What makes its answers doubtful: it ended early, or it is another release than the one that was asked for.
    #[must_use]
    pub fn doubt(&self, spec: &SubjectSpec) -> Option<String> {
        if self.cases.is_empty() {
            return None;
        }
        if let Some(error) = &self.error {
            return Some(format!("{spec} was not asked to its end: {error}"));
        }
        let asked = spec.version.as_deref()?.trim_start_matches('v');
        let says = self.version.trim_start_matches('v');
        // 4.0 is 4.0.0.
        let same = says == asked || without_zeros(says) == without_zeros(asked);
        (!same).then(|| format!("{spec} says that it is version {says}"))
    }

    /// The cases on which it breaks a rule.
    pub(crate) fn breaks<'r>(&'r self, rule: &'r str) -> impl Iterator<Item = &'r str> {
        let breaking = self.cases.iter().filter(move |(_, a)| a.broken.contains(rule));
        breaking.map(|(id, _)| id.as_str())
    }

    /// Whether it was asked a case and kept the rule.
    pub(crate) fn keeps(&self, rule: &str, case: &str) -> bool {
        self.cases
            .get(case)
            .is_some_and(|a| a.counts() && !a.broken.contains(rule))
    }
}

fn without_zeros(version: &str) -> &str {
    let mut version = version;
    while let Some(shorter) = version.strip_suffix(".0") {
        version = shorter;
    }
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_that_is_another_than_the_one_asked_for_is_doubtful() {
        let answered = Answered {
            verdict: Verdict::Pass,
            broken: BTreeSet::new(),
            refused: false,
        };
        for (asked, says, doubtful) in [
            ("4.0", "4.0.0", false),
            ("v1.2.3", "1.2.3", false),
            ("1.2.3", "v1.2.3", false),
            ("1.2.3", "1.2.4", true),
            ("4.0.1", "4.0.10", true),
        ] {
            let release = Release {
                version: says.to_owned(),
                cases: [("a".to_owned(), answered.clone())].into(),
                ..Release::default()
            };
            let doubt = release.doubt(&format!("rs-cors@{asked}").parse().unwrap());
            assert_eq!(doubt.is_some(), doubtful, "{asked} and {says}: {doubt:?}");
        }
    }
}
