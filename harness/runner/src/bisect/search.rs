//! The search itself, without subjects: releases are consecutive numbers, and the first and the last release differ.

use std::collections::BTreeSet;

/// The result of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It behaves like the good end.
    Good,
    /// It behaves like the bad end.
    Bad,
    /// It has no result.
    Skip,
}

/// The next action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Run this release.
    Ask(usize),
    /// This release is the first that behaves like the last one.
    Found(usize),
    /// The first release that behaves like the last one is among these. All but the last of them have no result.
    Among(Vec<usize>),
}

/// A search among releases 0 to `last`.
#[derive(Clone, Debug)]
pub struct Search {
    /// The result of the first release.
    first: Answer,
    /// The last release that is known to behave like the first one.
    before: usize,
    /// The first release that is known to behave like the last one.
    after: usize,
    skipped: BTreeSet<usize>,
}

impl Search {
    /// Begins a search. The first release must be good and the last one bad, or the other way round. `last` must be above 0.
    #[must_use]
    pub const fn new(last: usize, first: Answer) -> Self {
        Self {
            first,
            before: 0,
            after: last,
            skipped: BTreeSet::new(),
        }
    }

    /// Returns the next action: to run the release in the middle of those that may still have a result, or the end of the search.
    #[must_use]
    pub fn next(&self) -> Step {
        let open: Vec<usize> = (self.before + 1..self.after)
            .filter(|i| !self.skipped.contains(i))
            .collect();
        if let Some(middle) = open.get(open.len() / 2) {
            return Step::Ask(*middle);
        }
        match self.before + 1 {
            only if only >= self.after => Step::Found(self.after),
            first => Step::Among((first..=self.after).collect()),
        }
    }

    /// Adds the result of a release.
    pub fn tell(&mut self, release: usize, answer: Answer) {
        if answer == Answer::Skip {
            self.skipped.insert(release);
        } else if answer == self.first {
            self.before = self.before.max(release);
        } else {
            self.after = self.after.min(release);
        }
    }
}

#[cfg(test)]
mod tests;
