//! Lint checks `decided_by`: a step other than the deciding one is an error.

use crosscheck_corpus::{Case, Corpus, replay};
use crosscheck_fetch::{ONE_BRANCH, ResponseType, Step, are_one_branch};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

/// Each case whose `decided_by` was one of several steps that an event used to list, with those steps.
const SHARED_EVENTS: &str = include_str!("data/shared-events.txt");

fn corpus() -> Corpus {
    Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))])
}

/// Case, index of the fetch, and the steps of its event as they were.
fn shared_events() -> Vec<(&'static str, usize, Vec<Step>)> {
    let mut found = Vec::new();
    let mut steps = Vec::new();
    for line in SHARED_EVENTS.lines().filter(|l| !l.starts_with('#')) {
        if let Some(list) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            steps = list.split(' ').map(|id| id.parse().expect("a step")).collect();
        } else {
            let (id, fetch) = line.split_once(' ').expect("an id and a fetch");
            found.push((id, fetch.parse().expect("a number"), steps.clone()));
        }
    }
    found
}

/// Whether the model disagrees with the case if its `decided_by` is this step.
fn is_reported(case: &Case, fetch: usize, step: Step) -> bool {
    let mut case = case.clone();
    case.fetches_mut()[fetch].expect.decided_by = Some(step.as_str().into());
    replay::mismatches(&case).iter().any(|m| m.decided_by.is_some())
}

fn decided_by(case: &Case, fetch: usize) -> Option<Step> {
    case.fetches()
        .get(fetch)?
        .expect
        .decided_by
        .as_ref()?
        .as_str()
        .parse()
        .ok()
}

#[derive(Default)]
struct Tally {
    all: usize,
    missed: BTreeMap<(Step, Step), usize>,
}

impl Tally {
    fn count(&mut self, own: Step, other: Step, reported: bool) {
        self.all += 1;
        if !reported {
            *self.missed.entry((own, other)).or_default() += 1;
        }
    }

    #[track_caller]
    fn at_least_nine_in_ten(&self, of: usize) {
        let missed: usize = self.missed.values().sum();
        println!("{} of {} reported", self.all - missed, self.all);
        assert!(self.all >= of, "only {} were replaced", self.all);
        assert!(
            missed * 10 <= self.all,
            "{missed} of {} are not reported: {:#?}",
            self.all,
            self.missed
        );
    }
}

#[test]
fn a_step_that_once_shared_the_deciding_event_is_reported_in_decided_by() {
    let corpus = corpus();
    let by_id: HashMap<&str, &Case> = corpus.cases.iter().map(|c| (c.id.as_str(), &**c)).collect();
    let mut tally = Tally::default();
    let mut one_branch = 0;
    for (id, fetch, steps) in shared_events() {
        // A case that was renamed or no longer has `decided_by` has no step to replace.
        let Some((case, own)) = by_id.get(id).and_then(|c| Some((*c, decided_by(c, fetch)?))) else {
            continue;
        };
        for other in steps.into_iter().filter(|s| *s != own) {
            if are_one_branch(own, other) {
                one_branch += 1;
                continue;
            }
            tally.count(own, other, is_reported(case, fetch, other));
        }
    }
    println!("{one_branch} are one branch with the deciding step");
    tally.at_least_nine_in_ten(1500);
}

#[test]
fn another_step_of_the_trace_is_reported_in_decided_by() {
    let corpus = corpus();
    let mut seed = 20_u64;
    let mut tally = Tally::default();
    for case in corpus.cases.iter().filter(|c| c.for_clients()) {
        for (index, fetch) in replay::replay(case).fetches.iter().enumerate() {
            let Some(own) = decided_by(case, index) else { continue };
            let steps: BTreeSet<Step> = fetch
                .trace
                .events
                .iter()
                .flat_map(|e| e.steps.iter().copied())
                .collect();
            let others: Vec<Step> = steps
                .into_iter()
                .filter(|s| *s != own && !are_one_branch(own, *s))
                .collect();
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let Some(at) = usize::try_from(seed >> 33)
                .ok()
                .and_then(|n| n.checked_rem(others.len()))
            else {
                continue;
            };
            tally.count(own, others[at], is_reported(case, index, others[at]));
        }
    }
    tally.at_least_nine_in_ten(600);
}

#[test]
fn each_pair_of_one_branch_shares_a_deciding_event() {
    let corpus = corpus();
    let mut left: BTreeSet<(Step, Step)> = ONE_BRANCH.iter().map(|(a, b, _)| (*a, *b)).collect();
    for case in corpus.cases.iter().filter(|c| c.for_clients()) {
        for fetch in replay::replay(case).fetches {
            let refused = fetch.outcome.is_ok_and(|o| o.response_type == ResponseType::Error);
            if let Some(event) = fetch.trace.deciding().filter(|_| refused) {
                left.retain(|(a, b)| !(event.steps.contains(a) && event.steps.contains(b)));
            }
        }
    }
    assert!(left.is_empty(), "no event rests on both: {left:?}");
}

#[test]
fn a_wrong_step_is_an_error_at_its_place() {
    let text = "\
title: t
defaults: { origin: https://app.test, request: { url: https://api.test/x } }
cases:
  - id: one
    title: a refusal
    steps: [cors-check/exact-origin]
    exchange: [{ response: { status: 200 } }]
    expect: { type: error, decided_by: cors-check/exact-origin }
  - id: rows
    title: another
    steps: [cors-check/missing-acao]
    exchange: [{ response: { status: 200 } }]
    expect: { type: error, decided_by: \"${step}\" }
    rows:
      - { id: right, step: cors-check/missing-acao }
      - { id: wrong, step: syntax/acao }
";
    let corpus = Corpus::from_text("topic/file", text, BTreeMap::new());
    assert!(corpus.problems.is_empty(), "{:?}", corpus.problems);
    let found: Vec<_> = crosscheck_corpus::lint(&corpus)
        .into_iter()
        .filter(|d| d.message.contains("decided by"))
        .map(|d| (d.line, d.column, d.message))
        .collect();
    let message = |id: &str, step: &str| {
        format!(
            "the model disagrees with topic/file#{id}: decided by [cors-check/missing-acao], not by {step} (decided by CORS check: failure: Access-Control-Allow-Origin is absent [cors-check/missing-acao])"
        )
    };
    assert_eq!(
        found,
        [
            (8, 40, message("one", "cors-check/exact-origin")),
            (16, 28, message("rows/wrong", "syntax/acao")),
        ]
    );
}
