//! `crosscheck infer` on small servers.

use super::server::{Answer, Handler, Request, Server, answer, right};
use super::{Ran, folder, probe};
use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `crosscheck infer` in a folder, fast.
fn infer(folder: &Path, args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args([&["infer"], args, &["--rate", "100000", "--timeout", "120"]].concat())
        .current_dir(folder)
        .output()
        .expect("the program runs");
    Ran {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Lets an origin in, with credentials.
fn lets_in(request: &Request, is_let_in: bool) -> Answer {
    if !is_let_in {
        return answer(200, &["Vary: Origin"]);
    }
    answer(200, &["Vary: Origin", "Access-Control-Allow-Credentials: true"])
        .with(format!("Access-Control-Allow-Origin: {}", request.origin()))
}

/// The host of an origin.
fn host(request: &Request) -> &str {
    let origin = request.origin();
    let rest = origin.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(':').next().unwrap_or_default()
}

/// A server, what the first line says of it, other texts, and the exit code.
struct Asked(Handler, &'static str, &'static [&'static str], i32);

const SERVERS: &[Asked] = &[
    Asked(
        right,
        " lets in https://app.example\n",
        &[
            "credentials  yes",
            "methods      PUT",
            "headers      authorization",
            "are not found by asking",
        ],
        0,
    ),
    Asked(
        |_| answer(200, &["Access-Control-Allow-Origin: *"]),
        " lets in every origin, by `*`\n",
        &["credentials  no", "methods      none"],
        0,
    ),
    Asked(
        |request| lets_in(request, !request.origin().is_empty()),
        " lets in every origin\n",
        &[
            "Anybody, with a sandboxed frame, reads the answer with the user's credentials: null\n",
            "Whoever registers a domain reads the answer with the user's credentials: https://zq7.test\n",
        ],
        1,
    ),
    Asked(
        |request| lets_in(request, host(request).ends_with("app.example")),
        " lets in origins of http and https whose host ends with app.example, at any port\n",
        &["Whoever registers a domain reads the answer with the user's credentials: https://zq7app.example\n"],
        1,
    ),
    Asked(
        |request| lets_in(request, request.origin().starts_with("https://app.example")),
        " lets in origins of https whose host begins with app.example\n",
        &["credentials: https://app.examplezq7.test\n"],
        1,
    ),
    // Refusals with a status of the application are answers.
    Asked(
        |request| match request.origin() {
            "" | "https://app.example" => right(request),
            _ => answer(403, &[]),
        },
        " lets in https://app.example\n",
        &["named after"],
        0,
    ),
    Asked(
        |request| lets_in(request, request.origin().len() == 19),
        "compares origins in a way that is not known here",
        &["let in:\n", "refused:\n", "itself"],
        1,
    ),
];

#[test]
fn each_server_is_named_with_what_it_grants_and_who_can_use_that() {
    let folder = tempfile::tempdir().expect("a folder");
    for Asked(handler, headline, texts, code) in SERVERS {
        let server = Server::start(*handler);
        let ran = infer(folder.path(), &[&server.url("/api"), "--origin", "https://app.example"]);
        assert_eq!(ran.code, *code, "{}{}", ran.out, ran.err);
        let first = ran.out.split_inclusive('\n').next().unwrap_or_default();
        assert!(first.contains(headline), "{headline}: {}", ran.out);
        for text in *texts {
            assert!(ran.out.contains(text), "{text}: {}", ran.out);
        }
        let requests = server.requests.load(Ordering::SeqCst);
        assert!(requests <= 60, "{headline}: {requests} requests");
        let targets = server.targets.lock().expect("no panic").clone();
        assert_eq!(targets, ["/api"]);
    }
}

#[test]
fn the_policy_that_is_written_is_the_one_that_the_server_keeps() {
    for (handler, origins) in [
        (right as Handler, "{ list: [\"https://app.example\"] }"),
        (
            |request| lets_in(request, request.origin().ends_with("app.example")),
            "{ regex: ['^https?://.*app\\.example$'] }",
        ),
    ] {
        let server = Server::start(handler);
        let (_guard, folder) = folder("");
        let url = server.url("/api");
        let args = [
            &*url,
            "--origin",
            "https://app.example",
            "--write-policy",
            "inferred.yaml",
        ];
        let ran = infer(&folder, &args);
        assert!(ran.out.contains("policy: inferred.yaml\n"), "{}{}", ran.out, ran.err);
        let text = read_to_string(folder.join("inferred.yaml")).expect("the policy");
        assert!(text.contains(&format!("  origins: {origins}\n")), "{text}");
        let probed = probe(
            &folder,
            &[
                &url,
                "--policy",
                "inferred.yaml",
                "--fail-on",
                "verdict:over-grant,verdict:over-deny",
            ],
        );
        assert_eq!(probed.code, 0, "{}{}", probed.out, probed.err);
        // An existing file is not replaced, and no request is sent.
        let before = server.requests.load(Ordering::SeqCst);
        let again = infer(&folder, &args);
        assert!(
            again.code == 2 && again.err.contains("inferred.yaml exists already"),
            "{}",
            again.err
        );
        assert_eq!(server.requests.load(Ordering::SeqCst), before);
    }
}

#[test]
fn the_page_reads_the_answer_from_the_origin_of_the_attacker() {
    let (_guard, folder) = folder("");
    for (handler, name, texts) in [
        (
            (|request| lets_in(request, request.origin().ends_with("app.example"))) as Handler,
            "domain.html",
            ["Serve this page at https://zq7app.example.", "credentials: \"include\""],
        ),
        (
            |request| lets_in(request, matches!(request.origin(), "null" | "https://app.example")),
            "frame.html",
            [
                "<iframe sandbox=\"allow-scripts\" srcdoc=\"",
                "credentials: &quot;include&quot;",
            ],
        ),
    ] {
        let server = Server::start(handler);
        let url = server.url("/api?a=</script>");
        infer(
            &folder,
            &[&url, "--origin", "https://app.example", "--write-page", name],
        );
        let page = read_to_string(folder.join(name)).expect("the page");
        for text in texts {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert_eq!(page.matches("</script>").count(), 1, "{page}");
    }
}

#[test]
fn a_server_that_changes_its_mind_and_one_that_is_not_itself_get_no_conclusion() {
    static CHANGES: AtomicUsize = AtomicUsize::new(0);
    static LIMITED: AtomicUsize = AtomicUsize::new(0);
    static BANNED: AtomicUsize = AtomicUsize::new(0);
    static CLOSED: AtomicUsize = AtomicUsize::new(0);
    let servers: [(Handler, i32, &str); 4] = [
        (
            |request| {
                // After the questions, nobody is let in any more but by credentials.
                let is_late = CHANGES.fetch_add(1, Ordering::SeqCst) > 30;
                if is_late {
                    lets_in(request, request.origin() == "https://zq7.test")
                } else {
                    right(request)
                }
            },
            1,
            "changes its answers",
        ),
        (
            |request| match LIMITED.fetch_add(1, Ordering::SeqCst) {
                0..12 => right(request),
                _ => answer(429, &["Retry-After: 600"]),
            },
            3,
            "a rate limiter answers 429 since request 13",
        ),
        (
            |request| match BANNED.fetch_add(1, Ordering::SeqCst) {
                0..12 => right(request),
                _ => answer(403, &[]),
            },
            3,
            "since request 13 the server answers 403 also to the origin that it let in before",
        ),
        (
            |request| match CLOSED.fetch_add(1, Ordering::SeqCst) {
                0..12 => right(request),
                _ => answer(503, &[]),
            },
            3,
            "since request 13",
        ),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    for (handler, code, text) in servers {
        let server = Server::start(handler);
        let ran = infer(folder.path(), &[&server.url("/"), "--origin", "https://app.example"]);
        let all = ran.out + &ran.err;
        assert!(ran.code == code && all.contains(text), "{text}: {}: {all}", ran.code);
        assert!(!all.contains("lets in https"), "{all}");
    }
}

#[test]
fn wrong_usage_is_reported_before_a_request_and_secrets_are_not_shown() {
    let server = Server::start(right);
    let url = server.url("/");
    let folder = tempfile::tempdir().expect("a folder");
    for (args, text) in [
        (vec!["nowhere"], "the URL cannot be read"),
        (vec![&*url, "--origin", "app.example"], "write scheme, host and port"),
        (vec![&*url, "--origin", "https://app.example/"], "is not an origin"),
        (vec![&*url, "--max-requests", "5"], "allow at least 60"),
    ] {
        let ran = infer(folder.path(), &args);
        assert!(ran.code == 2 && ran.err.contains(text), "{text}: {}", ran.err);
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
    let gone = infer(folder.path(), &["http://127.0.0.1:1/"]);
    assert!(gone.code == 3 && gone.err.contains("cannot connect"), "{}", gone.err);
    let nobody = infer(folder.path(), &[&*url, "--origin", "https://other.example"]);
    assert!(
        nobody.code == 3 && nobody.err.contains("does not let https://other.example in"),
        "{}",
        nobody.err
    );
    let unknown = infer(folder.path(), &[&*url]);
    assert!(
        unknown.code == 0 && unknown.out.contains("lets none of the origins in that were tried"),
        "{}",
        unknown.out
    );
    let secret = url.replace("http://", "http://user:geheim@");
    let args = [&*secret, "--origin", "https://app.example", "-H", "X-Key: verborgen"];
    let shown = infer(folder.path(), &args);
    let json = infer(folder.path(), &[&args[..], &["--format", "json"]].concat());
    for text in [&shown.out, &shown.err, &json.out, &json.err] {
        assert!(!text.contains("geheim") && !text.contains("verborgen"), "{text}");
    }
    let value = json.json();
    assert_eq!(
        (&value["conclusion"], &value["lets_in"]),
        (&"explained".into(), &"https://app.example".into())
    );
    assert_eq!(value["methods"], serde_json::json!(["PUT"]));
}

#[test]
fn the_guide_shows_the_report_of_a_server_that_compares_the_end_of_the_host() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/guides/infer.md");
    let page = read_to_string(page).expect("the guide");
    let shown = page
        .split("```text report\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let server = Server::start(|request| lets_in(request, host(request).ends_with("app.example")));
    let folder = tempfile::tempdir().expect("a folder");
    let ran = infer(
        folder.path(),
        &[&server.url("/api/data"), "--origin", "https://app.example"],
    );
    let port = format!("127.0.0.1:{}", server.address.port());
    assert_eq!(Some(&*ran.out.replace(&port, "localhost:3000")), shown);
}
