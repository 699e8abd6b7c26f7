//! Generations of trials.

use super::trial::Trial;
use crosscheck_corpus::Flag;
use crosscheck_corpus::generate::{PolicyKind, Random, kinds, policy, visits};
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
        let mut trials = Vec::with_capacity(sizes.policies * sizes.visits);
        let turns = turns(&kinds(flags));
        let turns = turns.iter().cycle().skip(number * sizes.policies % turns.len().max(1));
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

/// The kinds in the order in which they take turns. Most faults concern lists, so every third policy is one.
fn turns(kinds: &[PolicyKind]) -> Vec<PolicyKind> {
    let (lists, others): (Vec<PolicyKind>, Vec<PolicyKind>) = kinds.iter().partition(|kind| **kind == PolicyKind::List);
    match (lists.first(), others.as_slice()) {
        (Some(list), []) => vec![*list],
        (Some(list), others) => others
            .chunks(2)
            .flat_map(|two| std::iter::once(list).chain(two))
            .copied()
            .collect(),
        (None, others) => others.to_vec(),
    }
}
