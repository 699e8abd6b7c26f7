//! Runs the program as users do.

use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e} in\n{}\n{}", self.out, self.err))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn run_in(folder: &Path, args: &[&str], stdin: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child
        .stdin
        .take()
        .expect("stdin")
        .write_all(stdin.as_bytes())
        .expect("stdin is read");
    let output = child.wait_with_output().expect("the program ends");
    Ran {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

fn crosscheck(args: &[&str]) -> Ran {
    run_in(&root(), args, "")
}

/// An error names what is wrong and what to do, and nothing else is printed.
#[track_caller]
fn check_error(ran: &Ran, code: i32, message: &str, help: &str) {
    assert_eq!(ran.code, code, "{}", ran.err);
    assert!(
        ran.err.starts_with("error: ") && ran.err.contains("\nhelp:  "),
        "{}",
        ran.err
    );
    assert!(ran.err.contains(message), "`{message}` is not in {}", ran.err);
    assert!(ran.err.contains(help), "`{help}` is not in {}", ran.err);
    assert_eq!(ran.out, "");
}

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
fn the_first_line_of_a_run_lists_the_subjects_and_two_servers_end_in_a_matrix() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("r.jsonl");
    let file = file.to_str().expect("text");
    let filter = "policies/any#plain-options/*";
    let ran = crosscheck(&[
        "run",
        filter,
        "--server",
        "tower-http",
        "--server",
        "actix-cors",
        "--output",
        file,
    ]);
    assert!(
        ran.out
            .starts_with("running 6 cases on tower-http, actix-cors\n\ntower-http "),
        "{}",
        ran.out
    );
    assert!(
        ran.out
            .contains("\nmatrix: cases that deviate, by the rules they break\n"),
        "{}",
        ran.out
    );
    let matrix = crosscheck(&["report", file, "--matrix"]);
    assert!(matrix.out.starts_with("matrix: "), "{}", matrix.out);
    assert!(ran.out.contains(&matrix.out), "{}\n{}", ran.out, matrix.out);
    assert_eq!(
        crosscheck(&["report", file, "--format", "json"]).json()["subjects"][0]["grade"],
        "B"
    );
    // Programs get one value and nothing else.
    let ran = crosscheck(&[
        "run",
        filter,
        "--server",
        "tower-http",
        "--output",
        file,
        "--format",
        "json",
    ]);
    assert_eq!(ran.json()["crosscheck"], 1);
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

#[test]
fn lists() {
    let cases = crosscheck(&["list", "cors-check", "--format", "json"]).json();
    let first = &cases[0];
    for key in ["id", "title", "steps", "tags", "needs"] {
        assert!(!first[key].is_null(), "{key}");
    }
    assert!(first.as_object().expect("an object").contains_key("policy"));
    let steps = crosscheck(&["list", "--coverage", "--format", "json"]).json();
    let step = &steps["steps"][0];
    for key in ["id", "level", "in_model", "passing", "failing"] {
        assert!(!step[key].is_null(), "{key}");
    }
    check_error(
        &crosscheck(&["list", "no/such#case"]),
        2,
        "no case matches",
        "crosscheck list",
    );
    check_error(
        &crosscheck(&["list", "colour:red"]),
        2,
        "is not a filter key",
        "crosscheck list",
    );
    check_error(
        &crosscheck(&["list", "--cases", "/no/such/folder"]),
        2,
        "does not exist",
        "name a folder",
    );
    let elsewhere = tempfile::tempdir().expect("a folder");
    check_error(
        &run_in(elsewhere.path(), &["list"], ""),
        2,
        "./cases does not exist",
        "--cases PATH",
    );
}

#[test]
fn lint_reports_all_faults_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "title: t\ncases:\n  - id: a\n    title: t\n    origin: https://app.example/\n    requets: {}\n    exchange: []\n    expect: { type: erorr }\n";
    std::fs::write(folder.path().join("bad.yaml"), text).expect("a file");
    let ran = run_in(folder.path(), &["lint", "."], "");
    assert_eq!(ran.code, 2, "{}", ran.out);
    for part in ["requets", "erorr", "bad.yaml:"] {
        assert!(ran.out.contains(part), "`{part}` is not in\n{}", ran.out);
    }
    let value = run_in(folder.path(), &["lint", ".", "--format", "json"], "").json();
    assert!(value["diagnostics"].as_array().is_some_and(|d| d.len() >= 3), "{value}");
}

const RESULTS: &str = r#"{"kind":"header","crosscheck":2,"tool":"0.1.0","corpus":"x","subject":"tower-http","role":"server","version":"0.7.1"}
{"kind":"case","subject":"tower-http","id":"a#b","title":"t","verdict":"over-deny","status":"unexpected","deviations":[{"rule":"refuse","verdict":"over-deny","level":"must","what":"w","expected":"cors","actual":"error","cause":"refuse/x"}]}
"#;

