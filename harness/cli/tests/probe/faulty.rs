//! Servers with one bad fault: the report names the cause first, on at most 60 lines.

use super::server::{Answer, Handler, LISTED, Request, Server, answer, right};
use super::{PRIVATE, PUBLIC, READ, TWO, folder, probe};

/// A right answer to everyone whose Origin passes.
fn allows(request: &Request, passes: impl Fn(&str) -> bool) -> Answer {
    let origin = request.origin().to_owned();
    if origin.is_empty() || !passes(&origin) {
        return answer(200, &["Vary: Origin"]);
    }
    let allowed = answer(200, &["Vary: Origin", "Access-Control-Allow-Credentials: true"])
        .with(format!("Access-Control-Allow-Origin: {origin}"));
    match request.is_preflight() {
        true => allowed
            .with("Access-Control-Allow-Methods: PUT")
            .with("Access-Control-Allow-Headers: authorization"),
        false => allowed,
    }
}

/// A server that compares the end of the origin.
pub(crate) fn allows_the_end(request: &Request) -> Answer {
    allows(request, |origin| origin.ends_with("app.example"))
}

/// A server, its policy, and what the report says: the first cause, other texts, and the grade.
struct Faulty(
    &'static str,
    &'static str,
    Handler,
    &'static str,
    &'static [&'static str],
    &'static str,
);

const SERVERS: &[Faulty] = &[
    Faulty(
        "reflects every origin with credentials",
        PRIVATE,
        |request| allows(request, |_| true),
        "1. over-grant: grant-with-credentials (access-control-allow-origin), ",
        &[
            "it copies the Origin of the request",
            "| Origin: https://evil.test |",
            "repeat:  curl -si -H 'Origin: https://evil.test'",
        ],
        "grade F: ",
    ),
    Faulty(
        "matches the end of the origin",
        PRIVATE,
        allows_the_end,
        "1. over-grant: grant-with-credentials (access-control-allow-origin), ",
        &[
            "it compares only the end of the origin",
            "Origin: https://evilapp.example",
        ],
        "grade F: ",
    ),
    Faulty(
        "allows null",
        PRIVATE,
        |request| allows(request, |origin| origin == LISTED || origin == "null"),
        "1. over-grant: grant-null (access-control-allow-origin), ",
        &["every page can make a frame with the origin `null`"],
        "grade D: ",
    ),
    Faulty(
        "no Vary on a cacheable answer",
        TWO,
        |request| {
            let cached = answer(200, &["Cache-Control: public, max-age=60"]);
            match request.origin() {
                origin @ (LISTED | "https://b.example") if request.is_preflight() => cached
                    .with(format!("Access-Control-Allow-Origin: {origin}"))
                    .with("Access-Control-Allow-Methods: PUT"),
                origin @ (LISTED | "https://b.example") => {
                    cached.with(format!("Access-Control-Allow-Origin: {origin}"))
                }
                _ => cached,
            }
        },
        "1. hygiene: vary (access-control-allow-origin), ",
        &[
            "`Vary: Origin` on every answer prevents it",
            "Cache-Control: public, max-age=60",
        ],
        "grade B: ",
    ),
    Faulty(
        "allows every method",
        PRIVATE,
        |request| {
            let mut allowed = right(request);
            let asked = request.get("access-control-request-method").unwrap_or("PUT").to_owned();
            for line in &mut allowed.headers {
                *line = line.replace("Methods: PUT", &format!("Methods: {asked}"));
            }
            allowed
        },
        "1. over-grant: grant-method (access-control-allow-methods), ",
        &["methods that the policy does not list"],
        "grade D: ",
    ),
    Faulty(
        "`*` although the policy lists origins",
        READ,
        |_| answer(200, &["Access-Control-Allow-Origin: *"]),
        "1. over-grant: grant-anonymous (access-control-allow-origin), ",
        &["write `origins: { any: true }` in the policy"],
        "grade D: ",
    ),
    Faulty(
        "a login in front of preflights",
        PRIVATE,
        |request| match request.method.as_str() {
            "OPTIONS" => answer(401, &["WWW-Authenticate: Basic realm=x"]),
            _ => right(request),
        },
        "1. over-deny: preflight-auth (answered with 401), ",
        &["answer OPTIONS before it"],
        "grade C: ",
    ),
    Faulty(
        "405 for preflights that the policy needs",
        PRIVATE,
        |request| match request.method.as_str() {
            "OPTIONS" => answer(405, &[]),
            _ => right(request),
        },
        "1. over-deny: refuse (access-control-allow-origin, answered with 405), ",
        &["answer:  status 405, without CORS headers"],
        "grade C: ",
    ),
    Faulty(
        "no CORS headers at all",
        PUBLIC,
        |_| answer(200, &[]),
        "1. over-deny: refuse (access-control-allow-origin), ",
        &["answer:  status 200, without CORS headers"],
        "grade C: ",
    ),
];

