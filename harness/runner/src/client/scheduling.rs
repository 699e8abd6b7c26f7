//! The order of cases. A case with several fetches depends on what the client caches between them, and every cache is limited:
//! Firefox has a hundred entries in its CORS-preflight cache. When it is full, Firefox first drops the entries that name neither a
//! method nor a header, as if they had expired, and otherwise the least recently used entry (`nsPreflightCache::GetEntry` in
//! `nsCORSListenerProxy.cpp`). Other cases in flight must not influence such a case. Therefore it runs before them, while the caches
//! are nearly empty, and alone.

use super::page::PageKey;
use crosscheck_corpus::Case;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The longest wait between fetches that the harness really waits for, in seconds.
pub(super) const MAX_WAIT: u64 = 20;

/// The number of waiting cases in one visit; with two URLs each they use a hundred cache entries.
const MAX_WAITING: usize = 50;

/// Which cases may run at the same time as a case. The classes run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SchedulingClass {
    /// Waits between its fetches: runs concurrently with other waiting cases only.
    Waits,
    /// Continues on another page: runs alone until it has ended.
    Travels,
    /// Has several fetches on one page: runs alone.
    Remembers,
    /// Has one fetch: runs concurrently with all cases of this class.
    Once,
}

impl SchedulingClass {
    /// Returns the class of a case.
    pub(super) fn of(case: &Case) -> Self {
        let fetches = case.fetches();
        if fetches.iter().any(|f| f.after > 0) {
            Self::Waits
        } else if fetches.len() < 2 {
            Self::Once
        } else if fetches.iter().map(PageKey::of).collect::<BTreeSet<_>>().len() > 1 {
            Self::Travels
        } else {
            Self::Remembers
        }
    }

    /// The number of cases of this class in one visit of a page, at most `most`.
    pub(super) fn batch(self, most: usize) -> usize {
        match self {
            Self::Waits => most.min(MAX_WAITING),
            Self::Travels => 1,
            Self::Remembers | Self::Once => most,
        }
    }

    /// The number of fetches that a page has in flight, at most `most`.
    pub(super) fn concurrency(self, most: usize) -> usize {
        match self {
            Self::Waits | Self::Once => most,
            Self::Travels | Self::Remembers => 1,
        }
    }
}

/// Returns the minimum time that a self-driving client waits for these cases, in seconds. The cases of one visit wait concurrently,
/// so only the longest wait of a visit counts.
#[must_use]
pub fn stated_waits(cases: &[Arc<Case>]) -> u64 {
    let mut waits: BTreeMap<PageKey, Vec<u64>> = BTreeMap::new();
    for case in cases {
        let wait: u64 = case.fetches().iter().map(|f| f.after).sum();
        if let Some(first) = case.fetches().first().filter(|_| (1..=MAX_WAIT).contains(&wait)) {
            waits.entry(PageKey::of(first)).or_default().push(wait);
        }
    }
    let visits = waits.values().flat_map(|page| page.chunks(MAX_WAITING));
    visits.filter_map(|visit| visit.iter().max()).sum()
}
