//! What a run changes in a baseline. Pure: texts and files are elsewhere.

mod adding;

use super::Baseline;
use super::cases::{CaseLists, ListKey};
use super::cause::{Broken, Cause, CauseName};
use crate::date::Date;
use crate::version::VersionRange;
use crate::{Deviation, Verdict};
use adding::Adding;
use std::collections::{BTreeMap, BTreeSet};

/// The cases that ran, by id, with their deviations.
pub type Ran = BTreeMap<String, Vec<Deviation>>;

/// A deviation of a case: what it breaks, and how badly.
type Kind = (Broken, Verdict);

/// A baseline after a run.
#[derive(Debug, Default)]
pub struct Change {
    /// Which of the causes before stay, in their order.
    pub kept: Vec<bool>,
    /// The new causes, sorted by name.
    pub added: Vec<Cause>,
    /// The exact lists after the run.
    pub lists: CaseLists,
    /// How many cases were listed.
    pub cases_added: usize,
    /// How many listings were removed.
    pub cases_removed: usize,
    /// The cases that broke unexpectedly.
    pub broken: BTreeSet<String>,
    /// The new cases of causes that have expired, by cause. They are not listed.
    pub expired: BTreeMap<CauseName, BTreeSet<String>>,
}

impl Change {
    /// What the cases that ran on a day, on a version of the subject, change.
    ///
    /// The listings of cases that did not run stay, except for those of cases that no longer exist. `existing` has every case of
    /// the corpus; it is `None` if not all of them are known.
    #[must_use]
    pub fn of(baseline: &Baseline, version: &str, today: Date, ran: &Ran, existing: Option<&BTreeSet<String>>) -> Self {
        let mut lists = Lists {
            causes: &baseline.causes,
            version,
            today,
            by_key: BTreeMap::new(),
        };
        for (key, cases) in baseline.lists.iter() {
            for case in cases {
                let key = lists.home(key, case);
                lists.by_key.entry(key).or_default().insert(case.clone());
            }
        }
        let mut change = Self::default();
        let mut adding = Adding::new(baseline, version);
        let mut seen: BTreeSet<(ListKey, &str)> = BTreeSet::new();
        for (case, deviations) in ran {
            for deviation in deviations {
                let Some(broken) = Broken::of(deviation) else {
                    // A cause names what it is about; a deviation that names nothing stays unexpected.
                    continue;
                };
                let kind = (broken, deviation.verdict);
                if let Some(key) = lists.known(&kind, case) {
                    seen.insert((key, case));
                } else if deviation.verdict == Verdict::Broken {
                    change.broken.insert(case.clone());
                } else if !deviation.verdict.counts() {
                    // It makes no run fail.
                } else if let Some(name) = lists.expired(&kind, case) {
                    change.expired.entry(name.clone()).or_default().insert(case.clone());
                } else {
                    adding.deviation(&lists, &deviation.cause, kind, case);
                }
            }
        }
        lists.by_key.retain(|key, cases| {
            let is_judged = lists
                .causes
                .iter()
                .find(|c| c.name == key.cause)
                .is_none_or(|c| c.holds(version));
            cases.retain(|case| {
                let is_gone = existing.is_some_and(|all| !all.contains(case));
                let has_run = is_judged && ran.contains_key(case);
                // A broken case does not show its other deviations, so its listings stay.
                let stays = !is_gone
                    && (!has_run || change.broken.contains(case) || seen.contains(&(key.clone(), case.as_str())));
                change.cases_removed += usize::from(!stays);
                stays
            });
            !cases.is_empty()
        });
        change.cases_added = adding.cases();
        let mut by_key = lists.by_key;
        change.added = adding.finish(&mut by_key);
        change.lists = by_key.into_iter().collect();
        let is_listed = |lists: &CaseLists, name: &CauseName| lists.iter().any(|(key, _)| key.cause == *name);
        // A cause that never had cases was written ahead, and stays.
        change.kept = baseline
            .causes
            .iter()
            .map(|c| is_listed(&change.lists, &c.name) || !is_listed(&baseline.lists, &c.name))
            .collect();
        change
    }

