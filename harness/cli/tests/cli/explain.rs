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
