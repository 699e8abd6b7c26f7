//! Which cases run next.

use super::CaseQueue;
use super::state::{CaseState, Phase};
use crate::client::page::PageKey;
use crate::client::scheduling::SchedulingClass;

impl CaseQueue {
    /// The page with the next fetches; `None` at the end.
    pub(in crate::client) fn next_page(&self) -> Option<PageKey> {
        if let Some(page) = self.solo.front().and_then(|n| self.cases.get(*n)?.page()) {
            return Some(page);
        }
        let class = self.class()?;
        self.waiting_of(class)
            .filter_map(|(_, case_state)| case_state.page())
            .min()
    }

    /// The number of fetches that a page may have in flight now, at most `most`.
    pub(in crate::client) fn concurrency(&self, most: usize) -> usize {
        self.class().map_or(most, |class| class.concurrency(most))
    }

    /// The class of the cases that run next.
    fn class(&self) -> Option<SchedulingClass> {
        if !self.solo.is_empty() {
            return Some(SchedulingClass::Travels);
        }
        let waiting = self.cases.iter().filter(|s| s.phase == Phase::Waiting);
        waiting.map(|s| s.class).min()
    }

    /// The waiting cases of a class. For `Travels` it is one case only: the one that has begun, otherwise the first.
    fn waiting_of(&self, class: SchedulingClass) -> impl Iterator<Item = (usize, &CaseState)> {
        let waiting = move |(_, case_state): &(usize, &CaseState)| {
            case_state.phase == Phase::Waiting && case_state.class == class
        };
        let one = (class == SchedulingClass::Travels).then(|| {
            let due = || self.cases.iter().enumerate().filter(waiting);
            due()
                .find(|(_, case_state)| case_state.leg > 0)
                .or_else(|| due().next())
        });
        let all = self.cases.iter().enumerate().filter(waiting);
        all.filter(move |(n, _)| one.is_none_or(|one| one.is_some_and(|(m, _)| m == *n)))
    }

    pub(super) fn of(&self, page: &PageKey, most: usize) -> Vec<usize> {
        let is_here = |case_state: &CaseState| case_state.page().as_ref() == Some(page);
        if let Some(n) = self.solo.front() {
            let case_state = self.cases.get(*n);
            let is_due = case_state.is_some_and(|s| s.phase == Phase::Waiting && is_here(s));
            return is_due.then_some(*n).into_iter().collect();
        }
        let Some(class) = self.class() else {
            return Vec::new();
        };
        let here = self.waiting_of(class).filter(|(_, case_state)| is_here(case_state));
        here.map(|(n, _)| n).take(class.batch(most)).collect()
    }

    /// The waiting cases. While cases must run alone, it is the first of them only.
    pub(in crate::client) fn waiting(&self) -> Vec<usize> {
        if let Some(n) = self.solo.front() {
            return vec![*n];
        }
        let waiting = self.cases.iter().enumerate().filter(|(_, s)| s.phase == Phase::Waiting);
        waiting.map(|(n, _)| n).collect()
    }
}
