//! A client that is silent: messages state where it is, and a page that never requests its fetches does not end the run.

use super::little::{Habit, run};
use super::raw::Raw;
use super::{TestServer, cases_of};
use crate::client::case_queue::CaseQueue;
use crosscheck_results::Verdict;
use std::time::Instant;

/// Cases `a` to `e` of one page, and `other` of a second one.
fn queue() -> CaseQueue {
    let case = |id: &str, origin: &str| {
        format!(
            "  - id: {id}\n    title: t\n    origin: \"{origin}\"\n    request: {{ url: \"https://api.example/data\" }}\n    \
             exchange: [{{ response: {{ headers: {{ Access-Control-Allow-Origin: \"*\" }} }} }}]\n    expect: {{ type: cors }}\n"
        )
    };
    let mut text: String = ["a", "b", "c", "d", "e"]
        .map(|id| case(id, "https://app.example"))
        .concat();
    text.push_str(&case("other", "https://other.example"));
    CaseQueue::new(&cases_of(&text))
}

fn place(queue: &CaseQueue) -> Option<String> {
    queue.place().map(|place| place.to_string())
}

#[test]
fn the_place_of_a_silent_client_names_the_page_and_cases() {
    for (running, expected) in [
        (
            0,
            "the page https://app.example has not requested its fetches, of which the first is of own#a",
        ),
        (1, "the page https://app.example is running own#a"),
        (3, "the page https://app.example is running own#a, own#b, own#c"),
        (
            5,
            "the page https://app.example is running own#a, own#b, own#c and 2 more",
        ),
    ] {
        let mut queue = queue();
        for n in 0..running {
            queue.hand(n, Instant::now());
        }
        assert_eq!(place(&queue).as_deref(), Some(expected));
    }
}

#[test]
fn a_page_that_requests_nothing_is_given_up_and_the_other_pages_run() {
    let mut queue = queue();
    run(&mut queue, 0, Habit::Good);
    let silent = queue.place().expect("a place");
    let page = silent.unreached().expect("no case runs").clone();
    assert_eq!(queue.give_up(&page, "it is silent"), 4);
    let verdict = |queue: &CaseQueue, n| {
        let ended = queue.ended(n).expect("it has ended");
        crate::client::run::result("little", &ended).verdict
    };
    // The case that had ended keeps its verdict.
    assert_eq!(verdict(&queue, 0), Verdict::Pass);
    assert_eq!(verdict(&queue, 4), Verdict::Broken);
    let next = place(&queue).expect("a place");
    assert!(next.starts_with("the page https://other.example has not"), "{next}");
    run(&mut queue, 5, Habit::Good);
    assert_eq!(place(&queue), None);
}

#[test]
fn a_page_that_runs_a_fetch_is_not_given_up() {
    let mut queue = queue();
    queue.hand(5, Instant::now());
    assert!(queue.place().expect("a place").unreached().is_none());
}

#[tokio::test]
async fn a_client_that_opens_other_pages_than_the_one_it_is_sent_to_is_lost() {
    let server = TestServer::of(
        r#"
  - id: a
    title: t
    request: { url: "http://api.example/data" }
    exchange: [{ response: {} }]
    expect: { type: error }
"#,
    )
    .await;
    for (visits, is_lost) in [(10, false), (1, true)] {
        for _ in 0..visits {
            let body = r#"{"page":"https://elsewhere.example"}"#;
            let head = "POST http://app.example/~/legs HTTP/1.1\r\nHost: app.example\r\nContent-Length: ";
            let request = format!("{head}{}\r\n\r\n{body}", body.len());
            Raw::connect(server.address()).await.request(request).await;
        }
        assert_eq!(server.site.state().lost.is_some(), is_lost);
    }
}
