//! A deviation that was repeated, minimised and folded.

use super::shape::Shape;
use super::symptom::{Behavior, Symptom};
use super::trial::Trial;
use crosscheck_corpus::generate::Alphabet;
use crosscheck_results::{CaseResult, rules};
use std::collections::BTreeSet;

/// Whether a deviation appeared each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stability {
    /// Each time.
    Stable,
    /// Not each time that it was repeated.
    Unstable,
}

/// A cause of deviations, with the smallest trial that shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What the server does wrong.
    pub symptom: Symptom,
    /// What the smallest trial has.
    pub shape: Shape,
    /// How the server responds to it.
    pub behavior: Behavior,
    /// The smallest trial.
    pub trial: Trial,
    /// Its result.
    pub result: CaseResult,
    /// Every operator that shows the deviation in a trial of this shape.
    pub operators: BTreeSet<&'static str>,
    /// Every method that does.
    pub methods: BTreeSet<String>,
    /// How many trials have shown it before they were minimised.
    pub raw: usize,
    /// The generation that showed it first, from 0.
    pub generation: usize,
    /// Whether it appeared each time.
    pub stability: Stability,
}

impl Finding {
    /// Adds a finding of the same cause. The smaller trial is kept.
    pub(super) fn fold(&mut self, other: Self) {
        self.operators.extend(other.operators);
        self.methods.extend(other.methods);
        self.raw += other.raw;
        if (other.shape.alphabet, other.trial.size()) < (self.shape.alphabet, self.trial.size()) {
            self.shape = other.shape;
            self.behavior = other.behavior;
            self.trial = other.trial;
            self.result = other.result;
        }
    }

    /// Whether both have the same cause.
    pub(super) fn is_same_cause(&self, other: &Self) -> bool {
        if self.symptom.verdict != other.symptom.verdict || self.stability != other.stability {
            return false;
        }
        if self.is_advice() || other.is_advice() {
            // How a server treats hosts that no name server knows is one cause, whatever the character.
            return self.shape.alphabet == other.shape.alphabet;
        }
        if [self, other]
            .iter()
            .all(|finding| finding.shape.alphabet == Alphabet::OtherScheme)
        {
            return self.symptom == other.symptom;
        }
        if self.symptom.rule == rules::VARY.id {
            // A missing Vary has the same cause with and without credentials.
            return self.symptom == other.symptom && self.shape.has_same_origins(&other.shape);
        }
        self.symptom == other.symptom && self.behavior == other.behavior && self.shape.is_similar(&other.shape)
    }

    /// Whether only pages whose hosts a private resolver knows send the origin. A deviation for these is no fault.
    #[must_use]
    pub fn is_advice(&self) -> bool {
        self.shape.alphabet == Alphabet::OddHost
    }

    /// Whether a trial with this symptom has all that this finding needs, so that it shows nothing new.
    pub(super) fn explains(&self, symptom: &Symptom, trial: &Trial) -> bool {
        let has_operators = |needed: &[&'static str]| {
            let mut needed = needed.iter();
            needed.all(|operator| trial.visit.requester.operators.contains(operator))
        };
        let operators = &self.trial.visit.requester.operators;
        let by_another = operators.len() == 1 && self.operators.iter().any(|operator| has_operators(&[*operator]));
        *symptom == self.symptom && Shape::of(trial).includes(&self.shape) && (has_operators(operators) || by_another)
    }
}
