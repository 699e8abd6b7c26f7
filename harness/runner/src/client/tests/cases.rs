//! Tests the server with cases: the response to a request for a case, and what is recorded of it.

use super::TestServer;
use super::raw::Raw;
use serde_json::{Value, json};
use std::time::Instant;

const RAW: &str = r#"
  - id: a
    title: raw bytes
    request: { url: "http://api.example/data" }
    exchange:
      - response: { raw: "HTTP/1.1 200 OK\r\naccess-control-allow-origin:\t*\r\nX: \xFF\x01\r\n\r\nbody" }
    expect: { type: error }
"#;

const CLOSES: &str = r#"
  - id: a
    title: the connection fails
    request: { url: "http://api.example/data" }
    exchange: [{ response: { fail: close } }]
    expect: { type: error }
"#;

const PUT: &str = r#"
  - id: a
    title: a preflight first
    request: { url: "http://api.example/data", method: PUT }
    exchange:
      - request: { method: OPTIONS }
        response: { headers: { Access-Control-Allow-Origin: "*", Access-Control-Allow-Methods: PUT } }
      - request: { method: PUT }
        response: { headers: { Access-Control-Allow-Origin: "*" } }
    expect: { type: cors, status: 200 }
"#;

const SOCKET: &str = r#"
  - id: a
    title: a WebSocket
    request: { url: "ws://api.example/socket", via: websocket }
    exchange:
      - response: { status: 101, headers: { Upgrade: websocket, Connection: Upgrade } }
    expect: { type: basic }
"#;

fn get(path: &str) -> String {
    format!("GET http://api.example{path} HTTP/1.1\r\nHost: api.example\r\nReferer: http://app.example/~0/x\r\n\r\n")
}

async fn post(context: &TestServer, path: &str, body: &str) -> (String, Value) {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: api.example\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (head, body) = Raw::connect(context.address()).await.request(request).await;
    (head, serde_json::from_slice(&body).expect("JSON"))
}

/// The requests of the only case, once its fetch has ended.
fn sent(context: &TestServer) -> Vec<String> {
    let mut state = context.site.state();
    state.queue.hand(0, Instant::now());
    let error = serde_json::from_value(json!({ "type": "error" })).expect("a report");
    state.queue.report(0, 0, error, Instant::now());
    let ended = state.queue.ended(0).expect("the case has ended");
    let requests = ended.requests.iter().flat_map(|r| r.iter());
    requests
        .map(|r| String::from_utf8_lossy(&r.sent).into_owned())
        .collect()
}

#[tokio::test]
async fn a_request_for_a_case_gets_exactly_its_bytes_and_is_recorded_without_the_prefix() {
    let context = TestServer::of(RAW).await;
    let mut client = Raw::connect(context.address()).await;
    client.send(get("/~0/data")).await;
    let all = client.rest().await.expect("a close");
    assert_eq!(
        all,
        b"HTTP/1.1 200 OK\r\naccess-control-allow-origin:\t*\r\nX: \xFF\x01\r\n\r\nbody"
    );
    assert_eq!(sent(&context), [get("/data").replace("/~0/x", "/x")]);
    assert!(context.unknown_requests().is_empty());
}

#[tokio::test]
async fn an_unexpected_request_gets_599_without_cors() {
    let context = TestServer::of(PUT).await;
    let (head, _) = Raw::connect(context.address()).await.request(get("/~0/data")).await;
    assert!(head.starts_with("HTTP/1.1 599"), "{head}");
    assert!(!head.to_lowercase().contains("access-control"), "{head}");
    assert_eq!(sent(&context).len(), 1);
}

#[tokio::test]
async fn a_path_of_no_case_gets_502_and_is_recorded_separately() {
    let context = TestServer::of(PUT).await;
    for path in ["/~1/data", "/data", "/~0x", "/~99999999999999999999/"] {
        let (head, _) = Raw::connect(context.address()).await.request(get(path)).await;
        assert!(head.starts_with("HTTP/1.1 502"), "{path}: {head}");
    }
    assert!(sent(&context).is_empty());
    assert_eq!(context.unknown_requests().len(), 4, "{:?}", context.unknown_requests());
}

#[tokio::test]
async fn a_retry_after_a_failed_connection_is_not_a_second_request() {
    let context = TestServer::of(CLOSES).await;
    for _ in 0..3 {
        let mut client = Raw::connect(context.address()).await;
        client.send(get("/~0/data")).await;
        assert_eq!(client.rest().await.expect("a close"), b"");
    }
    assert_eq!(sent(&context).len(), 1);
}

