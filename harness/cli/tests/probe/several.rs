//! Several URLs, files of URLs, and routes of documents.

use super::server::{Server, answer, right};
use super::{PRIVATE, folder, probe};
use std::net::TcpListener;
use std::sync::atomic::Ordering;

#[test]
fn each_url_is_a_subject_and_a_summary_is_at_the_end() {
    let (good, bad) = (Server::start(right), Server::start(|_| answer(200, &[])));
    let (_guard, folder) = folder(PRIVATE);
    let down = TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a port");
    let down = format!("http://{down}/");
    let urls = format!("# Our servers\n{} # the second\n\n{down}\n", bad.url("/two"));
    std::fs::write(folder.join("urls.txt"), urls).expect("a file");
    let one = good.url("/one");
    let args = [
        &*one,
        "--urls",
        "urls.txt",
        "--policy",
        "policy.yaml",
        "--output",
        "r.jsonl",
    ];
    let ran = probe(&folder, &args);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let last: Vec<&str> = ran.out.lines().rev().take(3).collect();
    assert!(
        last[2].starts_with(&format!("grade A   {one}   nothing deviates")),
        "{}",
        ran.out
    );
    assert!(
        last[1].starts_with(&format!("grade C   {}   over-deny ", bad.url("/two"))),
        "{}",
        ran.out
    );
    assert!(
        last[0].starts_with(&format!("no grade  {down}   could not run: cannot connect to ")),
        "{}",
        ran.out
    );
    let results = std::fs::read_to_string(folder.join("r.jsonl")).expect("results");
    let headers = results
        .lines()
        .filter(|l| l.starts_with("{\"kind\":\"header\""))
        .count();
    let footers = results
        .lines()
        .filter(|l| l.starts_with("{\"kind\":\"footer\""))
        .count();
    assert_eq!((headers, footers), (3, 3), "{}", ran.err);
    let quiet = probe(&folder, &[&args[..5], &["-q"]].concat());
    assert_eq!(quiet.out.lines().count(), 3, "{}", quiet.out);
    let json = probe(&folder, &[&args[..5], &["--format", "json"]].concat()).json();
    assert_eq!(json["subjects"].as_array().map(Vec::len), Some(3));
    assert!(
        json["subjects"][2]["no_grade"]
            .as_str()
            .is_some_and(|t| t.contains("cannot connect"))
    );
    let nothing = probe(&folder, &[&*down, &format!("{down}x"), "--policy", "policy.yaml"]);
    assert_eq!(nothing.code, 3, "{}{}", nothing.out, nothing.err);
}

#[test]
fn a_file_of_urls_with_a_wrong_line_is_an_error_with_its_place() {
    let (_guard, folder) = folder(PRIVATE);
    let write = |text: &str| std::fs::write(folder.join("urls.txt"), text).expect("a file");
    let run = || probe(&folder, &["--urls", "urls.txt", "--policy", "policy.yaml"]);
    for (text, message) in [
        (
            "http://a.test/\nlocalhost:3000\n",
            "urls.txt:2: this line is not an http or https URL",
        ),
        ("ftp://a.test/\n", "urls.txt:1: this line"),
        ("# nothing\n", "urls.txt: the file has no URL"),
        (&"http://a.test/\n".repeat(1001), "more than 1000 URLs"),
    ] {
        write(text);
        let ran = run();
        assert_eq!((ran.code, &*ran.out), (2, ""), "{}", ran.err);
        assert!(ran.err.contains(message) && ran.err.contains("help:  "), "{}", ran.err);
    }
    let none = probe(&folder, &["--urls", "none.txt", "--policy", "policy.yaml"]);
    assert!(none.code == 2 && none.err.contains("none.txt"), "{}", none.err);
}

/// The document names a server that must not get a request.
fn document(production: &Server) -> String {
    let routes: String = (0..30).map(|n| format!("  /r{n}: {{ get: {{}} }}\n")).collect();
    format!(
        "openapi: 3.0.3\nservers: [{{ url: \"{}\" }}]\npaths:\n  /pets/{{id}}: {{ get: {{ parameters: [{{ name: id, in: path, example: 7 }}] }} }}\n  \
         /t/{{x}}: {{ get: {{}} }}\n{routes}",
        production.url("/v1")
    )
}

#[test]
fn routes_of_documents_are_probed_at_the_server_that_is_named_alone() {
    let (production, local) = (Server::start(right), Server::start(right));
    let (_guard, folder) = folder(PRIVATE);
    std::fs::write(folder.join("openapi.yaml"), document(&production)).expect("a file");
    let har = format!(
        r#"{{"log":{{"entries":[{{"request":{{"method":"GET","url":"{}"}},"response":{{"status":200}}}}]}}}}"#,
        production.url("/from-har?x=1")
    );
    std::fs::write(folder.join("a.har"), har).expect("a file");
    let base = local.url("");
    let ran = probe(
        &folder,
        &[
            &base,
            "--openapi",
            "openapi.yaml",
            "--max-routes",
            "3",
            "--policy",
            "policy.yaml",
            "-q",
        ],
    );
    assert_eq!((ran.code, ran.out.lines().count()), (0, 3), "{}{}", ran.out, ran.err);
    for text in [
        "3 of 31 routes are probed; --max-routes 31",
        "/t/{x} is skipped: its parameter `x`",
    ] {
        assert!(ran.err.contains(text), "`{text}` is not in {}", ran.err);
    }
    let ran = probe(&folder, &[&base, "--har", "a.har", "--policy", "policy.yaml", "-q"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1), "{}{}", ran.out, ran.err);
    let targets = local.targets.lock().expect("no panic").clone();
    assert_eq!(targets, ["/v1/pets/7", "/v1/r0", "/v1/r1", "/from-har?x=1"]);
    assert_eq!(production.requests.load(Ordering::SeqCst), 0);
    let both = probe(
        &folder,
        &[
            &base,
            "--har",
            "a.har",
            "--openapi",
            "openapi.yaml",
            "--policy",
            "policy.yaml",
        ],
    );
    assert_eq!(both.code, 2, "{}", both.err);
    let remote = "openapi: 3.0.3\nservers: [{ url: https://prod.example }]\npaths: { /a: { get: {} } }\n";
    std::fs::write(folder.join("openapi.yaml"), remote).expect("a file");
    let unnamed = probe(&folder, &["--openapi", "openapi.yaml", "--policy", "policy.yaml"]);
    assert!(
        unnamed.code == 2 && unnamed.err.contains("no server is named"),
        "{}",
        unnamed.err
    );
}
