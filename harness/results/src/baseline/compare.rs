//! Comparing the cases of a run with a baseline: which deviations are known, which are unexpected, which cases are stale.

use super::cause::{Broken, Cause};
use super::{Baseline, CauseName};
use crate::{CaseId, CaseResult, Cause as CauseCount, Footer, Status, Verdict};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What distinguishes the counted causes: the name, the rule or step, the verdict, the status.
type CountKey = (String, Option<String>, Verdict, Option<Status>);

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
        }
    }

    /// Gives each deviation of a case its status and its cause, and the case its status.
    pub fn classify(&mut self, case: &mut CaseResult) {
        let mut worst = None;
        let listings = self.listings.get_mut(&case.id);
        let mut listings: Vec<&mut Listing> = listings.into_iter().flatten().collect();
        for deviation in &mut case.deviations {
            let broken = Broken::of(deviation);
            let mut known = None;
            for listing in &mut listings {
                if Some(&listing.broken) == broken.as_ref() && listing.verdict == deviation.verdict {
                    listing.is_seen = true;
                    known = known.or_else(|| self.causes.get(listing.cause?));
                }
            }
            if let Some(cause) = known {
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
            let id = broken.map(|b| b.id().to_owned());
            let key = (deviation.cause.clone(), id, deviation.verdict, deviation.status);
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
            let (cause, rule, verdict, status) = key;
            let is_known = *status == Some(Status::Known);
            let written = self.causes.iter().find(|c| is_known && c.name.as_str() == cause);
            CauseCount {
                cause: cause.clone(),
                rule: rule.clone(),
                verdict: *verdict,
                status: *status,
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
