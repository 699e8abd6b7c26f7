//! The search itself, which knows nothing of subjects: releases are numbers in their order, of which the first and the last differ.

use std::collections::BTreeSet;

/// What a release says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is as the good end.
    Good,
    /// It is as the bad end.
    Bad,
    /// It says nothing.
    Skip,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask this release.
    Ask(usize),
    /// This one is the first that is as the last one.
    Found(usize),
    /// The first that is as the last one is among these; all but the last of them say nothing.
    Among(Vec<usize>),
}

/// A search among releases 0 to `last`.
#[derive(Clone, Debug)]
pub struct Search {
    /// What the first release says.
    first: Answer,
    /// The last release that is known to be as the first one.
    before: usize,
    /// The first release that is known to be as the last one.
    after: usize,
    skipped: BTreeSet<usize>,
}

impl Search {
    /// Begins where the first of the releases is good and the last bad, or the other way round. `last` must be above 0.
    #[must_use]
    pub const fn new(last: usize, first: Answer) -> Self {
        Self {
            first,
            before: 0,
            after: last,
            skipped: BTreeSet::new(),
        }
    }

    /// What to do next: the release in the middle of those that may still say something, else the end.
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

    /// Takes in what a release says.
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
