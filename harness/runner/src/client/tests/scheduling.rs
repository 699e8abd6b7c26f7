//! The order of cases: no other case disturbs what a client caches between the fetches of one case.

use super::cases_of;
use super::little::{Habit, run};
use crate::client::case_queue::CaseQueue;
use crate::client::page::PageKey;
use serde_json::json;
use std::time::Instant;

const CONCURRENCY: usize = 6;

/// A case of some fetches: the page of each, and how long it waits.
fn case(id: &str, fetches: &[(&str, u64)]) -> String {
    let one = |(page, after): &(&str, u64)| {
        let after = if *after > 0 {
            format!("after: {after}, ")
        } else {
            String::new()
        };
        format!(
            "{after}origin: \"https://{page}.example\", request: {{ url: \"https://api.example/data\" }}, \
             exchange: [{{ response: {{ headers: {{ Access-Control-Allow-Origin: \"*\" }} }} }}], expect: {{ type: cors }}"
        )
    };
    let then: Vec<String> = fetches.iter().skip(1).map(|f| format!("{{ {} }}", one(f))).collect();
    let then = if then.is_empty() {
        String::new()
    } else {
        format!(", then: [{}]", then.join(", "))
    };
    format!("  - {{ id: {id}, title: t, {}{then} }}\n", one(&fetches[0]))
}

fn queue(cases: &[(&str, &[(&str, u64)])]) -> CaseQueue {
    let text: String = cases.iter().map(|(id, fetches)| case(id, fetches)).collect();
    CaseQueue::new(&cases_of(&text))
}

/// One visit: its page, its cases, and the number of fetches in flight.
type Visit = (String, Vec<String>, usize);

/// Simulates a visit: reports an outcome for each of its fetches, and for those that follow on the same page.
fn visit(queue: &mut CaseQueue) -> Option<Visit> {
    let page = queue.next_page()?;
    let concurrency = queue.concurrency(CONCURRENCY);
    let handed = queue.hand_out(&page, 600, Instant::now());
    for first in &handed {
        let mut leg = Some(first.clone());
        while let Some(handed) = leg {
            let outcome = serde_json::from_value(json!({ "type": "error" })).expect("a report");
            leg = queue.report(handed.n, handed.leg, outcome, Instant::now());
        }
    }
    let shown = page.name().replace("https://", "").replace(".example", "");
    let id = |n: usize| {
        queue
            .case(n)
            .map_or_else(String::new, |c| c.id.as_str().replace("own#", ""))
    };
    Some((shown, handed.iter().map(|h| id(h.n)).collect(), concurrency))
}

fn visits(cases: &[(&str, &[(&str, u64)])]) -> Vec<Visit> {
    let mut queue = queue(cases);
    let visits = std::iter::from_fn(|| visit(&mut queue)).take(100).collect();
    assert!(queue.is_done());
    visits
}

#[test]
fn cases_that_depend_on_caches_run_first_and_alone() {
    let got = visits(&[
        ("once", &[("a", 0)]),
        ("twice", &[("a", 0), ("a", 0)]),
        ("once-elsewhere", &[("b", 0)]),
        ("waits", &[("b", 0), ("b", 3)]),
        ("there-and-back", &[("a", 0), ("b", 0), ("a", 0)]),
        ("thrice", &[("a", 0), ("a", 0), ("a", 0)]),
        ("there", &[("b", 0), ("a", 0)]),
        ("waits-too", &[("b", 0), ("b", 1)]),
    ]);
    let expected: [(&str, &[&str], usize); 9] = [
        // Waiting cases run concurrently.
        ("b", &["waits", "waits-too"], CONCURRENCY),
        // A case on several pages runs until it has ended.
        ("b", &["there"], 1),
        ("a", &["there"], 1),
        ("a", &["there-and-back"], 1),
        ("b", &["there-and-back"], 1),
        ("a", &["there-and-back"], 1),
        // These cases run one after the other.
        ("a", &["thrice", "twice"], 1),
        ("a", &["once"], CONCURRENCY),
        ("b", &["once-elsewhere"], CONCURRENCY),
    ];
    let expected = expected.map(|(page, ids, concurrency)| {
        let ids = ids.iter().map(ToString::to_string).collect();
        (page.to_owned(), ids, concurrency)
    });
    assert_eq!(got, expected);
}

#[test]
fn no_visit_has_more_waiting_cases_than_fit_into_the_smallest_cache() {
    let ids: Vec<String> = (0..120).map(|i| format!("w{i}")).collect();
    let cases: Vec<(&str, &[(&str, u64)])> = ids.iter().map(|id| (id.as_str(), &[("a", 0), ("a", 1)][..])).collect();
    let sizes: Vec<usize> = visits(&cases).iter().map(|v| v.1.len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
}

#[test]
fn a_suspect_runs_alone_whatever_its_class() {
    let mut queue = queue(&[("a", &[("a", 0)]), ("b", &[("a", 0)]), ("c", &[("a", 0), ("a", 3)])]);
    let page = PageKey::Plain("https://a.example".to_owned());
    queue.hand(0, Instant::now());
    queue.hand(1, Instant::now());
    queue.client_is_gone("it crashed");
    assert_eq!(queue.next_page(), Some(page.clone()));
    assert_eq!(queue.concurrency(CONCURRENCY), 1);
    for _ in 0..3 {
        let handed: Vec<usize> = queue.hand_out(&page, 600, Instant::now()).iter().map(|h| h.n).collect();
        assert_eq!(handed, [0]);
        // No other case runs until it has ended.
        assert!(queue.hand_out(&page, 600, Instant::now()).is_empty());
        queue.client_is_gone("it crashed again");
    }
    run(&mut queue, 1, Habit::Good);
    assert_eq!(queue.concurrency(CONCURRENCY), CONCURRENCY);
    assert_eq!(queue.count().0, 2);
}
