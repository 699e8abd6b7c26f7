//! What the judge finds in one case.

use crosscheck_results::{Deviation, Rule};
use std::collections::BTreeMap;

/// How often each rule was examined.
pub type Examined = BTreeMap<&'static str, usize>;

/// The exchange of a case that shows a deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An exchange of a fetch.
    Exchange {
        /// Which fetch.
        run: usize,
        /// Which exchange of it.
        at: usize,
    },
    /// An exchange that the harness made beside the fetches, such as a second requester.
    Record(usize),
}

/// What the judge found in one case.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The deviations, in the order in which they were found.
    pub deviations: Vec<Deviation>,
    /// How often each rule was examined.
    pub examined: Examined,
    /// The exchange that shows each deviation.
    pub places: Vec<Option<Place>>,
    /// The exchange that is being judged.
    place: Option<Place>,
    /// The fetch that is being judged.
    run: usize,
}

impl Findings {
    /// States that the next findings are about a fetch.
    pub fn look_at_run(&mut self, run: usize) {
        self.run = run;
        self.place = None;
    }

    /// States that the next findings are about an exchange of the current fetch.
    pub fn look_at_exchange(&mut self, at: usize) {
        self.place = Some(Place::Exchange { run: self.run, at });
    }

    /// States that the next findings are about a record.
    pub fn look_at_record(&mut self, at: usize) {
        self.place = Some(Place::Record(at));
    }

    /// Counts that a rule examined something.
    pub fn examine(&mut self, rule: &Rule) {
        *self.examined.entry(rule.id).or_default() += 1;
    }

    /// Adds a deviation of a rule. The same statement of the same rule is kept once.
    pub fn found(&mut self, rule: &Rule, header: &str, what: String) -> Option<&mut Deviation> {
        if self
            .deviations
            .iter()
            .any(|d| d.rule.as_deref() == Some(rule.id) && d.what == what)
        {
            return None;
        }
        self.places.push(self.place);
        let header = (!header.is_empty()).then_some(header);
        self.deviations.push(Deviation::of_rule(rule, header, what));
        self.deviations.last_mut()
    }
}
