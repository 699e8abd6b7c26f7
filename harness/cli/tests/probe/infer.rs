//! `crosscheck infer` on small servers.

use super::server::{Answer, Handler, Request, Server, answer, right};
use super::{folder, infer, probe};
use std::fs::read_to_string;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Allows an origin, with credentials.
fn allow(request: &Request, is_allowed: bool) -> Answer {
    if !is_allowed {
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

/// A server, the end of the first line, other texts, and the exit code.
struct Inferred(Handler, &'static str, &'static [&'static str], i32);

const SERVERS: &[Inferred] = &[
    Inferred(
        right,
        " allows https://app.example\n",
        &[
            "credentials  yes",
            "methods      PUT",
            "headers      authorization",
            "Queries do not find them",
        ],
        0,
    ),
    Inferred(
        |_| answer(200, &["Access-Control-Allow-Origin: *"]),
        " allows every origin, with `*`\n",
        &["credentials  no", "methods      only the safelisted ones"],
        0,
    ),
    Inferred(
        |request| allow(request, !request.origin().is_empty()),
        " allows every origin\n",
        &[
            "Any page with a sandboxed frame can read the response with the user's credentials: null\n",
            "An attacker who registers a domain can read the response with the user's credentials: https://zq7.test\n",
        ],
        1,
    ),
    Inferred(
        |request| allow(request, host(request).ends_with("app.example")),
        " allows http and https origins whose host ends with app.example, with any port\n",
        &[
            "An attacker who registers a domain can read the response with the user's credentials: https://zq7app.example\n",
        ],
        1,
    ),
    Inferred(
        |request| allow(request, request.origin().starts_with("https://app.example")),
        " allows https origins whose host starts with app.example\n",
        &["credentials: https://app.examplezq7.test\n"],
        1,
    ),
    // Methods that repeat the request.
    Inferred(
        |request| {
            let mut response = right(request);
            response
                .headers
                .retain(|line| !line.starts_with("Access-Control-Allow-Methods"));
            let method = request.get("access-control-request-method").unwrap_or("GET");
            response.with(format!("Access-Control-Allow-Methods: {method}"))
        },
        " allows https://app.example\n",
        &["methods      any\n"],
        0,
    ),
    // A status of the application's own refusals.
    Inferred(
        |request| match request.origin() {
            "" | "https://app.example" => right(request),
            _ => answer(403, &[]),
        },
        " allows https://app.example\n",
        &["named after"],
        0,
    ),
    Inferred(
        |request| allow(request, request.origin().len() == 19),
        "compares origins in an unknown way",
        &["allowed:\n", "refused:\n", "itself"],
        1,
    ),
];

#[test]
fn each_server_is_described_with_its_grants_and_the_attacks() {
    let folder = tempfile::tempdir().expect("a folder");
    for Inferred(handler, headline, texts, code) in SERVERS {
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
            |request| allow(request, request.origin().ends_with("app.example")),
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
fn the_page_reads_the_response_from_the_origin_of_the_attacker() {
    let (_guard, folder) = folder("");
    for (handler, name, texts) in [
        (
            (|request| allow(request, request.origin().ends_with("app.example"))) as Handler,
            "domain.html",
            ["Serve this page at https://zq7app.example.", "credentials: \"include\""],
        ),
        (
            |request| allow(request, matches!(request.origin(), "null" | "https://app.example")),
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
fn a_server_whose_responses_change_and_one_behind_a_limiter_get_no_explanation() {
    static CHANGES: AtomicUsize = AtomicUsize::new(0);
    static LIMITED: AtomicUsize = AtomicUsize::new(0);
    static BANNED: AtomicUsize = AtomicUsize::new(0);
    static CLOSED: AtomicUsize = AtomicUsize::new(0);
    let servers: [(Handler, i32, &str); 4] = [
        (
            |request| {
                // After the queries, it allows another origin.
                let is_late = CHANGES.fetch_add(1, Ordering::SeqCst) > 30;
                if is_late {
                    allow(request, request.origin() == "https://zq7.test")
                } else {
                    right(request)
                }
            },
            1,
            "changes its responses",
        ),
        (
            |request| match LIMITED.fetch_add(1, Ordering::SeqCst) {
                0..12 => right(request),
                _ => answer(429, &["Retry-After: 600"]),
            },
            3,
            "a rate limiter responds with 429 since request 13",
        ),
        (
            |request| match BANNED.fetch_add(1, Ordering::SeqCst) {
                0..12 => right(request),
                _ => answer(403, &[]),
            },
            3,
            "since request 13 the server responds with 403 also to the origin that it allowed before",
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
        assert!(!all.contains(" allows https"), "{all}");
    }
}

#[test]
fn wrong_usage_is_reported_before_a_request_and_secrets_are_not_shown() {
    let server = Server::start(right);
    let url = server.url("/");
    let folder = tempfile::tempdir().expect("a folder");
    for (args, text) in [
        (vec!["nowhere"], "the URL is not valid"),
        (
            vec![&*url, "--origin", "app.example"],
            "write the origin as in an Origin header",
        ),
        (
            vec![&*url, "--origin", "https://app.example/"],
            "is not a serialized origin",
        ),
        (vec![&*url, "--max-requests", "5"], "--max-requests 80 or more"),
    ] {
        let ran = infer(folder.path(), &args);
        assert!(ran.code == 2 && ran.err.contains(text), "{text}: {}", ran.err);
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
    let gone = infer(folder.path(), &["http://127.0.0.1:1/"]);
    assert!(gone.code == 3 && gone.err.contains("cannot connect"), "{}", gone.err);
    let refused = infer(folder.path(), &[&*url, "--origin", "https://other.example"]);
    assert!(
        refused.code == 3 && refused.err.contains("does not allow https://other.example"),
        "{}",
        refused.err
    );
    let unknown = infer(folder.path(), &[&*url]);
    assert!(
        unknown.code == 0 && unknown.out.contains("allows none of the origins that were tried"),
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
        (&value["conclusion"], &value["allows"]),
        (&"explained".into(), &"https://app.example".into())
    );
    assert_eq!(value["grants"]["methods"], serde_json::json!(["PUT"]));
}

#[test]
fn the_guide_shows_the_report_of_a_server_that_compares_the_end_of_the_host() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/guides/infer.md");
    let page = read_to_string(page).expect("the guide");
    let shown = page
        .split("```text report\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let server = Server::start(|request| allow(request, host(request).ends_with("app.example")));
    let folder = tempfile::tempdir().expect("a folder");
    let ran = infer(
        folder.path(),
        &[&server.url("/api/data"), "--origin", "https://app.example"],
    );
    let port = format!("127.0.0.1:{}", server.address.port());
    assert_eq!(Some(&*ran.out.replace(&port, "localhost:3000")), shown);
}

#[test]
fn no_more_requests_are_sent_than_the_limit() {
    const KNOWN: &str = "https://app.eu.site.example";
    // Each new status of a refusal is followed by a request of the known origin, and each listed name by a preflight.
    let server = Server::start(|request| match request.origin() {
        "" | KNOWN => allow(request, true)
            .with("Access-Control-Allow-Methods: A, B, C, D, E, F, G, H".to_owned())
            .with("Access-Control-Allow-Headers: x-a, x-b, x-c, x-d, x-e, x-f, x-g, x-h".to_owned()),
        origin => answer(430 + origin.bytes().map(u16::from).sum::<u16>() % 70, &[]),
    });
    let folder = tempfile::tempdir().expect("a folder");
    let url = server.url("/");
    let few = infer(folder.path(), &[&url, "--origin", KNOWN, "--max-requests", "80"]);
    assert_eq!(server.requests.swap(0, Ordering::SeqCst), 80);
    assert!(
        few.code == 3 && few.err.contains("80 requests are not enough"),
        "{}",
        few.err
    );
    let many = infer(folder.path(), &[&url, "--origin", KNOWN, "--max-requests", "120"]);
    assert!(
        many.out.contains(&format!(" allows {KNOWN}\n")),
        "{}{}",
        many.out,
        many.err
    );
    assert!(server.requests.load(Ordering::SeqCst) <= 120);
}
