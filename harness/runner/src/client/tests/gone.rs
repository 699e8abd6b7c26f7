//! The loss of a client: the case that caused it is found, and the other cases go on.

use super::cases_of;
use super::little::{Habit, run};
use crate::client::case_queue::{CaseQueue, End};
use crate::client::origin::Site as _;
use crate::client::run::result;
use crate::client::site::{CaseSite, Pace};
use crate::subject::BrowserPage;
use crosscheck_results::Verdict;
use rustix::io::Errno;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Cases `a` to `d` with two fetches each.
fn queue() -> CaseQueue {
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
    CaseQueue::new(&cases_of(&text))
}

fn report(queue: &mut CaseQueue, n: usize, leg: usize, outcome: serde_json::Value) -> bool {
    let reported = serde_json::from_value(outcome).expect("a report");
    queue.report(n, leg, reported, Instant::now()).is_some()
}

fn verdicts(queue: &CaseQueue) -> Vec<Option<Verdict>> {
    (0..4)
        .map(|n| queue.ended(n).map(|e| result("little", &e).verdict))
        .collect()
}

/// Loses the client with one case until the case counts as the cause.
fn lose_with(queue: &mut CaseQueue, n: usize, how: &str) {
    for _ in 0..3 {
        assert!(queue.hand(n, Instant::now()).is_some(), "the case runs again");
        queue.client_is_gone(how);
    }
}

#[test]
fn a_single_loss_is_an_accident_and_the_case_runs_again_from_the_beginning() {
    for losses in [1, 2] {
        let mut queue = queue();
        let before = queue.progress();
        for _ in 0..losses {
            queue.hand(1, Instant::now());
            report(&mut queue, 1, 0, json!({ "type": "cors" }));
            queue.client_is_gone("a page is lost");
            // It runs alone.
            assert_eq!(queue.waiting(), [1]);
        }
        assert_eq!(queue.progress(), before + losses);
        for n in [1, 0, 2, 3] {
            let result = run(&mut queue, n, Habit::Good);
            assert_eq!(result.verdict, Verdict::Pass, "{losses} losses");
            let lost = result
                .reason
                .as_deref()
                .is_some_and(|reason| reason.contains("was lost"));
            assert_eq!(lost, n == 1, "{losses} losses: {:?}", result.reason);
        }
        assert!(queue.is_done());
    }
}

#[test]
fn a_case_that_loses_the_client_every_time_is_ended_as_broken_and_the_others_go_on() {
    let mut queue = queue();
    run(&mut queue, 0, Habit::Good);
    lose_with(&mut queue, 1, "it crashed");
    assert_eq!(queue.waiting(), [2, 3]);
    assert_eq!(
        queue.ended(1).expect("an end").end,
        Some(&End::Broke("it crashed".to_owned()))
    );
    for n in [2, 3] {
        run(&mut queue, n, Habit::Good);
    }
    assert!(queue.is_done());
    let pass = Some(Verdict::Pass);
    assert_eq!(verdicts(&queue), [pass, Some(Verdict::Broken), pass, pass]);
}

#[test]
fn a_response_that_the_operating_system_does_not_send_ends_its_case_as_broken() {
    let pace = Pace {
        concurrency: 1,
        batch: 1,
        limit: Duration::from_secs(1),
        walks: false,
        page: BrowserPage::Full,
    };
    let site = CaseSite::new(queue(), BTreeSet::new(), pace);
    for n in [0, 1, 3] {
        assert!(site.state().queue.hand(n, Instant::now()).is_some());
    }
    for url in ["https://api.example/~1/data", "https://api.example/unknown"] {
        site.report_unsent(Some(&url.parse().expect("a URL")), &Errno::NOBUFS.into());
    }
    let broken = Some(Verdict::Broken);
    assert_eq!(verdicts(&site.state().queue), [None, broken, None, None]);
    // Of a connection that is being set up, no case is known.
    site.report_unsent(None, &Errno::NOBUFS.into());
    let state = site.state();
    assert_eq!(verdicts(&state.queue), [broken, broken, None, broken]);
    let broken = result("little", &state.queue.ended(1).expect("an end"));
    let reason = broken.reason.expect("a reason");
    assert!(
        reason.starts_with("the operating system could not send a response"),
        "{reason}"
    );
}

#[test]
fn several_suspects_run_alone_until_the_cause_is_found() {
    let mut queue = queue();
    for n in [0, 2, 3] {
        queue.hand(n, Instant::now());
    }
    queue.client_is_gone("it crashed");
    assert_eq!(queue.count().0, 0);
    // Each suspect runs alone, before the case that was not running.
    assert_eq!(queue.waiting(), [0]);
    run(&mut queue, 0, Habit::Good);
    assert_eq!(queue.waiting(), [2]);
    lose_with(&mut queue, 2, "it crashed again");
    assert_eq!(queue.waiting(), [3]);
    run(&mut queue, 3, Habit::Good);
    assert_eq!(queue.waiting(), [1]);
    run(&mut queue, 1, Habit::Good);
    let pass = Some(Verdict::Pass);
    assert_eq!(verdicts(&queue), [pass, pass, Some(Verdict::Broken), pass]);
}

#[test]
fn cases_of_a_lost_client_restart_from_the_beginning() {
    let mut queue = queue();
    queue.hand(0, Instant::now());
    assert!(
        report(&mut queue, 0, 0, json!({ "type": "error" })),
        "the second fetch follows"
    );
    queue.hand(1, Instant::now());
    queue.client_is_gone("it crashed");
    // Nothing of the wrong outcome is left.
    assert_eq!(run(&mut queue, 0, Habit::Good).verdict, Verdict::Pass);
    // A result of the lost client arrives too late.
    assert!(!report(&mut queue, 1, 0, json!({ "type": "error" })));
    assert_eq!(run(&mut queue, 1, Habit::Good).verdict, Verdict::Pass);
}

#[test]
fn losing_a_client_without_running_cases_ends_no_case() {
    let mut queue = queue();
    queue.client_is_gone("it crashed");
    assert_eq!(queue.count(), (0, 4));
    assert_eq!(queue.waiting(), [0, 1, 2, 3]);
}

#[test]
fn a_suspect_that_reports_an_invalid_outcome_or_hangs_does_not_delay_the_others() {
    for outcome in [json!({ "type": "splendid" }), json!({ "type": "error", "hung": true })] {
        let mut queue = queue();
        for n in 0..4 {
            queue.hand(n, Instant::now());
        }
        queue.client_is_gone("it crashed");
        queue.hand(0, Instant::now());
        assert!(!report(&mut queue, 0, 0, outcome.clone()));
        assert_eq!(verdicts(&queue)[0], Some(Verdict::Broken));
        assert_eq!(queue.waiting(), [1], "{outcome}");
        assert!(queue.next_page().is_some());
        for n in 1..4 {
            assert_eq!(run(&mut queue, n, Habit::Good).verdict, Verdict::Pass);
        }
        assert!(queue.is_done() && queue.next_page().is_none());
    }
}

#[test]
fn a_case_that_a_client_cannot_express_is_not_applicable() {
    let mut queue = queue();
    queue.hand(0, Instant::now());
    queue.end(0, End::Unsupported("no streams".to_owned()));
    let result = result("little", &queue.ended(0).expect("an end"));
    assert_eq!(result.verdict, Verdict::NotApplicable);
    assert_eq!(result.reason.as_deref(), Some("no streams"));
}
