//! What a run changes in a baseline. Pure: the text and the files are elsewhere.

use super::{Baseline, Entry, UNEXPLAINED};
use crosscheck_results::{Deviation, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// The cases that ran, by id, with their deviations.
pub(super) type Ran = BTreeMap<String, Vec<Deviation>>;

/// A baseline after a run.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// The entries that stay, each with its place before; their cases are sorted.
    pub(super) kept: Vec<(usize, Entry)>,
    /// The new entries, sorted.
    pub(super) added: Vec<Entry>,
    /// How many ids came in, those of new entries included.
    pub(super) ids_added: usize,
    /// How many ids went stale and out.
    pub(super) ids_removed: usize,
    /// The cases that broke unexpectedly.
    pub(super) broken: BTreeSet<String>,
}

/// What an entry is about: its cause, its rule, its step, its verdict. New entries are sorted by it.
type Key = (String, Option<String>, Option<String>, Verdict);

fn key_of(deviation: &Deviation) -> Key {
    let step = deviation.step.clone().filter(|_| deviation.rule.is_none());
    (deviation.cause.clone(), deviation.rule.clone(), step, deviation.verdict)
}

impl Change {
    /// What the cases that ran, on a version of the subject, change. Ids that did not run stay where they are.
    pub(super) fn of(baseline: &Baseline, version: &str, ran: &Ran) -> Self {
        let entries = baseline.entries();
        let mut change = Self::default();
        let mut seen: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); entries.len()];
        let mut fresh: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
        for (id, deviations) in ran {
            for deviation in deviations {
                let listed = entries.iter().position(|e| e.holds(version) && e.lists(id, deviation));
                match listed.and_then(|i| seen.get_mut(i)) {
                    Some(seen) => _ = seen.insert(id),
                    None if deviation.verdict == Verdict::Broken => _ = change.broken.insert(id.clone()),
                    None if deviation.verdict.counts() => {
                        fresh.entry(key_of(deviation)).or_default().insert(id.clone());
                    }
                    None => {}
                }
            }
        }
        for (place, (entry, seen)) in entries.iter().zip(&seen).enumerate() {
            let mut cases: BTreeSet<String> = entry.cases.iter().cloned().collect();
            if entry.holds(version) {
                // What broke hides what else the case would have shown: its ids stay.
                cases.retain(|id| !ran.contains_key(id) || seen.contains(id.as_str()) || change.broken.contains(id));
                change.ids_removed += entry.cases.iter().filter(|id| !cases.contains(*id)).count();
                let key = (
                    entry.cause.clone(),
                    entry.rule.clone(),
                    entry.step.clone(),
                    entry.verdict,
                );
                if let Some(joining) = fresh.remove(&key) {
                    change.ids_added += joining.len();
                    cases.extend(joining);
                }
            }
            if !cases.is_empty() {
                let cases = cases.into_iter().collect();
                change.kept.push((place, Entry { cases, ..entry.clone() }));
            }
        }
        for ((cause, rule, step, verdict), cases) in fresh {
            // An entry names what it is about; a deviation that names nothing stays unexpected.
            if rule.is_none() && step.is_none() {
                continue;
            }
            change.ids_added += cases.len();
            change.added.push(Entry {
                cause,
                rule,
                step,
                verdict,
                versions: None,
                reason: UNEXPLAINED.to_owned(),
                upstream: None,
                cases: cases.into_iter().collect(),
            });
        }
        change
    }

    /// The baseline that results.
    pub(super) fn baseline(&self) -> Baseline {
        let kept = self.kept.iter().map(|(_, entry)| entry);
        Baseline {
            entries: kept.chain(&self.added).cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
