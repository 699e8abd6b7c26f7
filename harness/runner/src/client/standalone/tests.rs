//! Tests the server as the test suite of a client uses it.

use super::{ServeError, ServedCases};
use crate::client::tests::cases_of;
use crate::client::tests::raw::Raw;
use crosscheck_results::{CaseId, Verdict};
use serde_json::{Value, json};

const CASES: &str = r#"
  - id: read
    title: shared with every origin
    request: { url: "http://api.example/data" }
    exchange:
      - request: { method: GET, headers: { Origin: "https://app.example" } }
        response: { headers: { Access-Control-Allow-Origin: "*" }, body: "x" }
    expect: { type: cors, status: 200 }
  - id: twice
    title: two fetches
    origin: "https://app.example"
    top_level: "https://top.example"
    cookies:
      - { url: "http://api.example/a?q", set: "a=1; Path=/" }
      - { url: "http://api.example/a", set: "b=2" }
      - { url: "http://api.example/c", set: "c=3" }
    request: { url: "http://api.example/data", method: PUT, headers: { X-A: "1" }, body: "b" }
    exchange:
      - request: { method: OPTIONS }
        response: { status: 204 }
    expect: { type: error, decided_by: cors-check/acao-required }
    then:
      - after: 2
        request: { url: "http://api.example/more" }
        exchange: [{ response: {} }]
        expect: { type: error }
"#;

struct Served {
    served: ServedCases,
}

impl Served {
    async fn start() -> Self {
        let served = ServedCases::start(&cases_of(CASES), 0).await.expect("a server");
        Self { served }
    }

    async fn request(&self, method: &str, target: &str, host: &str, body: &str) -> (String, Vec<u8>) {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://app.example\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Raw::connect(self.served.address()).await.request(request).await
    }

    async fn get(&self, path: &str) -> (String, Vec<u8>) {
        self.request("GET", path, "api.example", "").await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (head, answer) = self.request("POST", path, "127.0.0.1", &body.to_string()).await;
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        (status, serde_json::from_slice(&answer).expect("JSON"))
    }

    async fn outcome(&self, n: usize, leg: usize, outcome: Value) -> (u16, Value) {
        self.post("/~outcome", &json!({ "n": n, "leg": leg, "outcome": outcome }))
            .await
    }
}

#[tokio::test]
async fn the_list_has_the_requests_and_no_expectations() {
    let served = Served::start().await;
    assert_eq!(served.served.cases().len(), 2);
    let (head, body) = served.get("/~cases").await;
    assert!(
        head.starts_with("HTTP/1.1 200") && head.contains("application/json"),
        "{head}"
    );
    let list: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(list["crosscheck"], 2);
    assert_eq!(
        list["cases"][1],
        json!({
            "n": 1,
            "id": "own#twice",
            "title": "two fetches",
            "needs": list["cases"][1]["needs"],
            "legs": [
                {
                    "leg": 0,
                    "page": { "origin": "https://app.example", "url": "https://app.example/", "top_level": "https://top.example" },
                    "request": { "url": "http://api.example/~1/data", "method": "PUT", "headers": [["X-A", "1"]], "body": "b" },
                    "wait_ms": 0,
                },
                {
                    "leg": 1,
                    "page": { "origin": "https://app.example", "url": "https://app.example/", "top_level": "https://top.example" },
                    "request": { "url": "http://api.example/~1/more" },
                    "wait_ms": 2000,
                },
            ],
            "cookies": ["http://api.example/~1/a?~seed", "http://api.example/~1/c?~seed"],
        })
    );
    let text = String::from_utf8(body).expect("text");
    for word in ["expect", "acao", "exchange", "204", "error"] {
        assert!(!text.contains(word), "`{word}` is in {text}");
    }
}

#[tokio::test]
async fn every_host_and_the_proxy_serve_the_list() {
    let served = Served::start().await;
    let address = served.served.address().to_string();
    let (_, first) = served.get("/~cases").await;
    for (target, host) in [
        ("/~cases", address.as_str()),
        ("/~cases", "localhost"),
        ("/~cases", "[::1]:80"),
        ("http://crosscheck.test/~cases", "crosscheck.test"),
        ("http://api.example/~cases", "api.example"),
    ] {
        let (head, body) = served.request("GET", target, host, "").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{target} {host}: {head}");
        assert_eq!(body, first);
    }
    // A host that no case names serves nothing else.
    let (head, _) = served.request("GET", "/~0/data", "localhost", "").await;
    assert!(head.starts_with("HTTP/1.1 502"), "{head}");
}

