//! The cases of a corpus, probes included.

use crosscheck_corpus::policy::Mode;
use crosscheck_corpus::{Case, Corpus, PolicyRef, probes};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Returns every case of a corpus and the probes that its policies imply, sorted by id.
#[must_use]
pub fn all_cases(corpus: &Corpus) -> Vec<Arc<Case>> {
    let mut cases: Vec<Arc<Case>> = corpus.cases.clone();
    for (name, named) in &corpus.policies {
        cases.extend(probes::derive(name, &named.policy).into_iter().map(Arc::new));
    }
    // A corpus without policies has no cases for servers.
    if !corpus.policies.is_empty() {
        let modes = Mode::ALL.into_iter().flat_map(probes::derive_mode);
        cases.extend(modes.map(Arc::new));
    }
    for case in &corpus.cases {
        if let Some(PolicyRef::Inline(policy)) = case.policy() {
            let derived = probes::derive(case.id.as_str(), policy);
            cases.extend(derived.into_iter().map(|mut probe| {
                if let Some(own) = probe.policy_mut() {
                    *own = PolicyRef::Inline(policy.clone());
                }
                Arc::new(probe)
            }));
        }
    }
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    cases
}

/// Returns the ids of every case of a corpus and of its probes; `None` if files of the corpus do not load, so that not all are known.
#[must_use]
pub fn all_ids(corpus: &Corpus) -> Option<BTreeSet<String>> {
    let ids = || all_cases(corpus).iter().map(|case| case.id.to_string()).collect();
    corpus.problems.is_empty().then(ids)
}
