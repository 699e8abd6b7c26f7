//! Finds the smallest change of the responses with which the last fetch succeeds.
//!
//! While the fetch fails, the answer that makes it fail gets every edit that might help. Once it succeeds, every edit that is not
//! needed is dropped, until each remaining edit is needed. The result is therefore minimal.

use super::candidates::alternatives;
use super::change::{Change, Edit};
use super::exposure::{exposure, hints};
use super::recorded::{FetchRun, RecordedFetches};

/// The maximum number of runs of the model in one search.
const MOST_RUNS: usize = 4096;
/// The maximum number of faults that are fixed one after the other: 21 hops, each with a preflight.
const MOST_FAULTS: usize = 64;

/// The result of a search for a fix.
#[derive(Clone, Debug)]
pub enum Fix {
    /// The fetch does not end in an error.
    NotNeeded,
    /// These changes fix the fetch.
    Found(Box<SuggestedFix>),
    /// No change of a response fixes the fetch.
    Impossible {
        /// Why, and what to do instead.
        reason: String,
    },
}

/// A change of the responses with which the fetch succeeds.
#[derive(Clone, Debug)]
pub struct SuggestedFix {
    /// The parts; none can be left out.
    pub changes: Vec<Change>,
    /// What else the change allows: which pages could read or send what.
    pub exposure: Vec<String>,
    /// What is also recommended, although this fetch does not need it.
    pub hints: Vec<String>,
    /// The fetch with the changes applied.
    pub after: FetchRun,
}

/// Looks for the smallest change of the responses with which the last fetch does not end in an error.
#[must_use]
pub fn find_fix(recorded: &RecordedFetches) -> Fix {
    let before = recorded.run(&[]);
    let Some(last) = before.last() else {
        return Fix::NotNeeded;
    };
    if last.shared() {
        return Fix::NotNeeded;
    }
    let mut search = FixSearch {
        recorded,
        runs: 0,
        reason: None,
    };
    let Some(mut changes) = search.fix(Vec::new(), 0) else {
        let reason = search.reason.unwrap_or_else(|| "no change was found".to_owned());
        return Fix::Impossible { reason };
    };
    search.minimise(&mut changes);
    let changes = joined(changes);
    let runs = recorded.run(&changes);
    let exposure = exposure(recorded, &runs, &changes);
    let hints = hints(&before, &runs, &changes);
    let Some(after) = runs.into_iter().next_back() else {
        return Fix::NotNeeded;
    };
    Fix::Found(Box::new(SuggestedFix {
        changes,
        exposure,
        hints,
        after,
    }))
}

struct FixSearch<'a> {
    recorded: &'a RecordedFetches,
    runs: usize,
    /// Why the first fault without an alternative cannot be fixed.
    reason: Option<String>,
}

impl FixSearch<'_> {
    fn run(&mut self, changes: &[Change]) -> Vec<FetchRun> {
        self.runs += 1;
        self.recorded.run(changes)
    }

    /// Fixes one fault after the other, depth first; returns the first alternative with which the fetch succeeds.
    fn fix(&mut self, changes: Vec<Change>, faults: usize) -> Option<Vec<Change>> {
        if faults > MOST_FAULTS || self.runs > MOST_RUNS {
            return None;
        }
        let runs = self.run(&changes);
        if runs.last().is_some_and(FetchRun::shared) {
            return Some(changes);
        }
        let found = match alternatives(self.recorded, &runs) {
            Ok(found) => found,
            Err(reason) => {
                self.reason.get_or_insert(reason);
                return None;
            }
        };
        for parts in found {
            let news: Vec<_> = parts.into_iter().filter(|p| !changes.contains(p)).collect();
            if news.is_empty() {
                continue;
            }
            let next = changes.iter().cloned().chain(news).collect();
            if let Some(done) = self.fix(next, faults + 1) {
                return Some(done);
            }
        }
        None
    }

    /// Drops every part without which the fetch still succeeds.
    fn minimise(&mut self, changes: &mut Vec<Change>) {
        loop {
            let before = changes.len();
            let mut i = 0;
            while i < changes.len() {
                let part = changes.remove(i);
                if !self.run(changes).last().is_some_and(FetchRun::shared) {
                    changes.insert(i, part);
                    i += 1;
                }
            }
            if changes.len() == before {
                return;
            }
        }
    }
}

/// Joins two edits of one header into one edit: a list that is deleted and written again, or corrected and then extended.
fn joined(changes: Vec<Change>) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        let same = |c: &Change, name: &str| {
            c.fetch == change.fetch && c.exchange == change.exchange && named(&c.edit) == Some(name)
        };
        if let Edit::Add { name, items } = &change.edit
            && let Some(earlier) = found.iter_mut().find(|c| same(c, name))
        {
            match &mut earlier.edit {
                Edit::Delete { .. } => {
                    earlier.edit = Edit::Set {
                        name: name.clone(),
                        value: items.join(", "),
                        lines: 1,
                    };
                    continue;
                }
                Edit::Set { value, .. } => {
                    *value = [std::slice::from_ref(value), items].concat().join(", ");
                    continue;
                }
                Edit::Add { items: older, .. } => {
                    older.extend(items.iter().cloned());
                    continue;
                }
                Edit::Answer { .. } | Edit::Status { .. } => {}
            }
        }
        found.push(change);
    }
    found
}

fn named(edit: &Edit) -> Option<&str> {
    match edit {
        Edit::Set { name, .. } | Edit::Add { name, .. } | Edit::Delete { name } => Some(name),
        Edit::Answer { .. } | Edit::Status { .. } => None,
    }
}
