//! Secrets of the user, and of a server that is probed, are printed and written nowhere.

use crate::echo_server::EchoServer;
use crate::program::{Ran, root, run_in};
use std::path::{Path, PathBuf};

/// Part of every secret. Its base64 begins with one of the texts of [`ENCODED`], depending on what is before it.
const MARK: &str = "MARKMARKMARK";
const ENCODED: [&str; 3] = ["TUFSS01BUktNQV", "1BUktNQVJLTUFSS", "NQVJLTUFSS01BUk"];

/// The headers that a user gives, with secrets in all places.
const HEADERS: [&str; 7] = [
    "Authorization: Bearer MARKMARKMARK-bearer",
    "Proxy-Authorization: Basic dXNlcjpNQVJLTUFSS01BUktwYXNz",
    "Cookie: a=MARKMARKMARK-a; b=\"MARKMARKMARK \\b\"",
    "X-Api-Key: MARKMARKMARK/+key=",
    "X-Tenant: MARKMARKMARK's tenant",
    "X-Note: <MARKMARKMARK & \"more\">",
    "Accept-Language: MARKMARKMARK",
];

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// The lines with a secret.
fn leaks(place: &str, text: &[u8], found: &mut Vec<String>) {
    let text = String::from_utf8_lossy(text);
    for line in text.lines() {
        let at = ENCODED.iter().chain([&MARK]).filter_map(|mark| line.find(mark)).min();
        if let Some(at) = at {
            let start = (at.saturating_sub(60)..=at)
                .find(|i| line.is_char_boundary(*i))
                .unwrap_or(at);
            found.push(format!(
                "{place}: {}",
                line[start..].chars().take(120).collect::<String>()
            ));
        }
    }
}

fn leaks_of(ran: &Ran, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    leaks("stdout", ran.out.as_bytes(), &mut found);
    leaks("stderr", ran.err.as_bytes(), &mut found);
    for file in files(folder) {
        leaks(
            &file.display().to_string(),
            &std::fs::read(&file).expect("a file"),
            &mut found,
        );
    }
    found
}

#[track_caller]
fn check_none(ran: &Ran, folder: &Path, what: &str) {
    let found = leaks_of(ran, folder);
    assert!(
        found.is_empty(),
        "{what}: {} leaks, the first of them:\n{}",
        found.len(),
        found.iter().take(12).cloned().collect::<Vec<_>>().join("\n")
    );
}

fn with_headers(args: &[&str]) -> Vec<String> {
    let headers = HEADERS.iter().flat_map(|h| ["-H".to_owned(), (*h).to_owned()]);
    args.iter().map(|a| (*a).to_owned()).chain(headers).collect()
}

/// The arguments for a full report in a format, and for a results file.
fn written_to<'a>(results: &'a str, format: &'a str) -> [&'a str; 6] {
    ["--details", "1000", "--format", format, "--output", results]
}

fn run(args: &[String]) -> Ran {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    run_in(&root(), &args, "")
}

/// The reports of a results file.
fn check_reports(results: &str, folder: &Path) {
    let html = folder.join("html");
    let html = html.to_str().expect("a name");
    for args in [
        vec!["report", results, "--details", "1000"],
        vec!["report", results, "--format", "json"],
        vec!["report", results, "--html", html],
    ] {
        let ran = run_in(&root(), &args, "");
        assert!(ran.code < 2, "{}", ran.err);
        check_none(&ran, folder, &args.join(" "));
    }
}

