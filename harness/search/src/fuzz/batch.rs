//! The cases of a batch of trials.

use super::trial::{Judged, Trial};
use crosscheck_corpus::Case;
use crosscheck_corpus::policy::Policy;
use crosscheck_corpus::probes::visit_case;
use crosscheck_results::CaseResult;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Trials as cases for the runner. Trials of one policy share a listener.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The cases.
    pub cases: Vec<Arc<Case>>,
    /// The policies by the ids that the cases name.
    pub policies: BTreeMap<String, Arc<Policy>>,
    /// The trial of each case.
    trials: Vec<usize>,
    count: usize,
}

impl Batch {
    /// Makes the cases. A visit of which the policy says nothing has none.
    #[must_use]
    pub fn of(trials: &[Trial]) -> Self {
        let mut batch = Self {
            cases: Vec::with_capacity(trials.len()),
            policies: BTreeMap::new(),
            trials: Vec::with_capacity(trials.len()),
            count: trials.len(),
        };
        let mut last: Option<(&Arc<Policy>, String)> = None;
        for (at, trial) in trials.iter().enumerate() {
            let id = match &last {
                Some((policy, id)) if Arc::ptr_eq(policy, &trial.policy) => id.clone(),
                _ => format!("generated-{:05}", batch.policies.len()),
            };
            // Ids are in the order of the trials, since cases are sorted by id.
            if let Some(case) = visit_case(&id, &trial.policy, &format!("{at:06}"), &trial.visit) {
                batch.cases.push(Arc::new(case));
                batch.trials.push(at);
                batch.policies.insert(id.clone(), Arc::clone(&trial.policy));
            }
            last = Some((&trial.policy, id));
        }
        batch
    }

    /// Returns the outcome of each trial, from the results of the cases, each with the index of its case.
    #[must_use]
    pub fn judged(&self, results: impl IntoIterator<Item = (usize, CaseResult)>) -> Vec<Judged> {
        let mut judged = vec![Judged::NotApplicable("the policy says nothing about the visit".to_owned()); self.count];
        for trial in &self.trials {
            judged[*trial] = Judged::NotJudged;
        }
        for (case, result) in results {
            if let Some(trial) = self.trials.get(case) {
                judged[*trial] = Judged::of(result);
            }
        }
        judged
    }
}
