//! The events that led to an outcome. Tracing is a type parameter: [`Off`] costs nothing.

use crate::algorithm::Algorithm;
use crate::reason::Reason;
use crate::step_list::StepList;
use crate::steps::Step;

/// The result of a branch of an algorithm, and the steps that it rests on. The branch itself builds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) algorithm: Algorithm,
    pub(crate) reason: Reason,
    pub(crate) steps: StepList,
}

impl Finding {
    pub(crate) fn new(algorithm: Algorithm, reason: impl Into<Reason>) -> Self {
        Self {
            algorithm,
            reason: reason.into(),
            steps: StepList::new(),
        }
    }

    /// Adds a step on which the result rests: a model that misread the step would get another result here.
    #[must_use]
    pub(crate) fn on(mut self, step: Step) -> Self {
        self.steps.add(step);
        self
    }

    /// Adds a step, if `holds`.
    #[must_use]
    pub(crate) fn on_if(self, holds: bool, step: Step) -> Self {
        if holds { self.on(step) } else { self }
    }

    /// Adds several steps.
    #[must_use]
    pub(crate) fn on_all(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        steps.into_iter().for_each(|step| self.steps.add(step));
        self
    }
}

/// One event: a branch of an algorithm was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The reason of the branch. Its `Display` is a sentence with escaped bytes, for users; programs must use the variant only.
    pub reason: Reason,
    /// The catalogue's steps that the branch rests on, the most specific first. A model that misread one of
    /// them would have taken another branch here.
    pub steps: StepList,
    /// The exchange that the event belongs to: the index on the wire, from 0.
    pub exchange: Option<usize>,
    /// Whether this is the event that decided the outcome.
    pub decisive: bool,
}

/// The events of one fetch, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The events.
    pub events: Vec<Event>,
}

impl Trace {
    /// The event that decided the outcome.
    #[must_use]
    pub fn deciding(&self) -> Option<&Event> {
        self.events.iter().rev().find(|e| e.decisive)
    }
}

/// A receiver of events.
pub trait Tracer: Default {
    /// Whether events are recorded; if not, they are not even built.
    const ON: bool;
    /// Records an event.
    fn record(&mut self, event: Event);
    /// Returns the events; empty if none are recorded.
    fn into_trace(self) -> Trace;
}

/// The capacity for the events of a usual fetch with a preflight.
const USUAL_EVENTS: usize = 24;

/// No trace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Off;

impl Tracer for Off {
    const ON: bool = false;
    fn record(&mut self, _: Event) {}
    fn into_trace(self) -> Trace {
        Trace::default()
    }
}

impl Tracer for Trace {
    const ON: bool = true;
    fn record(&mut self, event: Event) {
        if self.events.is_empty() {
            self.events.reserve(USUAL_EVENTS);
        }
        if event.decisive {
            for earlier in &mut self.events {
                earlier.decisive = false;
            }
        }
        self.events.push(event);
    }
    fn into_trace(self) -> Trace {
        self
    }
}
