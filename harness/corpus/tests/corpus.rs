//! The corpus of the project loads, and the model agrees with every case.

use crosscheck_corpus::{Corpus, replay};
use std::fmt::Write as _;
use std::path::PathBuf;

fn cases() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))
}

#[test]
fn every_file_of_the_corpus_loads() {
    let corpus = Corpus::load(&[cases()]);
    let report: String = corpus
        .problems
        .iter()
        .map(|p| p.render(&corpus.sources, false) + "\n\n")
        .collect();
    assert!(corpus.problems.is_empty(), "{}\n{report}", corpus.problems.len());
    assert!(!corpus.cases.is_empty());
}

#[test]
fn the_model_agrees_with_every_case() {
    let corpus = Corpus::load(&[cases()]);
    let mut report = String::new();
    let mut wrong = 0;
    for case in corpus.cases.iter().filter(|c| c.for_clients()) {
        let mismatches = replay::mismatches(case);
        let at = case.at().expect("a written case");
        wrong += usize::from(!mismatches.is_empty());
        for mismatch in mismatches {
            let _ = writeln!(report, "{at} {}\n    {mismatch}", case.id);
        }
    }
    assert!(
        wrong == 0,
        "{wrong} of {} cases disagree with the model:\n{report}",
        corpus.cases.len()
    );
}

#[test]
fn the_corpus_has_no_lint() {
    let corpus = Corpus::load(&[cases()]);
    let found = crosscheck_corpus::lint(&corpus);
    let report: String = found
        .iter()
        .map(|p| p.render(&corpus.sources, false) + "\n\n")
        .collect();
    assert!(found.is_empty(), "{}\n{report}", found.len());
}
