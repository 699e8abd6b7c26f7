//! What differs between the results of two runs: case by case, grouped by cause.

use crate::outline::{CaseOutline, DeviationOutline, Outline};
use crate::verdict::Verdict;
use crosscheck_text::CaseId;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The differences between two files.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    /// The subjects that both files have, in the order of the second one.
    pub subjects: Vec<SubjectDiff>,
    /// The subjects that only the first file has.
    pub only_before: Vec<String>,
    /// The subjects that only the second file has.
    pub only_after: Vec<String>,
}

/// The differences of one subject.
#[derive(Clone, Debug, Default)]
pub struct SubjectDiff {
    /// The subject.
    pub subject: String,
    /// Its version in each file.
    pub versions: [String; 2],
    /// Cases that deviate now and did not before, by cause.
    pub new: Vec<CauseDiff>,
    /// Cases with another verdict or another rule, by both states.
    pub changed: Vec<StateDiff>,
    /// Cases that deviated before and do not now, by cause.
    pub fixed: Vec<CauseDiff>,
    /// The cases that only the first file has.
    pub only_before: Vec<CaseId>,
    /// The cases that only the second file has.
    pub only_after: Vec<CaseId>,
}

/// Cases that share a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CauseDiff {
    /// The worst deviation of each of them.
    pub deviation: DeviationOutline,
    /// The cases, sorted.
    pub cases: Vec<CaseId>,
}

/// Cases that went from one state to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDiff {
    /// The state in the first file.
    pub before: State,
    /// The state in the second file.
    pub after: State,
    /// Whether the second state is worse.
    pub is_worse: bool,
    /// The cases, sorted.
    pub cases: Vec<CaseId>,
}

/// A verdict, and the rules or steps that led to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    /// The verdict.
    pub verdict: Verdict,
    /// The rules or steps, sorted.
    pub broken: Vec<String>,
}

impl Diff {
    /// Compares the results of a first file with those of a second one.
    #[must_use]
    pub fn of(before: &[Outline], after: &[Outline]) -> Self {
        let find = |all: &[Outline], name: &str| all.iter().position(|o| o.header.subject == name);
        let names = |these: &[Outline], others: &[Outline]| -> Vec<String> {
            let absent = these.iter().filter(|o| find(others, &o.header.subject).is_none());
            absent.map(|o| o.header.subject.clone()).collect()
        };
        let both = after.iter().filter_map(|after| {
            let before = before
                .iter()
                .find(|before| before.header.subject == after.header.subject)?;
            Some(SubjectDiff::of(before, after))
        });
        Self {
            subjects: both.collect(),
            only_before: names(before, after),
            only_after: names(after, before),
        }
    }

    /// Whether something is new or has changed for the worse.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        let mut subjects = self.subjects.iter();
        subjects.any(|s| !s.new.is_empty() || s.changed.iter().any(|change| change.is_worse))
    }
}