#[test]
fn reports_from_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("results.jsonl");
    std::fs::write(&file, RESULTS).expect("a file");
    let ran = run_in(folder.path(), &["report", "results.jsonl"], "");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.contains("incomplete") && ran.out.contains("- cors") && ran.out.contains("+ error"),
        "{}",
        ran.out
    );
    let value = run_in(folder.path(), &["report", "results.jsonl", "--format", "json"], "").json();
    assert_eq!(value["subjects"][0]["verdicts"]["over-deny"], 1);
    let html = run_in(folder.path(), &["report", "results.jsonl", "--html", "site"], "");
    assert!(html.out.contains("4 pages"), "{}{}", html.out, html.err);
    assert!(folder.path().join("site/index.html").is_file());
    check_error(
        &run_in(folder.path(), &["report", "no.jsonl"], ""),
        2,
        "cannot read no.jsonl",
        "crosscheck run",
    );
    std::fs::write(&file, "{}\n").expect("a file");
    check_error(
        &run_in(folder.path(), &["report", "results.jsonl"], ""),
        2,
        "results.jsonl:1",
        "crosscheck run",
    );
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .arg("list")
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
}

#[test]
fn run_some_cases() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("below/results.jsonl");
    let output = file.to_str().expect("text");
    let ran = crosscheck(&[
        "run",
        "cors-check",
        "--client",
        "model",
        "--output",
        output,
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let value = ran.json();
    let subject = &value["subjects"][0];
    assert_eq!(subject["subject"], "model");
    assert_eq!(subject["cases"], subject["verdicts"]["pass"]);
    assert_eq!(crosscheck(&["report", output, "--format", "json"]).json(), value);
    let server = crosscheck(&[
        "run",
        "server/one-origin",
        "--server",
        "tower-http",
        "--no-baseline",
        "--output",
        output,
    ]);
    assert!(server.code <= 1, "{}", server.err);
    assert!(
        server.out.contains("\n\ntower-http 0.") && server.out.contains("examined nothing: "),
        "{}",
        server.out
    );
    check_error(
        &crosscheck(&["run", "no/such#case"]),
        2,
        "no case matches",
        "crosscheck list",
    );
    check_error(
        &crosscheck(&["run", "--client", "tower-http"]),
        2,
        "is a server",
        "--server tower-http",
    );
    check_error(
        &crosscheck(&["run", "--server", "no-such"]),
        2,
        "no subject `no-such`",
        "list --subjects",
    );
    check_error(
        &crosscheck(&["run", "--timeout", "0"]),
        2,
        "is not a valid time limit",
        "above 0",
    );
    for (arguments, error, help) in [
        (
            &["run", "verdict:nosuch"][..],
            "`verdict:nosuch`: there is no such verdict",
            "over-grant",
        ),
        (
            &["run", "rule:nosuch"],
            "`rule:nosuch`: there is no such rule",
            "grant-null",
        ),
        (&["run", "cors-check/*", "nosuch"], "no case matches nosuch", "list"),
        (&["list", "cors-check/*", "nosuch"], "no case matches nosuch", "list"),
        (&["list", "rule:vary"], "`rule:vary` selects results", "run"),
        (
            &["list", "--coverage", "nosuch"],
            "no step matches nosuch",
            "--coverage",
        ),
        (&["list", "--subjects", "nosuch"], "takes no filter", "leave"),
        (
            &["run", "--server", "hono@latest"],
            "`hono@latest` does not name a release",
            "NAME@VERSION",
        ),
    ] {
        check_error(&crosscheck(arguments), 2, error, help);
    }
    let idle = crosscheck(&["run", "cors-check/*", "--server", "tower-http", "--output", "/dev/null"]);
    assert_eq!(idle.code, 3, "{}", idle.err);
    assert!(
        idle.err
            .contains("error: no selected case applies to the requested subjects"),
        "{}",
        idle.err
    );
    let lost = crosscheck(&["report", "/no/such/file"]);
    check_error(&lost, 2, "cannot read /no/such/file", "crosscheck run");
    assert_eq!(lost.err.matches("No such file").count(), 1, "{}", lost.err);
    check_error(
        &crosscheck(&["run", "--baseline", "/no/such"]),
        2,
        "does not exist",
        "--no-baseline",
    );
    check_error(
        &crosscheck(&["run", "api", "--client", "model", "--output", "/proc/nothing/x"]),
        2,
        "cannot write",
        "--output",
    );
}

#[test]
fn a_file_that_does_not_load_does_not_stop_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = "title: t\ncases:\n  - id: a\n    title: t\n    origin: https://app.example\n    request: { url: https://api.example/x }\n    exchange: [{ response: { headers: { Access-Control-Allow-Origin: \"*\" } } }]\n    expect: { type: cors }\n";
    std::fs::write(folder.path().join("good.yaml"), good).expect("a file");
    std::fs::write(folder.path().join("bad.yaml"), "cases: [").expect("a file");
    let ran = run_in(
        folder.path(),
        &["run", "--cases", ".", "--client", "model", "--output", "r.jsonl"],
        "",
    );
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.out.contains("pass 1") && ran.err.contains("bad.yaml"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_its_results_and_reports_the_interruption() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("results.jsonl");
    // The second server never becomes ready: the run is still going on when it is interrupted.
    let subject = folder.path().join("subjects/never-ready");
    std::fs::create_dir_all(&subject).expect("a folder");
    std::fs::write(
        subject.join("subject.yaml"),
        "name: never-ready\nrole: server\npackage: { registry: this, name: never-ready, version: \"1\" }\n\
         install: no need\nstart: [cat]\nstart-timeout: 3600\nflags: [origins-any]\n",
    )
    .expect("a description");
    let child = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args(["run", "--server", "tower-http", "--server", "never-ready", "--output"])
        .arg(&file)
        .env("CROSSCHECK_SUBJECTS", folder.path().join("subjects"))
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let id = child.id().to_string();
    let waiting = std::thread::spawn(move || child.wait_with_output());
    while std::fs::metadata(&file).map_or(0, |m| m.len()) == 0 && !waiting.is_finished() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .expect("kill")
            .success()
    );
    let output = waiting.join().expect("no panic").expect("the program ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted: "));
    let text = std::fs::read_to_string(&file).expect("results");
    assert!(text.lines().count() > 1);
}

