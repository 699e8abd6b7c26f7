//! `crosscheck explain`: requests by flags, pasted exchanges, and names.

use crate::program::{check_error, crosscheck, root, run_in};

const OWN: [&str; 5] = [
    "explain",
    "--origin",
    "https://app.example",
    "--url",
    "https://api.example/data",
];

#[test]
fn explain_accepts_a_request_by_flags() {
    let ran = crosscheck(
        &[
            &OWN[..],
            &[
                "--credentials",
                "include",
                "--response",
                "200 | Access-Control-Allow-Origin: *",
            ],
        ]
        .concat(),
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    for part in [
        "outcome: error",
        "cors-check/wildcard-credentialed https://fetch.spec.whatwg.org/#concept-cors-check",
        "exchange 1 (request): Access-Control-Allow-Origin: https://app.example",
        "exchange 1 (request): Access-Control-Allow-Credentials: true",
        "every page of https://app.example may read",
    ] {
        assert!(ran.out.contains(part), "`{part}` is not in\n{}", ran.out);
    }
    assert!(!ran.out.contains('\x1b'));
}

#[test]
fn explain_as_json() {
    let ran = crosscheck(
        &[
            &OWN[..],
            &[
                "-X",
                "PUT",
                "--format",
                "json",
                "--response",
                "204 | Access-Control-Allow-Origin: *",
            ],
        ]
        .concat(),
    );
    let value = ran.json();
    let fetch = &value["fetches"][0];
    assert_eq!(fetch["outcome"]["type"], "error");
    assert_eq!(fetch["exchanges"][0]["preflight"], true);
    assert_eq!(fetch["remedy"]["possible"], true);
    assert_eq!(
        fetch["remedy"]["changes"][0]["text"],
        "Access-Control-Allow-Methods: add PUT"
    );
    let decisive = fetch["trace"]
        .as_array()
        .expect("a trace")
        .iter()
        .filter(|e| e["decisive"] == true);
    assert_eq!(decisive.count(), 1);
}

#[test]
fn explain_reads_a_pasted_exchange() {
    let curl = "> GET /x HTTP/1.1\n> Host: api.example\n> Origin: https://app.example\n>\n< HTTP/1.1 200 OK\n< Access-Control-Allow-Origin: https://other.example\n<\n\x1b[31m";
    let ran = run_in(&root(), &["explain", "-"], curl);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("cors-check/exact-origin"), "{}", ran.out);
    let broken = run_in(&root(), &["explain", "-"], "> GET /x HTTP/1.1\n> Host\n");
    check_error(&broken, 2, "line 2, column 3: ", "Name: value");
    let unknown = run_in(&root(), &["explain", "-"], "what is this\x1b[31m");
    check_error(&unknown, 2, "neither", "paste one of these");
}

#[test]
fn explain_begins_with_the_verdict_and_the_remedy() {
    let curl = "> GET /x HTTP/2\n> Host: api.example\n> Origin: https://app.example\n>\n< HTTP/2 200\n< Server: x\n<\n";
    let ran = run_in(&root(), &["explain", "-"], curl);
    let mut lines = ran.out.lines();
    let first = lines.next().unwrap_or_default();
    assert!(
        first.starts_with("verdict: blocked at cors-check/missing-acao"),
        "{first}"
    );
    let second = lines.next().unwrap_or_default();
    assert_eq!(
        second,
        "remedy: server, on the response to the request: Access-Control-Allow-Origin: https://app.example"
    );
    assert!(ran.out.contains("not known: the credentials mode"), "{}", ran.out);
    let star = curl.replace("Server: x", "Access-Control-Allow-Origin: *");
    let value = run_in(&root(), &["explain", "-", "--format", "json"], &star).json();
    assert_eq!(value["verdict"]["result"], "not-known");
    assert_eq!(value["fetches"][0]["verdict"]["result"], "readable");
    assert_eq!(
        value["fetches"][1]["verdict"]["step"],
        "cors-check/wildcard-credentialed"
    );
    assert_eq!(value["fetches"][1]["credentials"], "include");
    assert_eq!(value["unknown"].as_array().map(Vec::len), Some(1));
    assert!(value["assumed"].is_array() && value["notes"].is_array());
}

#[test]
fn explain_reads_console_messages() {
    let message = "Access to fetch at 'https://api.example/x' from origin 'https://app.example' has been blocked by CORS policy: \
                   No 'Access-Control-Allow-Origin' header is present on the requested resource.";
    let ran = run_in(&root(), &["explain", "-"], message);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.starts_with("verdict: blocked at cors-check/missing-acao"),
        "{}",
        ran.out
    );
    let value = run_in(&root(), &["explain", "-", "--format", "json"], message).json();
    assert_eq!(value["kind"], "console");
    assert_eq!(value["verdict"]["result"], "blocked");
}

#[test]
fn explain_names() {
    for (what, part) in [
        (
            "cors-check/missing-acao",
            "No Access-Control-Allow-Origin header means failure",
        ),
        ("vary", "rule vary (hygiene, must)"),
        ("max-age-cap", "leniency max-age-cap"),
        ("rules", "vary-preflight           advice      should"),
        ("grades", "F  an unlisted origin reads with"),
        (
            "verdicts",
            "over-grant      The page can read or do something that it must not",
        ),
        ("leniencies", "max-age-cap"),
        ("over-grant", "exit code: a run exits with 1"),
        ("verdict:advice", "exit code: it never makes a run fail"),
        ("cors-check/presence#absent", "decided by cors-check/missing-acao"),
    ] {
        let ran = crosscheck(&["explain", what]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains(part), "`{part}` is not in\n{}", ran.out);
        let value = crosscheck(&["explain", what, "--format", "json"]).json();
        assert_eq!(value["crosscheck"], 1);
    }
    check_error(
        &crosscheck(&["explain", "nonsense"]),
        2,
        "`nonsense` is not a case",
        "crosscheck list",
    );
    check_error(
        &crosscheck(&["explain", "cors-check/presence"]),
        2,
        "cases",
        "name one of them: cors-check/presence#",
    );
    check_error(&crosscheck(&["explain"]), 2, "nothing to explain", "--origin");
    check_error(
        &crosscheck(&["explain", "vary", "--url", "https://a.example/"]),
        2,
        "cannot be combined",
        "leave out",
    );
}
