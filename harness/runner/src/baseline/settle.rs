//! A baseline against the cases of a run: what is known, what is unexpected, what is stale.

use super::{Baseline, Entry};
use crosscheck_results::{CaseResult, Cause, Footer, Status, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What tells one cause from another: its name, the rule or step, the verdict, the status.
type Key = (String, Option<String>, Verdict, Option<Status>);

/// A baseline against the cases of a run, one by one.
#[derive(Debug)]
pub struct Settling {
    /// The entries that hold for this version; `None` for a run without baseline, where every deviation is unexpected.
    entries: Vec<Entry>,
    /// Which case ids of each entry have deviated.
    seen: Vec<BTreeSet<String>>,
    causes: BTreeMap<Key, BTreeSet<String>>,
}

impl Settling {
    /// Begins with a baseline, for a version of the subject.
    #[must_use]
    pub fn new(baseline: Option<&Baseline>, version: &str) -> Self {
        let entries: Vec<Entry> = baseline
            .map(|b| b.entries.iter().filter(|e| e.holds(version)).cloned().collect())
            .unwrap_or_default();
        Self {
            seen: vec![BTreeSet::new(); entries.len()],
            entries,
            causes: BTreeMap::new(),
        }
    }

    /// Gives each deviation of a case its status and its cause, and the case its status.
    pub fn settle(&mut self, case: &mut CaseResult) {
        let mut worst = None;
        for deviation in &mut case.deviations {
            let entry = self.entries.iter().position(|e| e.lists(&case.id, deviation));
            let known = entry.and_then(|i| Some((i, self.entries.get(i)?)));
            if let Some((i, entry)) = known {
                deviation.cause.clone_from(&entry.cause);
                if let Some(seen) = self.seen.get_mut(i) {
                    seen.insert(case.id.clone());
                }
            }
            if !deviation.verdict.counts() {
                continue;
            }
            let status = if known.is_some() {
                Status::Known
            } else {
                Status::Unexpected
            };
            deviation.status = Some(status);
            worst = worst.max(Some(status));
            let named = deviation.rule.clone().or_else(|| deviation.step.clone());
            let cause = (deviation.cause.clone(), named, deviation.verdict, deviation.status);
            self.causes.entry(cause).or_default().insert(case.id.clone());
        }
        case.status = worst;
    }

    /// The ids that the baseline lists, that ran, and that deviate no longer.
    fn stale(&self, ran: &BTreeSet<String>) -> BTreeSet<String> {
        let listed = self.entries.iter().zip(&self.seen);
        listed
            .flat_map(|(e, seen)| {
                e.cases
                    .iter()
                    .filter(|id| ran.contains(*id) && !seen.contains(*id))
                    .cloned()
            })
            .collect()
    }

    /// The counts at the end.
    pub fn finish(&self, footer: &mut Footer, ran: &BTreeSet<String>) {
        let stale = self.stale(ran);
        if !stale.is_empty() {
            footer.statuses.insert(Status::Stale, stale.len());
        }
        footer.stale = stale.into_iter().collect();
        footer.causes = self
            .causes
            .iter()
            .map(|((cause, rule, verdict, status), cases)| {
                let entry = self
                    .entries
                    .iter()
                    .find(|e| e.cause == *cause && *status == Some(Status::Known));
                Cause {
                    cause: cause.clone(),
                    rule: rule.clone(),
                    verdict: *verdict,
                    status: *status,
                    cases: cases.iter().cloned().collect(),
                    reason: entry.map(|e| e.reason.clone()),
                    upstream: entry.and_then(|e| e.upstream.clone()),
                }
            })
            .collect();
        footer.causes.sort_by(|a, b| {
            (a.verdict, b.cases.len(), &a.cause, a.status).cmp(&(b.verdict, a.cases.len(), &b.cause, b.status))
        });
    }
}
