//! The corpus notices every branch: with any one branch of the model turned around, some case no longer agrees.

use crosscheck_corpus::{Corpus, replay};
use crosscheck_fetch::invert::{BRANCHES, with_inverted};
use std::path::PathBuf;

#[test]
fn some_case_notices_each_inverted_branch() {
    let corpus = Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))]);
    let cases: Vec<_> = corpus.cases.iter().filter(|c| c.for_clients()).collect();
    let unnoticed: Vec<_> = BRANCHES
        .iter()
        .filter(|branch| with_inverted(branch, || cases.iter().all(|case| replay::mismatches(case).is_empty())))
        .collect();
    assert!(
        unnoticed.is_empty(),
        "no case notices when these are inverted: {unnoticed:#?}"
    );
}

#[test]
fn every_step_that_the_model_names_appears_in_some_trace() {
    let corpus = Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))]);
    let in_model = |id: &str| corpus.catalogue.get(id).is_some_and(|s| s.out_of_model.is_none());
    let mut named = std::collections::BTreeSet::new();
    for case in corpus.cases.iter().filter(|c| c.for_clients()) {
        for fetch in replay::replay(case).fetches {
            named.extend(fetch.trace.events.iter().flat_map(|e| e.steps.iter().copied()));
            named.extend(fetch.outcome.err().iter().flat_map(|e| e.steps().iter().copied()));
        }
    }
    let never: Vec<_> = crosscheck_fetch::Step::ALL
        .iter()
        .filter(|s| !named.contains(*s) && in_model(s.as_str()))
        .collect();
    assert!(
        never.is_empty(),
        "no case of the corpus reaches these steps: {never:#?}"
    );
}
