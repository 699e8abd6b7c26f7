//! Whose turn it is: what a client keeps between the fetches of one case is not disturbed by another.

use super::cases_of;
use super::little::{Habit, run};
use crate::client::book::Book;
use crate::client::page::PageKey;
use serde_json::json;
use std::time::Instant;

const LANES: usize = 6;

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

fn book(cases: &[(&str, &[(&str, u64)])]) -> Book {
    let text: String = cases.iter().map(|(id, fetches)| case(id, fetches)).collect();
    Book::new(&cases_of(&text))
}

/// What one visit takes: the page, the cases, and how many fetches are in flight.
type Visit = (String, Vec<String>, usize);

/// A visit; each of its fetches has an outcome, and what follows on the same page too.
fn visit(book: &mut Book) -> Option<Visit> {
    let page = book.next_page()?;
    let lanes = book.lanes(LANES);
    let handed = book.hand_out(&page, 600, Instant::now());
    for first in &handed {
        let mut leg = Some(first.clone());
        while let Some(handed) = leg {
            let outcome = serde_json::from_value(json!({ "type": "error" })).expect("a report");
            leg = book.report(handed.n, handed.leg, outcome, Instant::now());
        }
    }
    let shown = page.name().replace("https://", "").replace(".example", "");
    let id = |n: usize| book.case(n).map_or_else(String::new, |c| c.id.replace("own#", ""));
    Some((shown, handed.iter().map(|h| id(h.n)).collect(), lanes))
}

fn visits(cases: &[(&str, &[(&str, u64)])]) -> Vec<Visit> {
    let mut book = book(cases);
    let visits = std::iter::from_fn(|| visit(&mut book)).take(100).collect();
    assert!(book.is_done());
    visits
}

#[test]
fn what_rests_on_caches_comes_first_and_alone() {
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
    let wanted: [(&str, &[&str], usize); 9] = [
        // Those that wait pass the time together.
        ("b", &["waits", "waits-too"], LANES),
        // One that travels goes on until it has ended.
        ("b", &["there"], 1),
        ("a", &["there"], 1),
        ("a", &["there-and-back"], 1),
        ("b", &["there-and-back"], 1),
        ("a", &["there-and-back"], 1),
        // One after the other.
        ("a", &["thrice", "twice"], 1),
        ("a", &["once"], LANES),
        ("b", &["once-elsewhere"], LANES),
    ];
    let wanted = wanted.map(|(page, ids, lanes)| {
        let ids = ids.iter().map(ToString::to_string).collect();
        (page.to_owned(), ids, lanes)
    });
    assert_eq!(got, wanted);
}

#[test]
fn no_visit_has_more_waiting_than_the_smallest_cache_holds() {
    let ids: Vec<String> = (0..120).map(|i| format!("w{i}")).collect();
    let cases: Vec<(&str, &[(&str, u64)])> = ids.iter().map(|id| (id.as_str(), &[("a", 0), ("a", 1)][..])).collect();
    let sizes: Vec<usize> = visits(&cases).iter().map(|v| v.1.len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
}

#[test]
fn a_suspect_is_asked_alone_whatever_its_turn() {
    let mut book = book(&[("a", &[("a", 0)]), ("b", &[("a", 0)]), ("c", &[("a", 0), ("a", 3)])]);
    let page = PageKey::Plain("https://a.example".to_owned());
    book.hand(0, Instant::now());
    book.hand(1, Instant::now());
    book.client_is_gone("it crashed");
    assert_eq!(book.next_page(), Some(page.clone()));
    assert_eq!(book.lanes(LANES), 1);
    let handed: Vec<usize> = book.hand_out(&page, 600, Instant::now()).iter().map(|h| h.n).collect();
    assert_eq!(handed, [0]);
    // Nobody else until it has ended.
    assert!(book.hand_out(&page, 600, Instant::now()).is_empty());
    book.client_is_gone("it crashed again");
    run(&mut book, 1, Habit::Good);
    assert_eq!(book.lanes(LANES), LANES);
    assert_eq!(book.count().0, 2);
}
