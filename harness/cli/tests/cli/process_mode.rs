//! Process mode: what a server gets, and the errors of servers that cannot be judged.

use crate::program::{root, run_in};

/// A project whose server is started by a command, with the server of the documentation beside it.
fn project(start: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let server = root().join("docs/examples/process/server.cjs");
    std::fs::copy(server, folder.path().join("server.cjs")).expect("a copy");
    let text =
        format!("crosscheck: 1\nservers:\n  mine: {{ start: {start}, start-timeout: 3, flags: [origins-list] }}\n");
    std::fs::write(folder.path().join("crosscheck.yaml"), text).expect("a file");
    folder
}

#[test]
fn a_server_that_cannot_be_judged_is_reported_with_what_to_do() {
    const FIXED: &str = "process.env.CROSSCHECK_POLICY = JSON.stringify({ origins: { list: ['https://app.example'] }, credentials: false, \
                         methods: ['GET'], headers: [], expose: [], max_age: null }); require('./server.cjs')";
    const ELSEWHERE: &str =
        "const s = require('http').createServer().listen(0, '127.0.0.1', () => console.error(s.address().port))";
    for (start, expected) in [
        (
            "[sh, -c, 'echo boom >&2; exit 3']".to_owned(),
            "exit status: 3; its stderr ends with: boom",
        ),
        ("[sleep, '1000']".to_owned(), "did not accept connections at port"),
        (
            "[sh, -c, 'sleep 1000; node server.cjs']".to_owned(),
            "within 3 s; it must listen at the port that the variable PORT names",
        ),
        (format!("[node, -e, \"{ELSEWHERE}\"]"), ", and listens at port "),
        (
            format!("[node, -e, \"{FIXED}\"]"),
            "gives the same answer to https://one.example whether the policy lists that origin or not",
        ),
        ("[no-such-program]".to_owned(), "cannot start `no-such-program`"),
    ] {
        let project = project(&start);
        let ran = run_in(project.path(), &["run", "policies/one#plain-options/own"], "");
        assert_eq!(ran.code, 3, "{start}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains(expected), "{start}: {}", ran.out);
    }
}

#[test]
fn a_server_that_rejects_every_policy_is_judged() {
    let project = project("[sh, -c, 'echo not this one >&2; exit 65']");
    let ran = run_in(project.path(), &["run", "policies/one#plain-options/own"], "");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("refuse-config") && ran.out.contains("not this one"),
        "{}",
        ran.out
    );
}

#[test]
fn the_baseline_of_a_project_is_beside_its_file() {
    let project = project("node server.cjs");
    let filter = "policies/one#plain-options/*";
    let first = run_in(project.path(), &["run", filter], "");
    assert_eq!(first.code, 0, "{}{}", first.out, first.err);
    assert!(project.path().join(".crosscheck/results.jsonl").is_file());
    let updated = run_in(project.path(), &["run", filter, "--update-baseline"], "");
    assert_eq!(updated.code, 0, "{}{}", updated.out, updated.err);
    assert!(updated.out.contains("crosscheck-baseline/mine.yaml"), "{}", updated.out);
}