impl SubjectDiff {
    fn of(before: &Outline, after: &Outline) -> Self {
        let mut diff = Self {
            subject: after.header.subject.clone(),
            versions: [before, after].map(|outline| outline.header.version.clone()),
            ..Self::default()
        };
        let mut new: BTreeMap<&DeviationOutline, Vec<CaseId>> = BTreeMap::new();
        let mut fixed: BTreeMap<&DeviationOutline, Vec<CaseId>> = BTreeMap::new();
        let mut changed: BTreeMap<(State, State, bool), Vec<CaseId>> = BTreeMap::new();
        let (mut old, mut now) = (before.cases.iter().peekable(), after.cases.iter().peekable());
        loop {
            let order = match (old.peek(), now.peek()) {
                (Some(a), Some(b)) => a.id.cmp(&b.id),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            match order {
                Ordering::Less => diff.only_before.extend(old.next().map(|case| case.id.clone())),
                Ordering::Greater => diff.only_after.extend(now.next().map(|case| case.id.clone())),
                Ordering::Equal => {
                    let (Some(a), Some(b)) = (old.next(), now.next()) else {
                        break;
                    };
                    match change(a, b) {
                        None => {}
                        Some(Change::New(deviation)) => new.entry(deviation).or_default().push(b.id.clone()),
                        Some(Change::Fixed(deviation)) => fixed.entry(deviation).or_default().push(b.id.clone()),
                        Some(Change::Other(is_worse)) => {
                            let key = (State::of(a), State::of(b), is_worse);
                            changed.entry(key).or_default().push(b.id.clone());
                        }
                    }
                }
            }
        }
        let by_cause = |all: BTreeMap<&DeviationOutline, Vec<CaseId>>| {
            let one = |(deviation, cases): (&DeviationOutline, _)| CauseDiff {
                deviation: deviation.clone(),
                cases,
            };
            all.into_iter().map(one).collect()
        };
        diff.new = by_cause(new);
        diff.fixed = by_cause(fixed);
        let one = |((before, after, is_worse), cases)| StateDiff {
            before,
            after,
            is_worse,
            cases,
        };
        diff.changed = changed.into_iter().map(one).collect();
        diff.changed.sort_by_key(|change| !change.is_worse);
        diff
    }
}

impl State {
    fn of(case: &CaseOutline) -> Self {
        let mut broken: Vec<String> = case.deviations.iter().filter_map(|d| d.broken.clone()).collect();
        broken.sort();
        broken.dedup();
        Self {
            verdict: case.verdict,
            broken,
        }
    }
}

/// How a case differs.
enum Change<'c> {
    New(&'c DeviationOutline),
    Fixed(&'c DeviationOutline),
    /// Whether for the worse.
    Other(bool),
}

/// Returns how a case differs; `None` if its verdict and its rules are the same.
fn change<'c>(before: &'c CaseOutline, after: &'c CaseOutline) -> Option<Change<'c>> {
    let kinds = |case: &'c CaseOutline| {
        let mut kinds: Vec<_> = case
            .deviations
            .iter()
            .map(|d| (d.verdict, d.broken.as_deref()))
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    if before.verdict == after.verdict && (before.deviations == after.deviations || kinds(before) == kinds(after)) {
        return None;
    }
    let worst = |case: &'c CaseOutline| case.deviations.iter().filter(|d| d.verdict.counts()).min();
    let is_judged = |case: &CaseOutline| case.verdict < Verdict::NotJudged || is_good(case.verdict);
    Some(match (worst(before), worst(after)) {
        (None, Some(deviation)) => Change::New(deviation),
        // A case that is not judged any more is not fixed.
        _ if is_judged(before) && !is_judged(after) => Change::Other(true),
        (Some(deviation), None) if is_good(after.verdict) => Change::Fixed(deviation),
        _ => Change::Other(is_worse(before, after)),
    })
}

/// Whether a verdict states that the case does not deviate in a way that counts.
const fn is_good(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Allowed | Verdict::Advice)
}

/// Whether the second result has a verdict that counts and is worse, or a deviation that counts from what the first one kept.
fn is_worse(before: &CaseOutline, after: &CaseOutline) -> bool {
    let is_new = |now: &DeviationOutline| {
        let mut same = before.deviations.iter().filter(|then| then.broken == now.broken);
        now.verdict.counts() && !same.any(|then| then.verdict <= now.verdict)
    };
    (after.verdict.counts() && after.verdict < before.verdict) || after.deviations.iter().any(is_new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Header;

    /// `verdict` or `verdict:rule+rule`.
    fn case(id: &str, text: &str) -> CaseOutline {
        let (verdict, rules) = text.split_once(':').unwrap_or((text, ""));
        let verdict: Verdict = verdict.parse().expect("a verdict");
        let rules = rules.split('+').filter(|rule| !rule.is_empty());
        CaseOutline {
            id: id.into(),
            verdict,
            status: None,
            deviations: rules
                .map(|rule| DeviationOutline {
                    verdict,
                    broken: Some(rule.to_owned()),
                    cause: format!("cause of {rule}"),
                })
                .collect(),
        }
    }

    fn outline(subject: &str, cases: Vec<CaseOutline>) -> Outline {
        Outline {
            header: Header {
                subject: subject.to_owned(),
                ..Header::default()
            },
            cases,
            ..Outline::default()
        }
    }

    #[test]
    fn each_pair_of_results_is_new_fixed_changed_or_the_same() {
        for (before, after, expected, worse) in [
            ("pass", "pass", "same", false),
            ("wire:a", "wire:a", "same", false),
            ("wire:a+b", "wire:b+a", "same", false),
            ("pass", "wire:a", "new", true),
            ("allowed", "broken:crash", "new", true),
            ("advice:a", "hygiene:b", "new", true),
            ("not-applicable", "wire:a", "new", true),
            ("not-judged", "over-grant:a", "new", true),
            ("wire:a", "pass", "fixed", false),
            ("over-grant:a", "allowed", "fixed", false),
            ("broken:a", "advice:b", "fixed", false),
            ("wire:a", "not-applicable", "changed", true),
            ("pass", "not-applicable", "changed", true),
            ("pass", "not-judged", "changed", true),
            ("wire:a", "not-judged", "changed", true),
            ("not-judged", "pass", "changed", false),
            ("not-applicable", "pass", "changed", false),
            ("wire:a", "over-grant:a", "changed", true),
            ("over-grant:a", "wire:a", "changed", false),
            ("wire:a", "wire:b", "changed", true),
            ("wire:a+b", "wire:a", "changed", false),
            ("wire:a", "wire:a+b", "changed", true),
            ("pass", "advice:a", "changed", false),
            ("advice:a", "pass", "changed", false),
            ("pass", "allowed", "changed", false),
        ] {
            let one = |text| [outline("s", vec![case("x#1", text)])];
            let diff = Diff::of(&one(before), &one(after));
            let subject = diff.subjects.first().expect("the subject");
            let found = match (subject.new.len(), subject.changed.len(), subject.fixed.len()) {
                (0, 0, 0) => "same",
                (1, 0, 0) => "new",
                (0, 1, 0) => "changed",
                (0, 0, 1) => "fixed",
                _ => "more than one",
            };
            assert_eq!((found, diff.is_worse()), (expected, worse), "{before} to {after}");
        }
    }

    #[test]
    fn cases_are_grouped_by_their_worst_cause() {
        let before = outline("s", ["x#1", "x#2", "x#3"].map(|id| case(id, "pass")).to_vec());
        let after = vec![case("x#1", "wire:a"), case("x#2", "over-deny:b"), case("x#3", "wire:a")];
        let diff = Diff::of(&[before], &[outline("s", after)]);
        let new: Vec<_> = diff.subjects[0]
            .new
            .iter()
            .map(|c| (c.deviation.cause.as_str(), c.cases.len()))
            .collect();
        assert_eq!(new, [("cause of b", 1), ("cause of a", 2)]);
    }

    #[test]
    fn what_only_one_file_has_is_never_fixed_or_new() {
        let before = [
            outline("gone", vec![case("x#1", "wire:a")]),
            outline("s", vec![case("x#1", "wire:a"), case("x#2", "pass")]),
        ];
        let after = [
            outline("s", vec![case("x#2", "pass"), case("x#3", "wire:a")]),
            outline("new", vec![case("x#1", "wire:a")]),
        ];
        let diff = Diff::of(&before, &after);
        assert_eq!(
            (diff.only_before, diff.only_after),
            (vec!["gone".to_owned()], vec!["new".to_owned()])
        );
        let subject = diff.subjects.first().expect("the subject");
        assert!(subject.new.is_empty() && subject.fixed.is_empty() && subject.changed.is_empty());
        assert_eq!(subject.only_before, ["x#1"]);
        assert_eq!(subject.only_after, ["x#3"]);
    }
}
