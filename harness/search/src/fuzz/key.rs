//! What distinguishes deviations before they are minimised.

use super::shape::Shape;
use super::symptom::Symptom;
use super::trial::Trial;

/// Of trials with the same key, only the smallest is minimised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RawKey {
    symptom: Symptom,
    shape: Shape,
    operators: Vec<&'static str>,
}

impl RawKey {
    pub(super) fn new(symptom: Symptom, trial: &Trial) -> Self {
        let mut operators = trial.visit.requester.operators.clone();
        operators.sort_unstable();
        operators.dedup();
        Self {
            symptom,
            shape: Shape::of(trial),
            operators,
        }
    }
}
