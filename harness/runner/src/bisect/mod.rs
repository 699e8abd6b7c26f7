//! Finds the release that changed a verdict, by a search among the versions that a registry lists.

mod search;

pub use crosscheck_results::version::{between, compare, is_preview};
pub use search::{Answer, Search, Step};

use crate::release::Release;
use std::collections::BTreeSet;
use thiserror::Error;

/// Why two releases cannot be the ends of a search.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EndsError {
    /// The case did not run on one of them.
    #[error("{version} has no result for the case: {why}")]
    Silent {
        /// The release.
        version: String,
        /// Why.
        why: String,
    },
    /// They break the same rules.
    #[error("the case does not distinguish {good} and {bad}: {what}")]
    Same {
        /// The release that was called good.
        good: String,
        /// The release that was called bad.
        bad: String,
        /// The behavior of both.
        what: String,
    },
    /// The release that was called good is the one that deviates.
    #[error("{good} breaks {rules}, and {bad} does not")]
    Swapped {
        /// The release that was called good.
        good: String,
        /// The release that was called bad.
        bad: String,
        /// The rules.
        rules: String,
    },
}

/// Returns the rules that distinguish two releases on a case: those that the bad one breaks and the good one keeps.
///
/// # Errors
/// Returns an error if there are none.
pub fn rules(case: &str, good: (&str, &Release), bad: (&str, &Release)) -> Result<BTreeSet<String>, EndsError> {
    let broken = |release: &Release| release.cases.get(case).map(|a| a.broken.clone()).unwrap_or_default();
    for (version, release) in [good, bad] {
        // The rule that the search looks for may be one that makes the case `broken`.
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
    let swapped = list(kept.difference(&worse));
    if !swapped.is_empty() {
        return Err(EndsError::Swapped {
            good,
            bad,
            rules: swapped,
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

/// Returns the result of a release on a case for the search, and the reason if the release is skipped.
#[must_use]
pub fn answer(case: &str, rules: &BTreeSet<String>, release: &Release) -> (Answer, Option<String>) {
    let result = release.cases.get(case);
    if result.is_some_and(|a| !a.broken.is_disjoint(rules)) {
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
    use crate::release::ReleaseResult;

    const CASE: &str = "x#a";

    /// Parses `verdict:rule,rule`, or the error of a release that did not run.
    fn release(text: &str) -> Release {
        let Some((verdict, rules)) = text.split_once(':') else {
            return Release {
                error: Some(text.to_owned()),
                ..Release::default()
            };
        };
        let result = ReleaseResult {
            verdict: verdict.parse().unwrap(),
            broken: rules.split(',').filter(|r| !r.is_empty()).map(str::to_owned).collect(),
            refused: false,
        };
        Release {
            cases: [(CASE.into(), result)].into(),
            ..Release::default()
        }
    }

    #[test]
    fn the_bad_end_of_a_search_must_break_a_rule_that_the_good_end_keeps() {
        let table = [
            ("pass:", "hygiene:vary", Ok("vary")),
            ("wire:max-age", "wire:max-age,vary", Ok("vary")),
            ("pass:", "broken:crash", Ok("crash")),
            (
                "pass:",
                "pass:",
                Err("the case does not distinguish 1 and 2: both keep every rule"),
            ),
            (
                "hygiene:vary",
                "hygiene:vary",
                Err("the case does not distinguish 1 and 2: both break vary"),
            ),
            ("hygiene:vary", "pass:", Err("1 breaks vary, and 2 does not")),
            (
                "no network",
                "hygiene:vary",
                Err("1 has no result for the case: no network"),
            ),
            (
                "pass:",
                "not-applicable:",
                Err("2 has no result for the case: no case ran on it"),
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
    fn only_rules_that_distinguish_the_ends_make_a_release_bad_and_a_release_without_result_is_skipped() {
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
