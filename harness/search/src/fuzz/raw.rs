//! A deviation that is being repeated and minimised.

use super::finding::{Finding, Stability};
use super::shape::Shape;
use super::symptom::{Behavior, Symptom};
use super::trial::{Judged, Trial};
use crosscheck_corpus::Facet;
use crosscheck_corpus::generate::{Visit, related_visits, simpler_policies, simpler_visits};
use crosscheck_results::{CaseResult, Deviation};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is simplified now. The visit comes first, since its steps share a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Visit,
    Policy,
    /// The origin, as a change of the only listed origin.
    Base,
    Done,
}

impl Part {
    const fn next(self) -> Self {
        match self {
            Self::Visit => Self::Policy,
            Self::Policy => Self::Base,
            Self::Base | Self::Done => Self::Done,
        }
    }
}

/// A deviation, and the smallest trial that has shown it so far.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub(super) symptom: Symptom,
    pub(super) trial: Trial,
    result: CaseResult,
    part: Part,
    /// How many trials have shown it.
    pub(super) count: usize,
    pub(super) generation: usize,
    pub(super) stability: Stability,
    /// How many rounds have simplified it.
    rounds: usize,
}

/// After so many rounds, a deviation is as small as it gets.
const MAX_ROUNDS: usize = 40;

impl Raw {
    pub(super) const fn new(symptom: Symptom, trial: Trial, result: CaseResult, generation: usize) -> Self {
        Self {
            symptom,
            trial,
            result,
            part: Part::Visit,
            count: 1,
            generation,
            stability: Stability::Stable,
            rounds: 0,
        }
    }

    /// Adds another trial that has shown the deviation.
    pub(super) fn add(&mut self, trial: Trial, result: CaseResult) {
        self.count += 1;
        if trial.size() < self.trial.size() {
            self.trial = trial;
            self.result = result;
        }
    }

    /// Whether a result shows the deviation, too.
    pub(super) fn is_shown_by(&self, judged: &Judged) -> bool {
        match judged {
            Judged::Result(result) => result
                .deviations
                .iter()
                .filter_map(Symptom::of)
                .any(|s| s == self.symptom),
            Judged::NotApplicable(_) | Judged::NotJudged => false,
        }
    }

    /// The simpler trials of the next round; none if it cannot be simplified further.
    pub(super) fn simpler(&mut self) -> Vec<Trial> {
        if self.rounds >= MAX_ROUNDS {
            self.part = Part::Done;
        }
        loop {
            let trials = match self.part {
                Part::Visit => {
                    let is_related = |visit: &Visit| {
                        self.trial.policy.origins.facet(&visit.requester.base) != Facet::MustNot
                            || visit.requester.base == self.trial.visit.requester.base
                    };
                    let visits = simpler_visits(&self.trial.visit).into_iter();
                    self.of_visits(visits.filter(is_related).collect())
                }
                Part::Policy => simpler_policies(&self.trial.policy, &self.trial.visit)
                    .into_iter()
                    .map(|(policy, visit)| Trial {
                        policy: Arc::new(policy),
                        visit,
                    })
                    .collect(),
                Part::Base => self.of_visits(related_visits(&self.trial.policy, &self.trial.visit)),
                Part::Done => return Vec::new(),
            };
            if !trials.is_empty() {
                return trials;
            }
            self.part = self.part.next();
        }
    }

    fn of_visits(&self, visits: Vec<Visit>) -> Vec<Trial> {
        let policy = &self.trial.policy;
        let visits = visits.into_iter();
        visits
            .map(|visit| Trial {
                policy: Arc::clone(policy),
                visit,
            })
            .collect()
    }

    /// Takes the smallest of the trials of a round that show the deviation.
    pub(super) fn simplify(&mut self, round: Vec<(Trial, Judged)>) {
        self.rounds += 1;
        let shown = round.into_iter().filter(|(_, judged)| self.is_shown_by(judged));
        let size = self.trial.size();
        // A base that the policy lists is always better than one that it does not list.
        let smaller = shown.filter(|(trial, _)| self.part == Part::Base || trial.size() < size);
        let smallest = smaller.min_by_key(|(trial, _)| trial.size());
        if let Some((trial, Judged::Result(result))) = smallest {
            self.trial = trial;
            self.result = *result;
            // What is related to the listed origin is not related to it in a simpler way.
            if self.part == Part::Base {
                self.part = Part::Done;
            }
        } else {
            self.part = self.part.next();
        }
    }

    pub(super) fn into_finding(mut self) -> Finding {
        // A report is about the first deviation. A trial may have others, too.
        let is_other = |deviation: &Deviation| Symptom::of(deviation).as_ref() != Some(&self.symptom);
        self.result.deviations.sort_by_key(is_other);
        let requester = &self.trial.visit.requester;
        let first = self.trial.visit.requests.first();
        Finding {
            shape: Shape::of(&self.trial),
            behavior: Behavior::of(&self.result, &self.symptom, &requester.origin),
            operators: requester.operators.iter().copied().collect(),
            methods: first
                .map(|request| request.method.clone())
                .into_iter()
                .collect::<BTreeSet<_>>(),
            raw: self.count,
            generation: self.generation,
            stability: self.stability,
            symptom: self.symptom,
            trial: self.trial,
            result: self.result,
        }
    }
}
