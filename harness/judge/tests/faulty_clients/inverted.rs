//! Branches of the model that are inverted in one way to request only, behind a redirect only, or after the first fetch only.

use crate::client::{Context, Fault, run};
use crosscheck_corpus::{Case, Corpus};
use crosscheck_fetch::invert::BRANCHES;
use crosscheck_fetch::{Via, is_redirect_status};
use std::cell::Cell;
use std::rc::Rc;

/// A condition under which a branch is inverted.
pub(crate) struct When {
    pub(crate) name: &'static str,
    applies: fn(&Context<'_>) -> bool,
}

pub(crate) const WHENS: &[When] = &[
    When {
        name: "by XMLHttpRequest",
        applies: |c| c.via() == Via::Xhr,
    },
    When {
        name: "by img",
        applies: |c| c.via() == Via::Img,
    },
    When {
        name: "by script",
        applies: |c| c.via() == Via::Script,
    },
    When {
        name: "behind a redirect",
        applies: is_behind_a_redirect,
    },
    When {
        name: "after the first fetch",
        applies: |c| !c.earlier.is_empty(),
    },
    When {
        name: "for a page with an opaque origin",
        applies: |c| c.spec.page.origin.serialize() == "null",
    },
];

fn is_behind_a_redirect(c: &Context<'_>) -> bool {
    let mut responses = c.hops.iter().filter_map(|h| h.response.as_ref());
    responses.any(|r| is_redirect_status(r.status))
}

impl When {
    /// The cases in which the condition ever holds.
    fn cases<'c>(&self, corpus: &'c Corpus) -> Vec<&'c Case> {
        let holds = |case: &&Case| {
            let seen = Rc::new(Cell::new(false));
            let (applies, is_seen) = (self.applies, Rc::clone(&seen));
            // It inverts nothing: the condition is only looked at.
            let watch = Fault::Inverted(
                "",
                Box::new(move |c| {
                    is_seen.set(is_seen.get() || applies(c));
                    false
                }),
            );
            run(case, &watch);
            seen.get()
        };
        corpus.cases.iter().map(AsRef::as_ref).filter(holds).collect()
    }

    /// The branches that no case notices if they are inverted under this condition.
    pub(crate) fn gaps(&self, corpus: &Corpus) -> Vec<&'static str> {
        let cases = self.cases(corpus);
        let is_gap = |branch: &&'static str| {
            let fault = Fault::Inverted(branch, Box::new(self.applies));
            cases.iter().all(|case| run(case, &fault).deviations.is_empty())
        };
        BRANCHES.iter().copied().filter(is_gap).collect()
    }
}
