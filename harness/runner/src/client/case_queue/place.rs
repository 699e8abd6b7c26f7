//! Where a client is in the queue, for messages about a client that is silent.

use super::CaseQueue;
use crate::client::page::PageKey;
use crosscheck_text::CaseId;
use std::fmt;

/// How many cases a message names.
const NAMED: usize = 3;

/// Where a client is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::client) struct Place {
    /// The page that runs the fetches or is the next one to do so.
    page: PageKey,
    /// The first cases whose fetches run; the next case if none runs.
    cases: Vec<CaseId>,
    /// How many more run.
    more: usize,
    /// Whether fetches run.
    is_running: bool,
}

impl Place {
    /// The page, if it has not requested its fetches.
    pub(in crate::client) fn unreached(&self) -> Option<&PageKey> {
        (!self.is_running).then_some(&self.page)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cases: Vec<&str> = self.cases.iter().map(CaseId::as_str).collect();
        let (page, cases) = (self.page.name(), cases.join(", "));
        if !self.is_running {
            return write!(
                f,
                "the page {page} has not requested its fetches, of which the first is of {cases}"
            );
        }
        write!(f, "the page {page} is running {cases}")?;
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl CaseQueue {
    /// Where the client is; `None` if all cases have ended.
    pub(in crate::client) fn place(&self) -> Option<Place> {
        let running = self.running();
        let is_running = !running.is_empty();
        let page = match running.first() {
            Some(n) => self.cases.get(*n)?.page()?,
            None => self.next_page()?,
        };
        let (cases, most) = if is_running {
            (running, NAMED)
        } else {
            (self.of(&page, 1), 1)
        };
        let ids = cases.iter().take(most).filter_map(|n| self.case(*n));
        Some(Place {
            page,
            cases: ids.map(|case| case.id.clone()).collect(),
            more: cases.len().saturating_sub(most),
            is_running,
        })
    }

    /// Ends the cases whose next fetch belongs to a page that never requests its fetches; returns how many there are.
    pub(in crate::client) fn give_up(&mut self, page: &PageKey, how: &str) -> usize {
        let is_here =
            |n: &usize| self.due(*n).is_some() && self.cases.get(*n).and_then(|s| s.page()).as_ref() == Some(page);
        let cases: Vec<usize> = (0..self.cases.len()).filter(is_here).collect();
        for n in &cases {
            self.end(*n, super::End::Broke(how.to_owned()));
        }
        cases.len()
    }
}
