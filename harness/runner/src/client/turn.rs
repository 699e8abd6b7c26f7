//! Whose turn it is. A case of several fetches rests on what the client keeps between them, and every client keeps only so much:
//! Firefox has a hundred entries in its CORS-preflight cache, and when one more comes it first drops those that name neither a
//! method nor a header, as if they had expired, else the one that was used longest ago (`nsPreflightCache::GetEntry` in
//! `nsCORSListenerProxy.cpp`). What other cases have in flight must not decide such a case, so it comes before them, on caches as
//! empty as can be, and alone.

use super::page::PageKey;
use crosscheck_corpus::Case;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The longest wait of a case that is really waited for, in seconds.
pub(super) const MAX_WAIT: u64 = 20;

/// Cases that one visit has waiting side by side; with two URLs each they are a hundred entries.
const MAX_WAITING: usize = 50;

/// What a case needs of the cases beside it. They are asked in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// Lets time pass between its fetches: side by side with others that do, and with nothing else.
    Waits,
    /// Goes on at another page: nothing else until it has ended.
    Travels,
    /// Asks several times from one page: nothing else meanwhile.
    Remembers,
    /// One fetch: side by side with all of its kind.
    Once,
}

impl Turn {
    /// The turn of a case.
    pub(super) fn of(case: &Case) -> Self {
        let fetches = &case.fetches;
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

    /// How many of its cases one visit of a page takes, of at most `most`.
    pub(super) fn batch(self, most: usize) -> usize {
        match self {
            Self::Waits => most.min(MAX_WAITING),
            Self::Travels => 1,
            Self::Remembers | Self::Once => most,
        }
    }

    /// How many fetches a page has in flight, of at most `most`.
    pub(super) fn lanes(self, most: usize) -> usize {
        match self {
            Self::Waits | Self::Once => most,
            Self::Travels | Self::Remembers => 1,
        }
    }
}

/// How long a client that walks by itself waits at least for some cases, in seconds: those of one visit wait side by side, so
/// that the longest of them counts.
#[must_use]
pub fn stated_waits(cases: &[Arc<Case>]) -> u64 {
    let mut waits: BTreeMap<PageKey, Vec<u64>> = BTreeMap::new();
    for case in cases {
        let wait: u64 = case.fetches.iter().map(|f| f.after).sum();
        if let Some(first) = case.fetches.first().filter(|_| (1..=MAX_WAIT).contains(&wait)) {
            waits.entry(PageKey::of(first)).or_default().push(wait);
        }
    }
    let visits = waits.values().flat_map(|page| page.chunks(MAX_WAITING));
    visits.filter_map(|visit| visit.iter().max()).sum()
}
