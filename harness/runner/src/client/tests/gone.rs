//! A client that is gone: who did it, and that the others go on.

use super::cases_of;
use super::little::{Habit, run};
use crate::client::book::{Book, End};
use crate::client::run::result;
use crosscheck_results::Verdict;
use serde_json::json;
use std::time::Instant;

/// Cases `a` to `d`; each asks two times.
fn book() -> Book {
    let text: String = ["a", "b", "c", "d"]
        .map(|id| {
            let fetch = r#"{ url: "https://api.example/data" }"#;
            let share = r#"[{ response: { headers: { Access-Control-Allow-Origin: "*" } } }]"#;
            format!(
                "  - id: {id}\n    title: t\n    request: {fetch}\n    exchange: {share}\n    expect: {{ type: cors }}\n    \
                 then: [{{ request: {fetch}, exchange: {share}, expect: {{ type: cors }} }}]\n"
            )
        })
        .concat();
    Book::new(&cases_of(&text))
}

fn report(book: &mut Book, n: usize, leg: usize, outcome: serde_json::Value) -> bool {
    let reported = serde_json::from_value(outcome).expect("a report");
    book.report(n, leg, reported, Instant::now()).is_some()
}

fn verdicts(book: &Book) -> Vec<Option<Verdict>> {
    (0..4)
        .map(|n| book.ended(n).map(|e| result("little", &e).verdict))
        .collect()
}

#[test]
fn a_single_suspect_is_ended_as_broken_and_the_others_go_on() {
    let mut book = book();
    run(&mut book, 0, Habit::Good);
    book.hand(1, Instant::now());
    book.client_is_gone("it crashed");
    assert_eq!(book.waiting(), [2, 3]);
    assert_eq!(
        book.ended(1).expect("an end").end,
        Some(&End::Broke("it crashed".to_owned()))
    );
    for n in [2, 3] {
        run(&mut book, n, Habit::Good);
    }
    assert!(book.is_done());
    let pass = Some(Verdict::Pass);
    assert_eq!(verdicts(&book), [pass, Some(Verdict::Broken), pass, pass]);
}

#[test]
fn several_suspects_are_asked_alone_until_the_one_is_found() {
    let mut book = book();
    for n in [0, 2, 3] {
        book.hand(n, Instant::now());
    }
    book.client_is_gone("it crashed");
    assert_eq!(book.count().0, 0);
    // Each alone, before the one that was not asked.
    assert_eq!(book.waiting(), [0]);
    run(&mut book, 0, Habit::Good);
    assert_eq!(book.waiting(), [2]);
    book.hand(2, Instant::now());
    book.client_is_gone("it crashed again");
    assert_eq!(book.waiting(), [3]);
    run(&mut book, 3, Habit::Good);
    assert_eq!(book.waiting(), [1]);
    run(&mut book, 1, Habit::Good);
    let pass = Some(Verdict::Pass);
    assert_eq!(verdicts(&book), [pass, pass, Some(Verdict::Broken), pass]);
}

#[test]
fn what_a_lost_client_began_is_asked_from_the_start() {
    let mut book = book();
    book.hand(0, Instant::now());
    assert!(
        report(&mut book, 0, 0, json!({ "type": "error" })),
        "the second fetch follows"
    );
    book.hand(1, Instant::now());
    book.client_is_gone("it crashed");
    // Nothing of the wrong outcome is left.
    assert_eq!(run(&mut book, 0, Habit::Good).verdict, Verdict::Pass);
    // A result of the lost client comes too late.
    assert!(!report(&mut book, 1, 0, json!({ "type": "error" })));
    assert_eq!(run(&mut book, 1, Habit::Good).verdict, Verdict::Pass);
}

#[test]
fn a_client_that_is_gone_with_nothing_in_hand_ends_no_case() {
    let mut book = book();
    book.client_is_gone("it crashed");
    assert_eq!(book.count(), (0, 4));
    assert_eq!(book.waiting(), [0, 1, 2, 3]);
}

#[test]
fn a_suspect_that_answers_nonsense_or_hangs_does_not_hold_up_the_others() {
    for outcome in [json!({ "type": "splendid" }), json!({ "type": "error", "hung": true })] {
        let mut book = book();
        for n in 0..4 {
            book.hand(n, Instant::now());
        }
        book.client_is_gone("it crashed");
        book.hand(0, Instant::now());
        assert!(!report(&mut book, 0, 0, outcome.clone()));
        assert_eq!(verdicts(&book)[0], Some(Verdict::Broken));
        assert_eq!(book.waiting(), [1], "{outcome}");
        assert!(book.next_page().is_some());
        for n in 1..4 {
            assert_eq!(run(&mut book, n, Habit::Good).verdict, Verdict::Pass);
        }
        assert!(book.is_done() && book.next_page().is_none());
    }
}

#[test]
fn a_case_that_a_client_cannot_express_is_not_applicable() {
    let mut book = book();
    book.hand(0, Instant::now());
    book.end(0, End::Unsupported("no streams".to_owned()));
    let result = result("little", &book.ended(0).expect("an end"));
    assert_eq!(result.verdict, Verdict::NotApplicable);
    assert_eq!(result.reason.as_deref(), Some("no streams"));
}
