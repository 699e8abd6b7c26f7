//! Finding the release that changed a verdict: the versions that a registry lists, in their order, and a search among them.

mod search;

pub use crate::version::{between, compare, is_preview};
pub use search::{Answer, Search, Step};

use crate::release::Release;
use std::collections::BTreeSet;
use thiserror::Error;

/// Why two releases cannot be the ends of a search.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EndsError {
    /// One of them was not asked.
    #[error("{version} says nothing of the case: {why}")]
    Silent {
        /// The release.
        version: String,
        /// Why.
        why: String,
    },
    /// They break the same rules.
    #[error("the case does not tell {good} and {bad} apart: {what}")]
    Same {
        /// The release that was called good.
        good: String,
        /// The release that was called bad.
        bad: String,
        /// What both do.
        what: String,
    },
    /// The one that was called good is the one that deviates.
    #[error("it is {good} that breaks {rules}, and {bad} keeps it")]
    Swapped {
        /// The release that was called good.
        good: String,
        /// The release that was called bad.
        bad: String,
        /// The rules.
        rules: String,
    },
}

/// The rules that tell two releases apart on a case: those that the bad one breaks and the good one keeps.
///
/// # Errors
/// Where there are none.
pub fn rules(case: &str, good: (&str, &Release), bad: (&str, &Release)) -> Result<BTreeSet<String>, EndsError> {
    let broken = |release: &Release| release.cases.get(case).map(|a| a.broken.clone()).unwrap_or_default();
    for (version, release) in [good, bad] {
        // A rule that breaks the case may be what is looked for.
        if let Some(why) = release.silent()
            && broken(release).is_empty()
        {
            let version = version.to_owned();
            return Err(EndsError::Silent { version, why });
        }
    }
    let (kept, worse) = (broken(good.1), broken(bad.1));
    let rules: BTreeSet<String> = worse.difference(&kept).cloned().collect();
    if !rules.is_empty() {
        return Ok(rules);
    }
    let (good, bad) = (good.0.to_owned(), bad.0.to_owned());
    let turned = list(kept.difference(&worse));
    if !turned.is_empty() {
        return Err(EndsError::Swapped {
            good,
            bad,
            rules: turned,
        });
    }
    let what = match list(&worse) {
        rules if rules.is_empty() => "both keep every rule".to_owned(),
        rules => format!("both break {rules}"),
    };
    Err(EndsError::Same { good, bad, what })
}

fn list<'r>(rules: impl IntoIterator<Item = &'r String>) -> String {
    rules.into_iter().cloned().collect::<Vec<_>>().join(", ")
}

/// What a release says of a case: the word for the search, and why where it is skipped.
#[must_use]
pub fn answer(case: &str, rules: &BTreeSet<String>, release: &Release) -> (Answer, Option<String>) {
    let answered = release.cases.get(case);
    if answered.is_some_and(|a| !a.broken.is_disjoint(rules)) {
        return (Answer::Bad, None);
    }
    match release.silent() {
        Some(why) => (Answer::Skip, Some(why)),
        None => (Answer::Good, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Answered;

    const CASE: &str = "x#a";

    /// `verdict:rule,rule`, or the error of a release that was not asked.
    fn release(text: &str) -> Release {
        let Some((verdict, rules)) = text.split_once(':') else {
            return Release {
                error: Some(text.to_owned()),
                ..Release::default()
            };
        };
        let answered = Answered {
            verdict: verdict.parse().unwrap(),
            broken: rules.split(',').filter(|r| !r.is_empty()).map(str::to_owned).collect(),
            refused: false,
        };
        Release {
            cases: [(CASE.to_owned(), answered)].into(),
            ..Release::default()
        }
    }

    #[test]
    fn the_ends_of_a_search_must_differ_by_a_rule_that_only_the_bad_one_breaks() {
        let table = [
            ("pass:", "hygiene:vary", Ok("vary")),
            ("wire:max-age", "wire:max-age,vary", Ok("vary")),
            ("pass:", "broken:crash", Ok("crash")),
            (
                "pass:",
                "pass:",
                Err("the case does not tell 1 and 2 apart: both keep every rule"),
            ),
            (
                "hygiene:vary",
                "hygiene:vary",
                Err("the case does not tell 1 and 2 apart: both break vary"),
            ),
            ("hygiene:vary", "pass:", Err("it is 1 that breaks vary, and 2 keeps it")),
            (
                "no network",
                "hygiene:vary",
                Err("1 says nothing of the case: no network"),
            ),
            (
                "pass:",
                "not-applicable:",
                Err("2 says nothing of the case: it was asked nothing"),
            ),
        ];
        for (good, bad, expected) in table {
            let found = rules(CASE, ("1", &release(good)), ("2", &release(bad)));
            let found = found.map(|rules| list(&rules)).map_err(|e| e.to_string());
            assert_eq!(
                found,
                expected.map(str::to_owned).map_err(str::to_owned),
                "{good} and {bad}"
            );
        }
    }

    #[test]
    fn a_release_is_bad_by_the_rules_of_the_ends_alone_and_skipped_where_it_says_nothing() {
        let rules: BTreeSet<String> = ["vary".to_owned()].into();
        for (text, expected) in [
            ("pass:", Answer::Good),
            ("wire:max-age", Answer::Good),
            ("hygiene:vary", Answer::Bad),
            ("broken:crash", Answer::Skip),
            ("broken:crash,vary", Answer::Bad),
            ("not-applicable:", Answer::Skip),
            ("no network", Answer::Skip),
        ] {
            let (found, why) = answer(CASE, &rules, &release(text));
            assert_eq!(found, expected, "{text}");
            assert_eq!(why.is_some(), expected == Answer::Skip, "{text}");
        }
    }
}
