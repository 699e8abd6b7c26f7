//! A server that violates HTTP makes a case `broken`, with the reason, and the other cases still run.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::raw::{Break, Raw};
use common::{LONG, judge};
use crosscheck_corpus::Case;
use crosscheck_results::Verdict;
use crosscheck_runner::subject::{Configurations, InProcess, PolicySupport, Starting};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Selects two cases of the policy `any`: one that triggers the fault, and one that does not.
fn two(case: &Case) -> bool {
    ["policies/any#vary/vary-allowed", "policies/any#vary/root-allowed"].contains(&case.id.as_str())
}

async fn check(how: Break, reason: &str) {
    let server = Raw {
        how,
        requested: Arc::new(Notify::new()),
    };
    let (footer, results) = judge(Arc::new(server), two, LONG).await;
    let [good, bad] = results.as_slice() else {
        panic!("{} cases", results.len())
    };
    assert_eq!(good.verdict, Verdict::Pass, "{good:#?}");
    assert_eq!(bad.verdict, Verdict::Broken, "{bad:#?}");
    let actual = bad.reason.clone().unwrap_or_default();
    assert!(actual.contains(reason), "{how:?}: {actual}");
    assert_eq!(footer.unexpected, ["policies/any#vary/vary-allowed"]);
}

#[tokio::test]
async fn a_closed_connection() {
    check(Break::Closes, "closed before an answer").await;
}

/// Neither server answers a long Origin: one rejects every long header, the other dies of a long Origin only.
#[tokio::test]
async fn a_header_limit_of_the_http_server_is_not_a_crash_of_its_cors_code() {
    for (how, expected) in [
        (Break::ClosesOnLongHeaders, Verdict::Pass),
        (Break::ClosesOnLongOrigins, Verdict::Broken),
    ] {
        let server = Raw {
            how,
            requested: Arc::new(Notify::new()),
        };
        let long = |case: &Case| case.id == "policies/any#alphabet/long";
        let (_, results) = judge(Arc::new(server), long, LONG).await;
        let [result] = results.as_slice() else {
            panic!("{} cases", results.len())
        };
        assert_eq!(result.verdict, expected, "{how:?}: {result:#?}");
    }
}

#[tokio::test]
async fn half_a_head() {
    check(Break::HalfHead, "closed within the answer").await;
}

#[tokio::test]
async fn half_a_body() {
    check(Break::HalfBody, "closed within the answer").await;
}

#[tokio::test]
async fn half_a_chunk() {
    check(Break::HalfChunk, "closed within the answer").await;
}

#[tokio::test]
async fn bytes_that_are_not_http() {
    check(Break::NotHttp, "not HTTP").await;
}

#[tokio::test]
async fn a_nul_in_the_head() {
    check(Break::NulInTheHead, "not HTTP").await;
}

#[tokio::test]
async fn a_hundred_thousand_headers() {
    check(Break::ManyHeaders, "header lines").await;
}

#[tokio::test]
async fn a_long_header() {
    check(Break::LongHeader, "head is longer").await;
}

#[tokio::test]
async fn an_endless_head() {
    check(Break::EndlessHead, "head is longer").await;
}

#[tokio::test]
async fn an_endless_body() {
    check(Break::EndlessBody, "longer than").await;
}

#[tokio::test]
async fn endless_informational_answers() {
    check(Break::EndlessInformation, "longer than").await;
}

/// The clock is paused and only the test advances it, so that a slow machine changes nothing.
#[tokio::test(start_paused = true)]
async fn a_hang() {
    // While a blocking task runs, the paused clock does not advance automatically.
    let (release, released) = std::sync::mpsc::channel::<()>();
    let held = tokio::task::spawn_blocking(move || released.recv());
    let requested = Arc::new(Notify::new());
    let server = Raw {
        how: Break::Hangs,
        requested: Arc::clone(&requested),
    };
    let clock = tokio::spawn(async move {
        requested.notified().await;
        tokio::time::advance(Duration::from_secs(11)).await;
    });
    let (_, results) = judge(Arc::new(server), two, Duration::from_secs(10)).await;
    clock.await.unwrap();
    drop(release);
    let _ = held.await;
    let [good, bad] = results.as_slice() else {
        panic!("{} cases", results.len())
    };
    assert_eq!(good.verdict, Verdict::Pass);
    assert_eq!(bad.verdict, Verdict::Broken);
    assert_eq!(bad.reason.as_deref(), Some("no answer within 10 s"));
}

/// Reports addresses on which no server listens.
struct Down;

impl InProcess for Down {
    fn start<'a>(&'a self, policies: &'a Configurations) -> Starting<'a> {
        Box::pin(async move {
            let mut listeners = BTreeMap::new();
            for id in policies.keys() {
                let socket = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
                listeners.insert(id.clone(), PolicySupport::Ready(socket.local_addr()?));
            }
            Ok(listeners.into())
        })
    }
}

#[tokio::test]
async fn a_server_that_does_not_listen() {
    let (_, results) = judge(Arc::new(Down), two, LONG).await;
    for result in results {
        assert_eq!(result.verdict, Verdict::Broken);
        assert!(
            result.reason.as_deref().is_some_and(|r| r.contains("cannot connect")),
            "{:?}",
            result.reason
        );
    }
}