#[test]
fn probe_reports_bad_arguments_and_unreachable_servers() {
    let policy = ["--policy", "cases/policies/one.yaml"];
    let probe = |url: &str, more: &[&str]| crosscheck(&[&["probe", url], &policy[..], more].concat());
    // Nothing listens on the port of a closed socket.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a port")
        .port();
    let down = format!("http://127.0.0.1:{port}/");
    check_error(&probe(&down, &[]), 3, "cannot connect to 127.0.0.1", "start the server");
    check_error(
        &probe("localhost", &[]),
        2,
        "`localhost` is not a URL",
        "write the whole URL",
    );
    check_error(
        &probe("ftp://127.0.0.1/", &[]),
        2,
        "is not an http or https URL",
        "write the whole URL",
    );
    check_error(&probe(&down, &["--rate", "0"]), 2, "0 requests per second", "--rate 20");
    check_error(
        &probe(&down, &["-H", "nonsense"]),
        2,
        "`nonsense` is not a header",
        "NAME: VALUE",
    );
    check_error(
        &probe(&down, &["--ca", "README.md"]),
        3,
        "cannot connect",
        "start the server",
    );
    let no_policy = crosscheck(&["probe", &down, "--policy", "cases/steps.yaml"]);
    assert_eq!(no_policy.code, 2, "{}", no_policy.err);
    assert!(no_policy.err.contains("cases/steps.yaml:10:1"), "{}", no_policy.err);
}

#[test]
fn lint_checks_the_list_of_published_vulnerabilities() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = "- { id: a, subject: no-such-server, bad: 1.0, good: 1.1, rules: [vary], source: s }\n- { id: b }\n";
    std::fs::write(folder.path().join("recall.yaml"), list).expect("a file");
    let ran = crosscheck(&["lint", "--format", "json", &folder.path().to_string_lossy()]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let found = ran.json()["diagnostics"].as_array().expect("a list").clone();
    let first = |word: &str| {
        found
            .iter()
            .find(|d| d["message"].as_str().is_some_and(|m| m.contains(word)))
    };
    let subject = first("no subject `no-such-server`").expect("the subject");
    assert_eq!((&subject["severity"], &subject["line"]), (&"lint".into(), &1.into()));
    let missing = first("an entry has no `bad`").expect("the release");
    assert_eq!((&missing["severity"], &missing["line"]), (&"load".into(), &2.into()));
}

#[test]
fn bisect_reports_what_it_cannot_search() {
    let case = "policies/any#vary/root-allowed";
    let written = "cors-check/credentials#true-lowercase";
    let table = [
        (
            "no-such",
            case,
            "1",
            "2",
            "there is no subject `no-such`",
            "crosscheck subjects",
        ),
        (
            "chromium",
            case,
            "1",
            "2",
            "`chromium` is not a server",
            "--good and --bad",
        ),
        (
            "hono",
            "no/such#case",
            "1",
            "2",
            "there is no case `no/such#case`",
            "whole id",
        ),
        ("hono", written, "1", "2", "is not for servers", "has a policy"),
        (
            "hono",
            case,
            "4.0",
            "v4.0.0",
            "--good 4.0 and --bad v4.0.0 are the same release",
            "name a release",
        ),
        (
            "nginx",
            case,
            "1",
            "2",
            "packages of Debian come in one version only",
            "npm",
        ),
    ];
    for (server, case, good, bad, message, help) in table {
        let ran = crosscheck(&[
            "bisect", "--server", server, "--case", case, "--good", good, "--bad", bad,
        ]);
        check_error(&ran, 2, message, help);
    }
}