#[test]
fn probe_prints_and_writes_no_secret() {
    let server = EchoServer::start();
    let url = format!(
        "http://user:MARKMARKMARK%21@{}/data?access_token=MARKMARKMARK.q&page=2",
        server.address
    );
    for format in ["text", "json"] {
        let folder = tempfile::tempdir().expect("a folder");
        let results = folder.path().join("results.jsonl");
        let results = results.to_str().expect("a name");
        let probe = ["probe", &url, "--policy", "cases/policies/one.yaml", "--rate", "2000"];
        let mut args = with_headers(&[&probe[..], &written_to(results, format)].concat());
        let ran = run(&args);
        assert_eq!(ran.code, 1, "{}", ran.err);
        check_none(&ran, folder.path(), format);
        assert!(ran.out.contains("[redacted]@127.0.0.1"), "{}", ran.out);
        if format == "text" {
            for part in [
                "Authorization: [redacted]",
                "access_token=[redacted]&page=2",
                "sid=[redacted]; Path=/",
            ] {
                assert!(ran.out.contains(part), "`{part}` is not in\n{}", ran.out);
            }
            check_reports(results, folder.path());
            args.push("--show-secrets".to_owned());
            let found = leaks_of(&run(&args), folder.path());
            assert!(
                found
                    .iter()
                    .any(|l| l.starts_with("stdout") && l.contains("MARKMARKMARK-bearer")),
                "{found:?}"
            );
        }
    }
}

#[test]
fn the_password_of_a_url_is_sent_and_not_shown() {
    let server = EchoServer::start();
    let url = format!("http://user:MARKMARKMARK%21@{}/data", server.address);
    let folder = tempfile::tempdir().expect("a folder");
    let results = folder.path().join("results.jsonl");
    let results = results.to_str().expect("a name");
    let probe = ["probe", &url, "--policy", "cases/policies/one.yaml", "--rate", "2000"];
    let mut args: Vec<String> = probe
        .iter()
        .chain(&written_to(results, "text"))
        .map(|a| (*a).to_owned())
        .collect();
    let ran = run(&args);
    check_none(&ran, folder.path(), "a password");
    assert!(ran.out.contains("Authorization: [redacted]"), "{}", ran.out);
    args.push("--show-secrets".to_owned());
    let ran = run(&args);
    // The base64 of `user:MARKMARKMARK!`.
    assert!(
        ran.out.contains("uthorization: Basic dXNlcjpNQVJLTUFSS01BUksh"),
        "{}",
        ran.out
    );
    args.extend(["-H".to_owned(), "Authorization: Bearer mine".to_owned()]);
    let ran = run(&args);
    assert!(
        ran.out.contains("Bearer mine") && !ran.out.contains("Basic dXNl"),
        "{}",
        ran.out
    );
}

#[test]
fn errors_of_probe_print_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    // Nothing listens on the port of a closed socket.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a port")
        .port();
    let down = format!("http://user:MARKMARKMARK@127.0.0.1:{port}/?token=MARKMARKMARK");
    let policy = ["--policy", "cases/policies/one.yaml"];
    for (url, more) in [
        (down.as_str(), &[][..]),
        ("user:MARKMARKMARK@localhost", &[]),
        ("//user:MARKMARKMARK@localhost", &[]),
        ("ftp://user:MARKMARKMARK@localhost/?password=MARKMARKMARK", &[]),
        ("http://user:MARKMARKMARK@host:port/", &[]),
        ("http://user:MARKMARKMARK@no-such-host.invalid/", &[]),
        (&down, &["-H", "Authorization MARKMARKMARK"]),
        (&down, &["-H", "MARKMARKMARK"]),
        (&down, &["-H", "X: MARKMARKMARK\nY: MARKMARKMARK"]),
        (&down, &["--rate", "0"]),
        (&down, &["no-such-filter/*"]),
        (&down, &["--heade=Authorization: MARKMARKMARK"]),
    ] {
        let ran = run(&with_headers(&[&["probe", url], &policy[..], more].concat()));
        assert!(ran.code >= 2, "{}", ran.err);
        check_none(&ran, folder.path(), url);
    }
}

#[test]
fn run_prints_and_writes_no_secret_and_keeps_the_values_of_cases() {
    for format in ["text", "json"] {
        let folder = tempfile::tempdir().expect("a folder");
        let results = folder.path().join("results.jsonl");
        let results = results.to_str().expect("a name");
        let run_any = ["run", "policies/any", "--server", "tower-http", "--no-baseline"];
        let mut args = with_headers(&[&run_any[..], &written_to(results, format)].concat());
        let ran = run(&args);
        assert_eq!(ran.code, 1, "{}", ran.err);
        check_none(&ran, folder.path(), format);
        if format == "text" {
            assert!(ran.out.contains("Authorization: [redacted]"), "{}", ran.out);
            check_reports(results, folder.path());
            args.push("--show-secrets".to_owned());
            let found = leaks_of(&run(&args), folder.path());
            assert!(found.iter().any(|l| l.contains("MARKMARKMARK-bearer")), "{found:?}");
        }
    }
}

