//! The comparison of two releases: no I/O, and nothing but their results.

use super::Entry;
use crate::results::{CaseResult, Verdict};
use crate::server::RIGHTLY_REFUSED;
use std::collections::{BTreeMap, BTreeSet};

/// What one release did on one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    const fn counts(&self) -> bool {
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
        let reason = case.reason.as_deref().unwrap_or_default();
        let refused = verdict == Verdict::NotApplicable && reason.starts_with(RIGHTLY_REFUSED);
        let answered = Answered {
            verdict,
            broken,
            refused,
        };
        self.cases.insert(case.id.clone(), answered);
    }

    /// Why nothing can be said of it; `None` if it was asked anything at all.
    fn silent(&self) -> Option<String> {
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

    /// The cases on which it breaks a rule.
    fn breaks<'r>(&'r self, rule: &'r str) -> impl Iterator<Item = &'r str> {
        let breaking = self.cases.iter().filter(move |(_, a)| a.broken.contains(rule));
        breaking.map(|(id, _)| id.as_str())
    }

    /// Whether it was asked a case and kept the rule.
    fn keeps(&self, rule: &str, case: &str) -> bool {
        self.cases
            .get(case)
            .is_some_and(|a| a.counts() && !a.broken.contains(rule))
    }
}

/// What is said of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The bad release breaks these rules where the good one keeps them.
    Caught(Vec<Caught>),
    /// It breaks none of them there.
    Missed {
        /// How each of them stands.
        rules: Vec<Miss>,
        /// The other rules that tell the two releases apart.
        differs: Vec<Difference>,
    },
    /// A release could not be asked: why, each with its version.
    Unrun(Vec<String>),
}

/// A rule that tells the releases apart, as the entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// The rule.
    pub rule: String,
    /// The cases on which only the bad release breaks it, sorted.
    pub cases: Vec<String>,
}

/// A rule that does not tell the releases apart, though the entry says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The rule.
    pub rule: String,
    /// On how many cases the bad release breaks it.
    pub broken: usize,
    /// On how many of these the good one breaks it too; it was not asked the others.
    pub both: usize,
}

/// A rule that tells the releases apart, though the entry does not name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The rule.
    pub rule: String,
    /// The cases on which only the bad release breaks it.
    pub bad: Vec<String>,
    /// The cases on which only the good release breaks it.
    pub good: Vec<String>,
}

/// Compares what the two releases of an entry did.
#[must_use]
pub fn judge(entry: &Entry, bad: &Release, good: &Release) -> Finding {
    // A release that nothing leaves whole may be just what the entry says of the bad one.
    let as_said = entry.rules.iter().any(|rule| bad.breaks(rule).next().is_some());
    let silent = [
        (&entry.bad, bad.silent().filter(|_| !as_said)),
        (&entry.good, good.silent()),
    ];
    let silent: Vec<String> = silent
        .into_iter()
        .filter_map(|(version, why)| Some(format!("{}@{version}: {}", entry.subject, why?)))
        .collect();
    if !silent.is_empty() {
        return Finding::Unrun(silent);
    }
    let mut caught = Vec::new();
    let mut rules = Vec::new();
    for rule in &entry.rules {
        let cases = only(rule, bad, good);
        if cases.is_empty() {
            let breaking = || bad.breaks(rule);
            rules.push(Miss {
                rule: rule.clone(),
                broken: breaking().count(),
                both: breaking()
                    .filter(|id| good.cases.get(*id).is_some_and(|a| a.broken.contains(rule)))
                    .count(),
            });
        } else {
            let rule = rule.clone();
            caught.push(Caught { rule, cases });
        }
    }
    if !caught.is_empty() {
        return Finding::Caught(caught);
    }
    let all: BTreeSet<&String> = [bad, good]
        .into_iter()
        .flat_map(|r| r.cases.values().flat_map(|a| &a.broken))
        .collect();
    let differs = all.into_iter().filter_map(|rule| {
        let (worse, better) = (only(rule, bad, good), only(rule, good, bad));
        let tells = !(worse.is_empty() && better.is_empty());
        tells.then(|| Difference {
            rule: rule.clone(),
            bad: worse,
            good: better,
        })
    });
    let differs = differs.collect();
    Finding::Missed { rules, differs }
}

/// The cases on which one release breaks a rule that the other keeps.
fn only(rule: &str, one: &Release, other: &Release) -> Vec<String> {
    let cases = one.breaks(rule).filter(|id| other.keeps(rule, id));
    cases.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
