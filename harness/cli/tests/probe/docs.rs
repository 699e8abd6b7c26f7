//! The report that the guide shows is that of a server.

use super::faulty::allows_the_end;
use super::server::{Server, right};
use super::{PRIVATE, folder, probe};

#[test]
fn the_guide_shows_the_report_of_a_server_that_compares_the_end_of_the_origin() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/guides/probe.md");
    let page = std::fs::read_to_string(page).expect("the guide");
    let shown = page
        .split("```text report\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let shown = shown.expect("a block with the report");
    let server = Server::start(allows_the_end);
    let (_guard, folder) = folder(PRIVATE);
    std::fs::rename(folder.join("policy.yaml"), folder.join("my-policy.yaml")).expect("a file");
    let ran = probe(&folder, &[&server.url("/api/data"), "--policy", "my-policy.yaml"]);
    let port = format!("127.0.0.1:{}", server.address.port());
    let mut report = ran.out.replace(&port, "localhost:3000");
    let took = report.find(" in ").expect("a time");
    let end = report[took..].find(" s\n").expect("a time") + took;
    report.replace_range(took + 4..end, "15.2");
    assert_eq!(report, shown, "the guide shows another report");
}

#[test]
fn the_commands_of_the_guide_run() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/guides/probe.md");
    let page = std::fs::read_to_string(page).expect("the guide");
    let server = Server::start(right);
    let (_guard, folder) = folder(PRIVATE);
    std::fs::rename(folder.join("policy.yaml"), folder.join("my-policy.yaml")).expect("a file");
    let document = "openapi: 3.0.3\npaths: { /a: { get: {} } }\n";
    std::fs::write(folder.join("openapi.yaml"), document).expect("a file");
    let commands = page
        .lines()
        .filter_map(|l| l.trim().strip_prefix("crosscheck probe http://localhost:3000"));
    let mut count = 0;
    for command in commands {
        let command = format!("{}{command}", server.url(""));
        let words: Vec<&str> = command.split(' ').collect();
        let ran = probe(&folder, &words);
        assert_eq!(ran.code, 0, "{command}: {}{}", ran.out, ran.err);
        count += 1;
    }
    assert_eq!(count, 5);
}