/// Exchanges as users paste them, with secrets in all places; some of them cannot be read.
const PASTES: [&str; 14] = [
    "> GET /data?access_token=MARKMARKMARK HTTP/1.1\n> Host: api.example\n> Origin: https://app.example\n> Authorization: Bearer MARKMARKMARK\n> Cookie: a=MARKMARKMARK; b=MARKMARKMARK\n>\n< HTTP/1.1 200 OK\n< Set-Cookie: sid=MARKMARKMARK; Path=/\n< Access-Control-Allow-Origin: *\n<\n",
    "> GET /data HTTP/1.1\n> Host: api.example\n> Origin: https://app.example\n> Authorization: Bearer abc.\nMARKMARKMARK\n",
    "> GET /data HTTP/1.1\n> Host: api.example\n> Authorization MARKMARKMARK\n",
    "> GET /data HTTP/1.1\n> Host: api.example\n> Cookie: MARKMARKMARK\n> Origin\n",
    "$ curl -i https://user:MARKMARKMARK@api.example/data -H 'Origin: https://app.example' -H 'X-Api-Key: MARKMARKMARK'\nHTTP/1.1 302 Found\nLocation: https://login.example/?code=MARKMARKMARK\nSet-Cookie: MARKMARKMARK\n\n",
    "curl 'https://api.example/data?sig=MARKMARKMARK' -X PUT -H 'Origin: https://app.example' -H 'authorization: MARKMARKMARK' -b 'a=MARKMARKMARK' -u 'me:MARKMARKMARK' --data-raw '{\"password\":\"MARKMARKMARK\"}'\nHTTP/1.1 200 OK\n\n",
    "fetch(\"https://api.example/data?token=MARKMARKMARK\", {\"headers\": {\"authorization\": \"Bearer MARKMARKMARK\", \"x-csrf-token\": \"MARKMARKMARK\"}, \"body\": \"user=a&password=MARKMARKMARK\", \"method\": \"POST\", \"mode\": \"cors\", \"credentials\": \"include\", \"referrer\": \"https://app.example/?session=MARKMARKMARK\"});\n\nHTTP/1.1 200 OK\nset-cookie: a=MARKMARKMARK\n",
    "fetch(\"https://api.example/data\", {\"headers\": {\"authorization\": \"Bearer MARKMARKMARK\", oops",
    "Request URL: https://api.example/data?api_key=MARKMARKMARK\nRequest Method: GET\nStatus Code: 200 OK\n\nRequest Headers\nauthorization: Bearer MARKMARKMARK\norigin: https://app.example\ncookie: a=MARKMARKMARK\n\nResponse Headers\nset-cookie: a=MARKMARKMARK\nx-auth-token: MARKMARKMARK\n",
    "GET /data HTTP/1.1\nHost: api.example\nOrigin: https://app.example\nauthorization\nBearer MARKMARKMARK\n",
    "{\"log\": {\"entries\": [{\"request\": {\"method\": \"GET\", \"url\": \"https://api.example/?token=MARKMARKMARK\", \"headers\": [{\"name\": \"Origin\", \"value\": \"https://app.example\"}, {\"name\": \"Cookie\", \"value\": \"a=MARKMARKMARK\"}, {\"name\": \"authorization\", \"value\": \"Bearer MARKMARKMARK\"}]}, \"response\": {\"status\": 200, \"statusText\": \"OK\", \"headers\": [{\"name\": \"set-cookie\", \"value\": \"a=MARKMARKMARK\"}]}}]}}",
    "{\"log\": {\"entries\": [{\"request\": {\"method\": \"GET\", \"url\": \"https://api.example/?token=MARKMARKMARK\", \"headers\": [{\"name\": \"authorization\", \"value\": \"Bearer MARKMARKMARK\"}",
    "Access to fetch at 'https://user:MARKMARKMARK@api.example/data?access_token=MARKMARKMARK' from origin 'https://app.example' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.",
    "axios.get('https://api.example/?token=MARKMARKMARK')",
];

