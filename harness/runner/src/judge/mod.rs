//! The judge of servers: what the answers do to a browser, and the rules that name header text.

mod assertion;
mod cause;
mod effect;
mod headers;
mod slow;
mod vary;
mod vary_preflight;
mod vary_text;

pub(crate) use assertion::{assertions, on_answer};
pub(crate) use cause::header_of;
pub(crate) use effect::{blocks_actual, default_grant, effect, lenient_match, sent_effect};
pub(crate) use headers::{headers, max_age};
pub(crate) use slow::{Cost, slow};
pub(crate) use vary::{askers, vary};
pub(crate) use vary_preflight::{variants, vary_preflight};

use crate::results::Deviation;
use crate::rules::Rule;
use crosscheck_fetch::HeaderList;
use std::collections::BTreeMap;

/// How often each rule was examined.
pub type Examined = BTreeMap<&'static str, usize>;

/// What of a case was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An exchange of a fetch.
    Exchange {
        /// Which fetch.
        run: usize,
        /// Which exchange of it.
        at: usize,
    },
    /// What was asked beside the fetches.
    Record(usize),
}

/// What the judge found in one case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    pub(crate) deviations: Vec<Deviation>,
    pub(crate) examined: Examined,
    /// Where each of the deviations shows.
    pub(crate) places: Vec<Option<Place>>,
    /// What is looked at.
    place: Option<Place>,
    /// Of which fetch.
    run: usize,
}

impl Findings {
    /// What comes is about that fetch.
    pub(crate) fn look_at_run(&mut self, run: usize) {
        self.run = run;
        self.place = None;
    }

    /// What comes is about that exchange of the fetch.
    pub(crate) fn look_at_exchange(&mut self, at: usize) {
        self.place = Some(Place::Exchange { run: self.run, at });
    }

    /// What comes is about that record.
    pub(crate) fn look_at_record(&mut self, at: usize) {
        self.place = Some(Place::Record(at));
    }

    /// A rule looked at something.
    pub(crate) fn examine(&mut self, rule: &Rule) {
        *self.examined.entry(rule.id).or_default() += 1;
    }

    /// A rule is broken. The same words are kept once.
    pub(crate) fn found(&mut self, rule: &Rule, header: &str, what: String) -> Option<&mut Deviation> {
        if self
            .deviations
            .iter()
            .any(|d| d.rule.as_deref() == Some(rule.id) && d.what == what)
        {
            return None;
        }
        self.places.push(self.place);
        self.deviations.push(Deviation {
            rule: Some(rule.id.to_owned()),
            verdict: rule.verdict,
            level: rule.level.to_owned(),
            what,
            cause: if header.is_empty() {
                rule.id.to_owned()
            } else {
                format!("{}/{header}", rule.id)
            },
            ..Deviation::default()
        });
        self.deviations.last_mut()
    }
}

/// The exact value of a header that is a request's Origin, if there is one line of it.
fn origin_of(headers: &HeaderList) -> Option<&[u8]> {
    let mut lines = headers.get_all(b"origin");
    lines.next().filter(|_| lines.next().is_none())
}

/// Whether a request is a preflight: OPTIONS with Origin and Access-Control-Request-Method.
fn is_preflight(method: &[u8], headers: &HeaderList) -> bool {
    method == b"OPTIONS" && headers.contains(b"origin") && headers.contains(b"access-control-request-method")
}
