//! Comparing the cases of a run with a baseline: which deviations are known, which are unexpected, which cases are stale.

use super::cause::{Broken, Cause};
use super::{Baseline, CauseName};
use crate::date::Date;
use crate::{CaseId, CaseResult, Cause as CauseCount, Footer, Status, Verdict};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What distinguishes the counted causes.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CountKey {
    cause: String,
    /// The rule or the step.
    broken: Option<String>,
    verdict: Verdict,
    status: Option<Status>,
    /// When the cause expired.
    expired: Option<Date>,
}

/// One listing of a case.
#[derive(Debug)]
struct Listing {
    /// The cause that makes a deviation known; `None` if no cause of the baseline covers the listing.
    cause: Option<usize>,
    broken: Broken,
    verdict: Verdict,
    /// Whether the case deviated so.
    is_seen: bool,
}

/// Compares the cases of a run with a baseline, one by one.
#[derive(Debug)]
pub struct BaselineComparison {
    /// The causes that hold for this version of the subject.
    causes: Vec<Cause>,
    /// What the exact lists of these causes have, by case, in the order of the causes.
    listings: HashMap<CaseId, Vec<Listing>>,
    counts: BTreeMap<CountKey, BTreeSet<CaseId>>,
    /// The day on which causes are compared with their last day.
    today: Option<Date>,
}

impl BaselineComparison {
    /// Begins with the baseline for a version of the subject; without a baseline every deviation is unexpected.
    #[must_use]
    pub fn new(baseline: Option<&Baseline>, version: &str) -> Self {
        let all = baseline.map(|b| b.causes.as_slice()).unwrap_or_default();
        let causes: Vec<Cause> = all.iter().filter(|c| c.holds(version)).cloned().collect();
        let place = |name: &CauseName| causes.iter().position(|c| c.name == *name);
        let mut lists: Vec<_> = baseline
            .iter()
            .flat_map(|b| b.lists.iter())
            // A list of a cause for other versions does not apply here.
            .filter(|(key, _)| place(&key.cause).is_some() || all.iter().all(|c| c.name != key.cause))
            .map(|(key, cases)| (place(&key.cause), key, cases))
            .collect();
        lists.sort_by_key(|(place, ..)| place.unwrap_or(usize::MAX));
        let mut listings: HashMap<CaseId, Vec<Listing>> = HashMap::new();
        for (place, key, cases) in lists {
            let cause = place.and_then(|at| causes.get(at));
            for case in cases {
                let covers = cause.is_some_and(|c| c.covers(&key.broken, key.verdict, case));
                listings.entry(case.as_str().into()).or_default().push(Listing {
                    cause: place.filter(|_| covers),
                    broken: key.broken.clone(),
                    verdict: key.verdict,
                    is_seen: false,
                });
            }
        }
        Self {
            causes,
            listings,
            counts: BTreeMap::new(),
            today: None,
        }
    }

    /// Compares on a day: a cause whose last day has passed covers no deviation.
    #[must_use]
    pub fn on(mut self, today: Date) -> Self {
        self.today = Some(today);
        self
    }

    /// Gives each deviation of a case its status and its cause, and the case its status.
    pub fn classify(&mut self, case: &mut CaseResult) {
        let mut worst = None;
        let listings = self.listings.get_mut(&case.id);
        let mut listings: Vec<&mut Listing> = listings.into_iter().flatten().collect();
        for deviation in &mut case.deviations {
            let broken = Broken::of(deviation);
            let (mut known, mut expired) = (None, None);
            for listing in &mut listings {
                if Some(&listing.broken) == broken.as_ref() && listing.verdict == deviation.verdict {
                    listing.is_seen = true;
                    let Some(cause) = listing.cause.and_then(|at| self.causes.get(at)) else {
                        continue;
                    };
                    match self.today.and_then(|today| cause.expired_before(today)) {
                        None => known = known.or(Some(cause)),
                        Some(last) => expired = expired.or(Some((cause, last))),
                    }
                }
            }
            let expired = expired.filter(|_| known.is_none());
            if let Some(cause) = known.or(expired.map(|(cause, _)| cause)) {
                cause.name.as_str().clone_into(&mut deviation.cause);
            }
            if !deviation.verdict.counts() {
                continue;
            }
            let status = match known {
                Some(_) => Status::Known,
                None => Status::Unexpected,
            };
            deviation.status = Some(status);
            worst = worst.max(Some(status));
            let key = CountKey {
                cause: deviation.cause.clone(),
                broken: broken.map(|b| b.id().to_owned()),
                verdict: deviation.verdict,
                status: deviation.status,
                expired: expired.map(|(_, last)| last),
            };
            self.counts.entry(key).or_default().insert(case.id.clone());
        }
        case.status = worst;
    }

    /// The cases that are listed, that ran, and that no longer deviate as listed.
    fn stale(&self, ran: &BTreeSet<CaseId>) -> BTreeSet<CaseId> {
        let is_stale = |id: &&CaseId| {
            let listings = self.listings.get(*id);
            listings.into_iter().flatten().any(|listing| !listing.is_seen)
        };
        ran.iter().filter(is_stale).cloned().collect()
    }

    /// Adds the stale cases and the causes to the counts of the subject.
    pub fn finish(&self, footer: &mut Footer, ran: &BTreeSet<CaseId>) {
        let stale = self.stale(ran);
        if !stale.is_empty() {
            footer.statuses.insert(Status::Stale, stale.len());
        }
        footer.stale = stale.into_iter().collect();
        let count = |(key, cases): (&CountKey, &BTreeSet<CaseId>)| {
            let is_written = key.status == Some(Status::Known) || key.expired.is_some();
            let written = self.causes.iter().find(|c| is_written && c.name.as_str() == key.cause);
            CauseCount {
                cause: key.cause.clone(),
                rule: key.broken.clone(),
                verdict: key.verdict,
                status: key.status,
                expired: key.expired,
                cases: cases.iter().cloned().collect(),
                reason: written.map(|c| c.reason.clone()),
                upstream: written.and_then(|c| c.upstream.clone()),
            }
        };
        footer.causes = self.counts.iter().map(count).collect();
        footer.causes.sort_by(|a, b| {
            (a.verdict, b.cases.len(), &a.cause, a.status).cmp(&(b.verdict, a.cases.len(), &b.cause, b.status))
        });
    }
}