#[test]
fn explain_prints_no_secret_of_a_paste() {
    let folder = tempfile::tempdir().expect("a folder");
    for paste in PASTES {
        for more in [
            &[][..],
            &["--format", "json"],
            &[
                "--url",
                "https://other.example/?key=MARKMARKMARK",
                "--origin",
                "https://app.example",
            ],
        ] {
            let ran = run_in(&root(), &[&["explain", "-"], more].concat(), paste);
            assert!(!ran.out.is_empty() || !ran.err.is_empty());
            check_none(&ran, folder.path(), &format!("{more:?} {paste}"));
        }
    }
    let ran = run_in(&root(), &["explain", "-", "--show-secrets"], PASTES[0]);
    assert!(
        ran.out.contains("Authorization: Bearer MARKMARKMARK"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn explain_prints_no_secret_of_a_flag() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = "https://api.example/data?access_token=MARKMARKMARK&page=2";
    let own = [
        "explain",
        "--origin",
        "https://app.example",
        "--credentials",
        "include",
        "--url",
    ];
    // Content negotiation decides whether there is a preflight, so that its values stay.
    let headers = HEADERS.iter().filter(|h| !h.starts_with("Accept"));
    let headers: Vec<&str> = headers
        .flat_map(|h| ["-H", h])
        .chain(["-H", "Content-Type: application/json"])
        .collect();
    for more in [
        &[][..],
        &[
            "--response",
            "204",
            "--response",
            "200 | Set-Cookie: a=MARKMARKMARK | X-Auth-Token: MARKMARKMARK | Access-Control-Allow-Origin: *",
        ],
        &[
            "--response",
            "302 | Location: https://me:MARKMARKMARK@other.example/?code=MARKMARKMARK",
        ],
        &["--response", "Set-Cookie: a=MARKMARKMARK"],
        &["--response", "200 | Authorization MARKMARKMARK"],
        &[
            "--cookie",
            "a=MARKMARKMARK; Path=/; Secure; SameSite=None",
            "-X",
            "POST",
            "--body",
            "password=MARKMARKMARK",
        ],
        &["-H", "MARKMARKMARK"],
        &["-H", "Authorization: MARKMARKMARK\u{1}"],
        &["--mode", "navigate"],
        &["some/case"],
    ] {
        for format in ["text", "json"] {
            let args = [&own[..], &[url, "--format", format], &headers, more].concat();
            let ran = run_in(&root(), &args, "");
            check_none(&ran, folder.path(), &format!("{more:?}"));
            if more.is_empty() {
                for part in ["access_token=[redacted]&page=2", "application/json"] {
                    assert!(ran.out.contains(part), "`{part}` is not in\n{}", ran.out);
                }
            }
        }
    }
    for url in [
        "https://me:MARKMARKMARK@api.example/",
        "me:MARKMARKMARK@api.example",
        "https//me:MARKMARKMARK@api.example",
    ] {
        let ran = run_in(&root(), &[&own[..], &[url]].concat(), "");
        check_none(&ran, folder.path(), url);
    }
}

#[test]
fn the_secrets_of_an_input_do_not_change_the_answer() {
    for paste in PASTES {
        let verdict = |more: &[&str]| {
            let ran = run_in(&root(), &[&["explain", "-"], more].concat(), paste);
            let lines: Vec<String> = ran.out.lines().take(2).map(str::to_owned).collect();
            (ran.code, lines)
        };
        let (hidden, shown) = (verdict(&[]), verdict(&["--show-secrets"]));
        assert_eq!(hidden.0, shown.0, "{paste}");
        for (hidden, shown) in hidden.1.iter().zip(&shown.1) {
            assert_eq!(
                hidden.split_whitespace().count(),
                shown.split_whitespace().count(),
                "{hidden}\n{shown}"
            );
        }
    }
}