#[tokio::test]
async fn the_authority_is_a_certificate() {
    let (head, body) = Served::start().await.get("/~ca.pem").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(body.starts_with(b"-----BEGIN CERTIFICATE-----"));
}

#[tokio::test]
async fn a_case_with_the_right_requests_passes() {
    let served = Served::start().await;
    let (head, body) = served.get("/~0/data").await;
    assert!(head.contains("Access-Control-Allow-Origin: *"), "{head}");
    assert_eq!(body, b"x");
    let (status, reply) = served.outcome(0, 0, json!({ "type": "cors", "status": 200 })).await;
    assert_eq!(status, 200);
    let verdict =
        json!({ "crosscheck": 2, "n": 0, "id": "own#read", "leg": null, "verdict": "pass", "deviations": [] });
    assert_eq!(reply, verdict);
}

#[tokio::test]
async fn a_deviation_is_reported_with_its_transcript() {
    let served = Served::start().await;
    served.get("/~0/data").await;
    let (_, reply) = served
        .outcome(0, 0, json!({ "type": "error", "name": "TypeError" }))
        .await;
    assert_eq!(reply["verdict"], "over-deny", "{reply}");
    assert_eq!(reply["deviations"][0]["expected"], "cors, status 200");
    assert_eq!(reply["deviations"][0]["actual"], "error (TypeError)");
    let request = reply["transcript"][0]["request"].as_str().expect("plain ASCII");
    assert!(request.starts_with("GET /data HTTP/1.1\r\n"), "{request}");
    // Sending no request is a deviation too.
    served.post("/~reset", &json!({ "n": 0 })).await;
    let (_, reply) = served.outcome(0, 0, json!({ "type": "cors", "status": 200 })).await;
    assert_eq!(reply["verdict"], "wire", "{reply}");
}

#[tokio::test]
async fn the_verdict_comes_with_the_last_leg() {
    let served = Served::start().await;
    served.request("OPTIONS", "/~1/data", "api.example", "").await;
    let (status, reply) = served.outcome(1, 0, json!({ "type": "error" })).await;
    assert_eq!(
        (status, &reply["leg"], &reply["verdict"]),
        (200, &json!(1), &Value::Null)
    );
    served.get("/~1/more").await;
    let (_, reply) = served.outcome(1, 1, json!({ "type": "error" })).await;
    assert_eq!(
        (&reply["leg"], &reply["verdict"]),
        (&Value::Null, &json!("pass")),
        "{reply}"
    );
}

#[tokio::test]
async fn a_page_can_report_results_as_in_a_run() {
    let served = Served::start().await;
    served.request("OPTIONS", "/~1/data", "api.example", "").await;
    let result = json!({ "page": "p", "n": 1, "leg": 0, "outcome": { "type": "error" } });
    let (_, reply) = served.post("/~/result", &result).await;
    assert_eq!(reply["leg"]["leg"], 1, "{reply}");
    assert_eq!(reply["leg"]["request"]["url"], "http://api.example/~1/more");
    served.get("/~1/more").await;
    let result = json!({ "page": "p", "n": 1, "leg": 1, "outcome": { "type": "cors" } });
    let (_, reply) = served.post("/~/result", &result).await;
    assert_eq!((&reply["leg"], &reply["verdict"]), (&Value::Null, &json!("over-grant")));
}

#[tokio::test]
async fn a_case_can_run_again_after_a_reset() {
    let served = Served::start().await;
    let good = json!({ "type": "cors", "status": 200 });
    served.get("/~0/data").await;
    served.get("/~0/data").await;
    assert_eq!(served.outcome(0, 0, good.clone()).await.1["verdict"], "wire");
    let (status, reply) = served.outcome(0, 0, good.clone()).await;
    assert_eq!(status, 409);
    assert!(
        reply["error"].as_str().is_some_and(|e| e.contains("/~reset")),
        "{reply}"
    );
    assert_eq!(served.post("/~reset", &json!({ "n": 0 })).await.0, 200);
    served.get("/~0/data").await;
    assert_eq!(served.outcome(0, 0, good).await.1["verdict"], "pass");
}

#[tokio::test]
async fn an_invalid_outcome_ends_the_case_as_broken() {
    let served = Served::start().await;
    served.get("/~0/data").await;
    let (status, reply) = served.outcome(0, 0, json!({ "type": "good" })).await;
    assert_eq!((status, &reply["verdict"]), (200, &json!("broken")), "{reply}");
    assert_eq!(reply["reason"], "unknown outcome type `good`");
}