#[tokio::test]
async fn a_different_request_after_a_failed_connection_counts() {
    let context = TestServer::of(CLOSES).await;
    for path in ["/~0/data", "/~0/data?again"] {
        let mut client = Raw::connect(context.address()).await;
        client
            .send(get(path).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
            .await;
        let _ = client.rest().await;
    }
    assert_eq!(sent(&context).len(), 2);
}

#[tokio::test]
async fn a_reset_of_a_case_is_a_reset() {
    let context = TestServer::of(&CLOSES.replace("close", "reset")).await;
    let mut client = Raw::connect(context.address()).await;
    client.send(get("/~0/data")).await;
    let error = client.rest().await.expect_err("no close");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(sent(&context).len(), 1);
}

#[tokio::test]
async fn endless_requests_are_cut_off() {
    let context = TestServer::of(PUT).await;
    for _ in 0..100 {
        let mut client = Raw::connect(context.address()).await;
        client
            .send(get("/~0/data").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
            .await;
        let _ = client.rest().await;
    }
    assert_eq!(sent(&context).len(), 64);
}

#[tokio::test]
async fn a_websocket_handshake_gets_the_answer_to_its_key() {
    let context = TestServer::of(SOCKET).await;
    let mut client = Raw::connect(context.address()).await;
    client.request("CONNECT api.example:80 HTTP/1.1\r\n\r\n").await;
    let (head, _) = client
        .request("GET /~0/socket HTTP/1.1\r\nHost: api.example\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        .await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    // The example of RFC 6455.
    assert!(
        head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
        "{head}"
    );
    client.send("\x01\x02").await;
    assert_eq!(client.rest().await.expect("a close"), b"");
}

#[tokio::test]
async fn invalid_messages_of_a_page_get_400_and_change_nothing() {
    let context = TestServer::of(PUT).await;
    for (path, body) in [
        ("/~/legs", "{"),
        ("/~/legs", "[]"),
        ("/~/legs", "{}"),
        ("/~/legs", "\u{0}"),
        ("/~/other", r#"{"page":"x"}"#),
        ("/~/", r#"{"page":"x"}"#),
        ("/~/result", r#"{"page":"x"}"#),
        ("/~/result", r#"{"page":"x","n":0,"leg":0}"#),
        ("/~/result", r#"{"page":"x","n":-1,"leg":0,"outcome":{"type":"error"}}"#),
        ("/~/result", r#"{"page":"x","n":0,"leg":0,"outcome":{"type":1}}"#),
        (
            "/~/result",
            r#"{"page":"x","n":0,"leg":0,"outcome":{"type":"cors","headers":[["a"]]}}"#,
        ),
    ] {
        let (head, _) = post(&context, path, body).await;
        assert!(head.starts_with("HTTP/1.1 400"), "{path} {body}: {head}");
    }
    assert_eq!(context.site.state().queue.count(), (0, 1));
    assert_eq!(context.site.state().queue.waiting(), [0]);
}

#[tokio::test]
async fn unexpected_results_change_nothing() {
    let context = TestServer::of(PUT).await;
    let outcome = json!({ "type": "cors", "status": 200 });
    for (n, leg) in [(0, 0), (0, 1), (7, 0)] {
        let (head, answer) = post(
            &context,
            "/~/result",
            &json!({ "page": "x", "n": n, "leg": leg, "outcome": outcome }).to_string(),
        )
        .await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert_eq!(answer, json!({ "leg": null }));
    }
    assert_eq!(context.site.state().queue.count(), (0, 1));
}

#[tokio::test]
async fn a_page_gets_its_fetches_without_expectations() {
    let context = TestServer::of(PUT).await;
    let (_, other) = post(&context, "/~/legs", r#"{"page":"https://other.example"}"#).await;
    assert_eq!(other["legs"], json!([]));
    let (_, own) = post(&context, "/~/legs", r#"{"page":"https://app.example"}"#).await;
    let request = json!({ "url": "http://api.example/~0/data", "method": "PUT" });
    let leg = json!({ "n": 0, "leg": 0, "wait": 0, "control": null, "request": request });
    assert_eq!(own["legs"], json!([leg]));
}

#[tokio::test]
async fn a_page_that_is_reloaded_during_its_fetches_gets_no_more_and_counts_as_lost() {
    let page = r#"{"page":"https://app.example"}"#;
    for again in ["/~/legs", "/~/next"] {
        let context = TestServer::of(PUT).await;
        post(&context, "/~/legs", page).await;
        assert_eq!(context.site.state().lost, None);
        let (_, answer) = post(&context, again, page).await;
        match again {
            "/~/legs" => assert_eq!(answer["legs"], json!([])),
            _ => assert_eq!(answer, json!({ "url": "about:blank" })),
        }
        let mut state = context.site.state();
        assert!(state.lost.is_some() && !state.over);
        // The case is not forgotten: it runs again.
        state.queue.client_is_gone("lost");
        assert_eq!(state.queue.count(), (0, 1));
        assert_eq!(state.queue.waiting(), [0]);
    }
}

#[tokio::test]
async fn every_host_has_the_certificate_of_the_authority() {
    let server = TestServer::of(PUT).await;
    let address = server.address().to_string();
    for (target, host) in [
        ("http://runner.crosscheck.test/~ca.pem", "runner.crosscheck.test"),
        ("http://api.example/~ca.pem", "api.example"),
        ("/~ca.pem", address.as_str()),
    ] {
        for (method, status) in [("GET", 200), ("POST", 405)] {
            let request = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let (head, body) = Raw::connect(server.address()).await.request(request).await;
            assert!(
                head.starts_with(&format!("HTTP/1.1 {status} ")),
                "{method} {target}: {head}"
            );
            assert_eq!(body.starts_with(b"-----BEGIN CERTIFICATE-----"), status == 200);
        }
    }
}
