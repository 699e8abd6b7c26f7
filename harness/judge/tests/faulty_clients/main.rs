//! Clients with one wrong line each, on the whole corpus. The right client passes every case, and each fault is noticed.

mod client;
mod faults;
mod hops;
mod inverted;

use client::{Fault, run};
use crosscheck_corpus::Corpus;
use std::path::PathBuf;

fn corpus() -> Corpus {
    Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))])
}

#[test]
fn the_right_client_passes_every_case() {
    let corpus = corpus();
    let mut failed = Vec::new();
    for case in &corpus.cases {
        let judged = run(case, &Fault::Nothing);
        failed.extend(judged.deviations.iter().map(|d| format!("{}: {}", case.id, d.what)));
    }
    assert!(corpus.cases.len() > 2000, "the corpus is there");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_fault_is_noticed_by_a_case() {
    let corpus = corpus();
    let mut unnoticed = Vec::new();
    for (name, fault) in faults::all() {
        let noticed = corpus.cases.iter().filter(|c| !run(c, &fault).deviations.is_empty());
        let noticed = noticed.count();
        println!("{noticed:5} {name}");
        if noticed == 0 {
            unnoticed.push(name);
        }
    }
    assert!(unnoticed.is_empty(), "no case notices:\n{}", unnoticed.join("\n"));
}

/// The branches that no case notices under a condition, as `gaps.txt` lists them.
const GAPS: &str = include_str!("gaps.txt");

#[test]
fn every_branch_is_noticed_under_each_condition_but_for_the_listed_gaps() {
    let corpus = corpus();
    let mut found = String::new();
    for when in inverted::WHENS {
        found.push_str(&format!("[{}]\n", when.name));
        for branch in when.gaps(&corpus) {
            found.push_str(&format!("{branch}\n"));
        }
    }
    let listed: Vec<&str> = GAPS.lines().filter(|l| !l.starts_with('#')).collect();
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found, listed, "found: {found:#?}");
}
