//! The smallest change of the responses that shares the last one.
//!
//! Where the fetch fails, the answer at fault gets every edit that might help; that goes on until the fetch ends well. Then
//! every edit without which it still ends well is dropped, until none is left: minimal by construction.

use super::change::{Change, Edit};
use super::opens::{hints, opens};
use super::repair::alternatives;
use super::scene::{FetchRun, Scene};

/// The most runs of the model that one search may take.
const MOST_RUNS: usize = 4096;
/// The most faults that are mended one after the other: 21 hops, each with a preflight.
const MOST_FAULTS: usize = 64;

/// What would mend a fetch.
#[derive(Clone, Debug)]
pub enum Remedy {
    /// Nothing: it does not end in an error.
    NotNeeded,
    /// These changes.
    Mendable(Box<Mending>),
    /// No change of a response does.
    Unmendable {
        /// Why, and what to do in its place.
        reason: String,
    },
}

/// A change that shares the response.
#[derive(Clone, Debug)]
pub struct Mending {
    /// The parts; none can be left out.
    pub changes: Vec<Change>,
    /// What else the change opens: who could read or send what.
    pub opens: Vec<String>,
    /// What belongs beside it although the page does not see it.
    pub hints: Vec<String>,
    /// The fetch with the changes applied.
    pub after: FetchRun,
}

/// Looks for the smallest change of the responses with which the last fetch of the scene does not end in an error.
#[must_use]
pub fn remedy(scene: &Scene) -> Remedy {
    let before = scene.run(&[]);
    let Some(last) = before.last() else {
        return Remedy::NotNeeded;
    };
    if last.shared() {
        return Remedy::NotNeeded;
    }
    let mut search = Search {
        scene,
        runs: 0,
        reason: None,
    };
    let Some(mut changes) = search.mend(Vec::new(), 0) else {
        let reason = search.reason.unwrap_or_else(|| "no change was found".to_owned());
        return Remedy::Unmendable { reason };
    };
    search.minimise(&mut changes);
    let changes = joined(changes);
    let runs = scene.run(&changes);
    let opens = opens(scene, &runs, &changes);
    let hints = hints(&before, &runs, &changes);
    let Some(after) = runs.into_iter().next_back() else {
        return Remedy::NotNeeded;
    };
    Remedy::Mendable(Box::new(Mending {
        changes,
        opens,
        hints,
        after,
    }))
}

struct Search<'a> {
    scene: &'a Scene,
    runs: usize,
    /// Why the first dead end is one.
    reason: Option<String>,
}

impl Search<'_> {
    fn run(&mut self, changes: &[Change]) -> Vec<FetchRun> {
        self.runs += 1;
        self.scene.run(changes)
    }

    /// Mends one fault after the other; the first alternative that leads to the end wins.
    fn mend(&mut self, changes: Vec<Change>, faults: usize) -> Option<Vec<Change>> {
        if faults > MOST_FAULTS || self.runs > MOST_RUNS {
            return None;
        }
        let runs = self.run(&changes);
        if runs.last().is_some_and(FetchRun::shared) {
            return Some(changes);
        }
        let found = match alternatives(self.scene, &runs) {
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
            if let Some(done) = self.mend(next, faults + 1) {
                return Some(done);
            }
        }
        None
    }

    /// Drops every part whose omission still leaves the response shared.
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

/// What was edited twice becomes one edit: a list taken away and written anew, or corrected and then extended.
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