#[tokio::test]
async fn cookies_are_set_on_each_visit() {
    let served = Served::start().await;
    for _ in 0..2 {
        let (head, _) = served.get("/~1/a?~seed").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(
            head.contains("Set-Cookie: a=1; Path=/~1\r\nSet-Cookie: b=2\r\n"),
            "{head}"
        );
    }
    assert!(served.get("/~1/c?~seed").await.0.contains("Set-Cookie: c=3\r\n"));
    // These visits do not count as requests of the case.
    served.request("OPTIONS", "/~1/data", "api.example", "").await;
    assert_eq!(served.outcome(1, 0, json!({ "type": "error" })).await.0, 200);
    served.get("/~1/more").await;
    assert_eq!(
        served.outcome(1, 1, json!({ "type": "error" })).await.1["verdict"],
        "pass"
    );
}

#[tokio::test]
async fn invalid_requests_are_refused_with_a_message() {
    let served = Served::start().await;
    let outcome = json!({ "type": "error" });
    for (path, body, status, word) in [
        ("/~outcome", json!([]), 400, "JSON"),
        ("/~outcome", json!({ "n": 0, "leg": 0 }), 400, "outcome"),
        (
            "/~outcome",
            json!({ "n": -1, "leg": 0, "outcome": outcome }),
            400,
            "JSON",
        ),
        (
            "/~outcome",
            json!({ "n": 2, "leg": 0, "outcome": outcome }),
            404,
            "no case 2",
        ),
        (
            "/~outcome",
            json!({ "n": 1, "leg": 1, "outcome": outcome }),
            409,
            "leg 0, not of leg 1",
        ),
        (
            "/~/result",
            json!({ "n": 0, "leg": 7, "outcome": outcome }),
            409,
            "leg 0, not of leg 7",
        ),
        ("/~reset", json!({ "n": 2 }), 404, "no case 2"),
        ("/~reset", json!({}), 400, "`n`"),
        ("/~cases", json!({}), 405, "use GET"),
    ] {
        let (got, answer) = served.post(path, &body).await;
        assert_eq!(got, status, "{path} {body}: {answer}");
        assert!(
            answer["error"].as_str().is_some_and(|e| e.contains(word)),
            "{path} {body}: {answer}"
        );
    }
    let (head, _) = served.get("/~outcome").await;
    assert!(head.starts_with("HTTP/1.1 405"), "{head}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let served = Served::start().await;
    let port = served.served.address().port();
    let error = ServedCases::start(&cases_of(CASES), port)
        .await
        .expect_err("the port is taken");
    assert!(matches!(error, ServeError::Socket(p, _) if p == port));
}

#[tokio::test]
async fn the_results_state_which_cases_no_client_has_requested_or_ended() {
    let served = Served::start().await;
    let ids = |ids: &[CaseId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    // What the client does, the verdicts, the cases that it has not requested, and those that it has not finished.
    let (passes, none) = (Verdict::Pass, Verdict::NotJudged);
    for (act, verdicts, not_requested, not_finished) in [
        ("nothing", [none, none], vec!["own#read", "own#twice"], vec![]),
        ("request", [none, none], vec!["own#twice"], vec!["own#read"]),
        ("outcome", [passes, none], vec!["own#twice"], vec![]),
        ("first leg", [passes, none], vec![], vec!["own#twice"]),
        ("reset", [none, none], vec!["own#read"], vec!["own#twice"]),
    ] {
        match act {
            "request" => drop(served.get("/~0/data").await),
            "outcome" => {
                let outcome =
                    json!({ "type": "cors", "status": 200, "body": "eA==", "url": "http://api.example/~0/data" });
                served.outcome(0, 0, outcome).await;
            }
            "first leg" => drop(served.outcome(1, 0, json!({ "type": "error" })).await),
            "reset" => drop(served.post("/~reset", &json!({ "n": 0 })).await),
            _ => {}
        }
        let results = served.served.results();
        let found: Vec<Verdict> = results.results.iter().map(|r| r.verdict).collect();
        assert_eq!(found, verdicts, "{act}: {results:?}");
        assert_eq!(ids(&results.not_requested), not_requested, "{act}");
        assert_eq!(ids(&results.not_finished), not_finished, "{act}");
    }
}
