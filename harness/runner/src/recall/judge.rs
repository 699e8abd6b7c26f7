//! Compares the results of two releases. It performs no I/O.

use super::Entry;
use crate::release::Release;
use std::collections::BTreeSet;

/// The outcome of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The bad release breaks these rules on cases on which the good one keeps them.
    Caught(Vec<Caught>),
    /// There is no case on which only the bad release breaks a named rule.
    Missed {
        /// How often each named rule is broken.
        rules: Vec<Miss>,
        /// The other rules that distinguish the two releases.
        differs: Vec<Difference>,
    },
    /// A release could not run: the reasons, each with the version.
    Unrun(Vec<String>),
}

/// A named rule that distinguishes the releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// The rule.
    pub rule: String,
    /// The cases on which only the bad release breaks it, sorted.
    pub cases: Vec<String>,
}

/// A named rule that does not distinguish the releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The rule.
    pub rule: String,
    /// The number of cases on which the bad release breaks it.
    pub broken: usize,
    /// The number of these on which the good release breaks it too. The others did not run on the good release.
    pub both: usize,
}

/// A rule that distinguishes the releases, although the entry does not name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The rule.
    pub rule: String,
    /// The cases on which only the bad release breaks it.
    pub bad: Vec<String>,
    /// The cases on which only the good release breaks it.
    pub good: Vec<String>,
}

/// Compares the results of the two releases of an entry.
#[must_use]
pub fn judge(entry: &Entry, bad: &Release, good: &Release) -> Finding {
    // The entry may expect that every case breaks the bad release.
    let is_expected = entry.rules.iter().any(|rule| bad.breaks(rule).next().is_some());
    let silent = [
        (&entry.bad, bad.silent().filter(|_| !is_expected)),
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
        let is_different = !(worse.is_empty() && better.is_empty());
        is_different.then(|| Difference {
            rule: rule.clone(),
            bad: worse,
            good: better,
        })
    });
    let differs = differs.collect();
    Finding::Missed { rules, differs }
}

/// Returns the cases on which one release breaks a rule that the other keeps.
fn only(rule: &str, one: &Release, other: &Release) -> Vec<String> {
    let cases = one.breaks(rule).filter(|id| other.keeps(rule, id));
    cases.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
