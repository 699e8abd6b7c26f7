//! The rules that a release of a subject broke on each of some cases.

mod ask;

pub use ask::{Watcher, ask};

use crate::subject::SubjectSpec;
use crosscheck_results::{CaseId, CaseResult, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// The result of one release on one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseResult {
    /// The verdict.
    pub verdict: Verdict,
    /// The rules that it broke.
    pub broken: BTreeSet<String>,
    /// Whether the release rightly refuses the policy.
    pub refused: bool,
}

impl ReleaseResult {
    /// Returns whether a rule that is not broken counts as kept. It does if the case ran and the subject did not break. A release
    /// that refuses a risky policy also keeps every rule, since many vulnerabilities were fixed that way.
    pub(crate) const fn counts(&self) -> bool {
        self.refused
            || !matches!(
                self.verdict,
                Verdict::Broken | Verdict::NotJudged | Verdict::NotApplicable
            )
    }
}

/// The results of one release on all cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// The version that it reports.
    pub version: String,
    /// Every case that has a result.
    pub cases: BTreeMap<CaseId, ReleaseResult>,
    /// Why it could not run, or did not run to the end.
    pub error: Option<String>,
    /// The reason of the first case that was not applicable or broken.
    pub reason: Option<String>,
}

impl Release {
    /// Adds a result.
    pub fn add(&mut self, case: &CaseResult) {
        if self.reason.is_none() {
            self.reason.clone_from(&case.reason);
        }
        let broken = case.deviations.iter().filter_map(|d| d.rule.clone()).collect();
        let verdict = case.verdict;
        let refused = case.rejected_policy;
        let result = ReleaseResult {
            verdict,
            broken,
            refused,
        };
        self.cases.insert(case.id.clone(), result);
    }

    /// Returns why the release has no usable result, or `None` if it has one.
    pub(crate) fn silent(&self) -> Option<String> {
        if self.cases.values().any(ReleaseResult::counts) {
            return None;
        }
        let crashes = self.cases.values().any(|c| c.verdict == Verdict::Broken);
        let reason = self.error.as_ref().or(self.reason.as_ref());
        Some(match (reason, crashes) {
            (Some(reason), _) if self.error.is_some() => reason.clone(),
            (Some(reason), true) => format!("every case breaks it: {reason}"),
            (Some(reason), false) => format!("no case applies: {reason}"),
            (None, _) => "no case ran on it".to_owned(),
        })
    }

    /// Returns what makes the results doubtful: the release ended early, or it reports another version than the requested one.
    #[must_use]
    pub fn doubt(&self, spec: &SubjectSpec) -> Option<String> {
        if self.cases.is_empty() {
            return None;
        }
        if let Some(error) = &self.error {
            return Some(format!("{spec} did not run to the end: {error}"));
        }
        let requested = spec.version.as_deref()?.trim_start_matches('v');
        let reported = self.version.trim_start_matches('v');
        // 4.0 is 4.0.0.
        let same = reported == requested || without_zeros(reported) == without_zeros(requested);
        (!same).then(|| format!("{spec} reports that it is version {reported}"))
    }

    /// Returns the cases on which the release breaks a rule.
    pub(crate) fn breaks<'r>(&'r self, rule: &'r str) -> impl Iterator<Item = &'r str> {
        let breaking = self.cases.iter().filter(move |(_, a)| a.broken.contains(rule));
        breaking.map(|(id, _)| id.as_str())
    }

    /// Returns whether the release ran a case and kept the rule.
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
    fn a_release_that_reports_another_version_than_the_requested_one_is_doubtful() {
        let result = ReleaseResult {
            verdict: Verdict::Pass,
            broken: BTreeSet::new(),
            refused: false,
        };
        for (requested, reported, doubtful) in [
            ("4.0", "4.0.0", false),
            ("v1.2.3", "1.2.3", false),
            ("1.2.3", "v1.2.3", false),
            ("1.2.3", "1.2.4", true),
            ("4.0.1", "4.0.10", true),
        ] {
            let release = Release {
                version: reported.to_owned(),
                cases: [("a".into(), result.clone())].into(),
                ..Release::default()
            };
            let doubt = release.doubt(&format!("rs-cors@{requested}").parse().unwrap());
            assert_eq!(doubt.is_some(), doubtful, "{requested} and {reported}: {doubt:?}");
        }
    }
}
