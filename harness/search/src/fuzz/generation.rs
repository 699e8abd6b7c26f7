//! Generations of trials.

use super::trial::Trial;
use crosscheck_corpus::Flag;
use crosscheck_corpus::generate::{Random, kinds, policy, visits};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How large a generation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// How many policies it has.
    pub policies: usize,
    /// How many visits there are to each.
    pub visits: usize,
}

/// Trials that are judged in one start of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// The trials.
    pub trials: Vec<Trial>,
}

impl Generation {
    /// The generation of a number, for a subject with these flags. The kinds of policies that the subject can express take turns, so that
    /// each has its share.
    #[must_use]
    pub fn new(seed: u64, subject: &str, number: usize, flags: &BTreeSet<Flag>, sizes: Sizes) -> Self {
        let mut random = Random::new(seed, &format!("{subject}/{number}"));
        let kinds = kinds(flags);
        let mut trials = Vec::with_capacity(sizes.policies * sizes.visits);
        let turns = kinds.iter().cycle().skip(number * sizes.policies % kinds.len().max(1));
        for kind in turns.take(sizes.policies) {
            let policy = Arc::new(policy(&mut random, *kind, flags));
            for visit in visits(&mut random, &policy, sizes.visits) {
                trials.push(Trial {
                    policy: Arc::clone(&policy),
                    visit,
                });
            }
        }
        Self { trials }
    }
}
