//! Servers with a `url` in `crosscheck.yaml`.

use super::faulty::allows_the_end;
use super::server::{Server, right};
use super::{PRIVATE, crosscheck, folder, probe};
use serde_json::Value;
use std::fs::read_to_string;
use std::path::Path;

/// Writes a `crosscheck.yaml` with a server at each URL.
fn write(folder: &Path, servers: &[(&str, &str)]) {
    let mut text = "crosscheck: 1\nservers:\n".to_owned();
    for (name, url) in servers {
        text += &format!("  {name}: {{ url: \"{url}\", policy: policy.yaml, rate: 1000 }}\n");
    }
    std::fs::write(folder.join("crosscheck.yaml"), text).expect("a file");
}

/// The id and the verdict of each case of a subject in a results file, without those that state the address of the server.
fn verdicts(results: &Path, subject: &str) -> Vec<(String, String)> {
    let text = read_to_string(results).expect("the results");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let cases = lines.filter(|line| line["subject"] == subject && line["id"].is_string());
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    cases.map(|case| (word(&case["id"]), word(&case["verdict"]))).collect()
}

#[test]
fn run_gives_a_server_with_a_url_the_verdicts_of_a_probe() {
    let server = Server::start(allows_the_end);
    let (_guard, folder) = folder(PRIVATE);
    let url = server.url("/api");
    write(&folder, &[("staging", &url)]);
    let probed = probe(&folder, &[&url, "--policy", "policy.yaml", "--output", "probe.jsonl"]);
    let ran = crosscheck(&folder, &["run"]);
    assert_eq!((probed.code, ran.code), (1, 1), "{}{}", ran.out, ran.err);
    let expected = verdicts(&folder.join("probe.jsonl"), &url);
    assert!(expected.iter().any(|(_, verdict)| verdict == "over-grant"));
    assert_eq!(verdicts(&folder.join(".crosscheck/results.jsonl"), "staging"), expected);
    for text in ["grant-with-credentials", "--server staging", &format!("{url}\n")] {
        assert!(ran.out.contains(text), "{text}: {}", ran.out);
    }
    // Nothing starts it.
    assert!(!ran.out.contains("$SERVER"), "{}", ran.out);
    let served = crosscheck(&folder, &["subjects", "check", "staging"]);
    assert!(
        served.out.contains("is already running"),
        "{}{}",
        served.out,
        served.err
    );
    let shards: usize = ["1/2", "2/2"]
        .into_iter()
        .map(|shard| {
            crosscheck(&folder, &["run", "--shard", shard]);
            verdicts(&folder.join(".crosscheck/results.jsonl"), "staging").len()
        })
        .sum();
    assert_eq!(shards, expected.len());
}

#[test]
fn a_server_with_a_url_has_a_baseline_that_lint_knows() {
    let server = Server::start(allows_the_end);
    let (_guard, folder) = folder(PRIVATE);
    write(&folder, &[("staging", &server.url("/api"))]);
    let written = crosscheck(&folder, &["run", "--update-baseline"]);
    assert_eq!(written.code, 0, "{}{}", written.out, written.err);
    let causes = folder.join("crosscheck-baseline/staging.yaml");
    let text = read_to_string(&causes).expect("the causes");
    std::fs::write(
        &causes,
        text.replace("reason: unexplained", "reason: compares the end of the origin"),
    )
    .expect("a file");
    let known = crosscheck(&folder, &["run"]);
    assert_eq!(known.code, 0, "{}{}", known.out, known.err);
    let lint = crosscheck(&folder, &["lint"]);
    assert_eq!(lint.code, 0, "{}{}", lint.out, lint.err);
    let one = crosscheck(&folder, &["run", "policies/policy#origin/*"]);
    assert!(one.code == 0 && one.out.contains("cases in"), "{}{}", one.out, one.err);
    let none = crosscheck(&folder, &["run", "policies/policy#nothing/*"]);
    assert!(none.code == 2 && none.err.contains("no case matches"), "{}", none.err);
    std::fs::write(folder.join("policy.yaml"), "title: Wrong\npolicy: { origin: x }\n").expect("a file");
    for command in ["run", "lint"] {
        let wrong = crosscheck(&folder, &[command]);
        let text = wrong.out + &wrong.err;
        assert!(
            wrong.code == 2 && text.contains("policy.yaml:2:") && text.contains("did you mean `origins`?"),
            "{text}"
        );
    }
}

#[test]
fn several_servers_with_urls_run_and_one_that_does_not_answer_is_reported() {
    let good = Server::start(right);
    let (_guard, folder) = folder(PRIVATE);
    let secret = good.url("/api").replace("http://", "http://user:geheim@");
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}/", listener.local_addr().expect("an address"))
    };
    write(&folder, &[("good", &secret), ("gone", &gone)]);
    let ran = crosscheck(&folder, &["run"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("good local (server): ") && ran.out.contains("cannot connect to"),
        "{}{}",
        ran.out,
        ran.err
    );
    let results = read_to_string(folder.join(".crosscheck/results.jsonl")).expect("the results");
    for text in [&ran.out, &ran.err, &results] {
        assert!(!text.contains("geheim"), "{text}");
    }
    assert_eq!(crosscheck(&folder, &["run", "--server", "good"]).code, 0);
    let none = crosscheck(&folder, &["run", "--server", "gone"]);
    assert_eq!(none.code, 3, "{}{}", none.out, none.err);
}