#[test]
fn the_report_of_a_server_with_one_fault_names_it_first_on_at_most_sixty_lines() {
    for Faulty(name, policy, handler, first, texts, grade) in SERVERS {
        let server = Server::start(*handler);
        let (_guard, folder) = folder(policy);
        let ran = probe(&folder, &[&server.url("/api"), "--policy", "policy.yaml"]);
        assert_eq!(ran.code, 1, "{name}: {}{}", ran.out, ran.err);
        assert!(ran.out.lines().count() <= 60, "{name}: {}", ran.out);
        let cause = ran.out.lines().find(|l| l.starts_with("1. ")).unwrap_or_default();
        assert!(cause.starts_with(first), "{name}: {}", ran.out);
        let end = ran.out.find("\n2. ").unwrap_or(ran.out.len());
        for text in *texts {
            assert!(ran.out[..end].contains(text), "{name}: `{text}` is not in\n{}", ran.out);
        }
        let last = ran.out.lines().last().unwrap_or_default();
        assert!(last.starts_with(grade), "{name}: {}", ran.out);
    }
}

#[test]
fn more_examples_a_quiet_report_and_a_case_in_full_are_shown_on_request() {
    let server = Server::start(|request| allows(request, |_| true));
    let (_guard, folder) = folder(PRIVATE);
    let url = server.url("/api");
    let run = |more: &[&str]| probe(&folder, &[&[&url, "--policy", "policy.yaml"], more].concat());
    let count = |text: &str| text.matches("request: ").count();
    let (one, three) = (run(&[]), run(&["--details", "3"]));
    assert!(count(&three.out) > 2 * count(&one.out), "{}", three.out);
    let quiet = run(&["-q"]);
    assert_eq!(
        (quiet.code, quiet.out.lines().count(), &*quiet.err),
        (1, 1, ""),
        "{}",
        quiet.out
    );
    assert!(quiet.out.starts_with("grade F: "), "{}", quiet.out);
    let full = run(&["policies/policy#origin/https-evil.test"]);
    for text in [
        "> Sec-Fetch-Mode: cors",
        "    trace",
        "fetch(\"http://127.0.0.1:",
        "no grade: a filter selected",
    ] {
        assert!(full.out.contains(text), "`{text}` is not in {}", full.out);
    }
}

#[test]
fn conditions_decide_the_exit_code() {
    let server = Server::start(|request| {
        let mut answer = right(request);
        answer.headers.retain(|h| !h.starts_with("Vary"));
        answer.with("Cache-Control: public, max-age=60")
    });
    let (_guard, folder) = folder(PRIVATE);
    let url = server.url("/api");
    for (conditions, code, stderr) in [
        ("grade:C", 0, ""),
        ("grade:B", 1, "grade B, and --fail-on has grade:B"),
        ("rule:refuse,verdict:over-grant", 0, ""),
        ("rule:refuse,rule:vary", 1, "--fail-on has rule:vary, which "),
        ("verdict:hygiene", 1, "--fail-on has verdict:hygiene, which "),
        ("verdict:advice", 1, "--fail-on has verdict:advice, which "),
        ("grade:H", 2, "help:  use one of: A, B, C, D, E, F"),
        ("rule:varry", 2, "vary-overwritten"),
        ("verdict:pass", 2, "use one of: broken, over-grant"),
        ("hygiene", 2, "use one of: grade:GRADE, rule:RULE, verdict:VERDICT"),
    ] {
        let ran = probe(
            &folder,
            &[&url, "--policy", "policy.yaml", "-q", "--fail-on", conditions],
        );
        assert_eq!(ran.code, code, "{conditions}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(stderr), "{conditions}: {}", ran.err);
    }
    let down = Server::start(|_| answer(503, &[]));
    let ran = probe(
        &folder,
        &[&down.url("/"), "--policy", "policy.yaml", "-q", "--fail-on", "grade:F"],
    );
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.starts_with("no grade: ") && ran.err.contains("there is no grade"),
        "{}{}",
        ran.out,
        ran.err
    );
}
