//! The comparison of two releases: no I/O, and nothing but their results.

use super::Entry;
use crate::release::Release;
use std::collections::BTreeSet;

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