    /// The baseline that results.
    #[must_use]
    pub fn baseline(&self, before: &Baseline) -> Baseline {
        let kept = before.causes.iter().zip(&self.kept).filter(|(_, kept)| **kept);
        Baseline {
            causes: kept.map(|(cause, _)| cause).chain(&self.added).cloned().collect(),
            lists: self.lists.clone(),
        }
    }
}

/// The exact lists while they change.
struct Lists<'b> {
    causes: &'b [Cause],
    version: &'b str,
    /// The day on which the cases ran.
    today: Date,
    by_key: BTreeMap<ListKey, BTreeSet<String>>,
}

impl<'b> Lists<'b> {
    /// The list that a case belongs to: its present list, or that of the only cause that covers it, if its own cause does not cover
    /// it any more, for example after the causes were edited by hand.
    fn home(&self, key: &ListKey, case: &str) -> ListKey {
        let covers = |cause: &&Cause| cause.covers(&key.broken, key.verdict, case);
        if self.causes.iter().any(|c| c.name == key.cause && covers(&c)) {
            return key.clone();
        }
        let mut covering = self.causes.iter().filter(covers);
        match (covering.next(), covering.next()) {
            (Some(only), None) => ListKey {
                cause: only.name.clone(),
                ..key.clone()
            },
            _ => key.clone(),
        }
    }

    /// The list that makes a deviation of a case known.
    fn known(&self, kind: &Kind, case: &str) -> Option<ListKey> {
        let candidates = self.causes.iter().filter(|c| c.holds(self.version));
        let keys = candidates.filter(|c| c.covers(&kind.0, kind.1, case)).map(|c| ListKey {
            cause: c.name.clone(),
            broken: kind.0.clone(),
            verdict: kind.1,
        });
        keys.into_iter()
            .find(|key| self.by_key.get(key).is_some_and(|cases| cases.contains(case)))
    }

    /// The causes under which a deviation of a case is listed already, for other versions than the one that ran.
    fn elsewhere<'s>(&'s self, kind: &'s Kind, case: &'s str) -> impl Iterator<Item = &'s Cause> {
        let others = self.causes.iter().filter(|c| !c.holds(self.version));
        others.filter(move |cause| {
            let key = ListKey {
                cause: cause.name.clone(),
                broken: kind.0.clone(),
                verdict: kind.1,
            };
            self.by_key.get(&key).is_some_and(|cases| cases.contains(case))
        })
    }

    /// The causes that hold and cover a deviation of a case, expired ones included.
    fn covering(&self, kind: &Kind, case: &str) -> impl Iterator<Item = &'b Cause> {
        let holding = self.causes.iter().filter(|c| c.holds(self.version));
        holding.filter(move |c| c.covers(&kind.0, kind.1, case))
    }

    /// The first cause that covers a deviation of a case, if all that do have expired.
    fn expired(&self, kind: &Kind, case: &str) -> Option<&'b CauseName> {
        let first = self.covering(kind, case).next()?;
        let have_all = self.covering(kind, case).all(|c| self.has_expired(c));
        have_all.then_some(&first.name)
    }

    fn has_expired(&self, cause: &Cause) -> bool {
        cause.expired_before(self.today).is_some()
    }

    /// The only cause that a new deviation of a case can be listed under: it holds, covers the deviation, has not expired, and shares no
    /// version with a cause that lists it already.
    fn only_cause(&self, kind: &Kind, case: &str) -> Option<&'b Cause> {
        let mut covering = self.covering(kind, case).filter(|c| !self.has_expired(c));
        let only = covering.next().filter(|_| covering.next().is_none())?;
        self.elsewhere(kind, case)
            .all(|other| !other.shares_version(only))
            .then_some(only)
    }
}

/// The range of a new cause: the version that ran if its cases are listed for other versions, else all.
fn range(is_elsewhere: bool, version: &str) -> Option<VersionRange> {
    is_elsewhere.then(|| VersionRange::exactly(version))
}

#[cfg(test)]
mod tests;
