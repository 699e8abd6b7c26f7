//! Baselines of probes.

use super::server::{Server, right};
use super::{PRIVATE, folder, probe};
use std::fs::read_to_string;

/// A right server without Vary, whose answers a cache keeps.
fn start() -> Server {
    Server::start(|request| {
        let mut answer = right(request);
        answer.headers.retain(|h| !h.starts_with("Vary"));
        answer.with("Cache-Control: public, max-age=60")
    })
}

#[test]
fn known_deviations_pass_and_new_and_stale_ones_fail() {
    let server = start();
    let (_guard, folder) = folder(PRIVATE);
    let url = server.url("/api");
    let run = |more: &[&str]| probe(&folder, &[&[&*url, "--policy", "policy.yaml"], more].concat());
    let absent = run(&["--baseline", "api.yaml"]);
    assert_eq!(absent.code, 2, "{}", absent.err);
    assert!(
        absent.err.contains("./api.yaml does not exist") && absent.err.contains("--update-baseline"),
        "{}",
        absent.err
    );
    let written = run(&["--baseline", "api.yaml", "--update-baseline"]);
    assert_eq!(written.code, 0, "{}{}", written.out, written.err);
    assert!(written.out.contains("api.yaml: 1 cause and "), "{}", written.out);
    let causes = read_to_string(folder.join("api.yaml")).expect("the causes");
    assert!(
        causes.contains("rule: vary") && causes.contains("reason: unexplained"),
        "{causes}"
    );
    let lists = read_to_string(folder.join("cases/api.txt")).expect("the cases");
    assert!(
        lists.starts_with(&format!("subject {url}\n")) && lists.contains(" rule vary hygiene\n"),
        "{lists}"
    );
    let known = run(&["--baseline", "api.yaml"]);
    assert_eq!(known.code, 0, "{}{}", known.out, known.err);
    assert!(
        known.out.contains("against the baseline: known ") && known.out.contains("grade B: "),
        "{}",
        known.out
    );
    assert_eq!(
        run(&["--baseline", "api.yaml", "--fail-on", "grade:B,rule:vary"]).code,
        0
    );
    assert_eq!(run(&["--baseline", "api.yaml", "--update-baseline"]).code, 0);
    assert_eq!(read_to_string(folder.join("cases/api.txt")).expect("the cases"), lists);
    assert_eq!(run(&[]).code, 1);
    // A listed case that does not deviate.
    let stale = lists.replacen(
        " rule vary hygiene\n",
        " rule vary hygiene\n  policies/policy#alphabet/true\n",
        1,
    );
    std::fs::write(folder.join("cases/api.txt"), stale).expect("a file");
    for fail_on in [&[][..], &["--fail-on", "grade:F"]] {
        let stale = run(&[&["--baseline", "api.yaml"], fail_on].concat());
        assert_eq!(stale.code, 1, "{}{}", stale.out, stale.err);
        assert!(stale.out.contains("policies/policy#alphabet/true"), "{}", stale.out);
    }
}

#[test]
fn the_baseline_of_another_server_is_refused() {
    let (one, other) = (start(), start());
    let (_guard, folder) = folder(PRIVATE);
    let run = |url: &str, more: &[&str]| {
        probe(
            &folder,
            &[&[url, "--policy", "policy.yaml", "--baseline"], more].concat(),
        )
    };
    assert_eq!(run(&one.url("/api"), &["api.yaml", "--update-baseline"]).code, 0);
    let before = read_to_string(folder.join("cases/api.txt")).expect("the cases");
    for more in [&["api.yaml"][..], &["api.yaml", "--update-baseline"]] {
        let refused = run(&other.url("/api"), more);
        assert_eq!((refused.code, &*refused.out), (2, ""), "{}", refused.err);
        let text = format!("is of {}, not of {}", one.url("/api"), other.url("/api"));
        assert!(refused.err.contains(&text), "{}", refused.err);
    }
    assert_eq!(read_to_string(folder.join("cases/api.txt")).expect("the cases"), before);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/baselines/express-cors.yaml");
    let subject = run(&one.url("/api"), &[root]);
    assert_eq!(subject.code, 2, "{}", subject.err);
    assert!(
        subject.err.contains("it is not the baseline of a probe"),
        "{}",
        subject.err
    );
    let text = run(&one.url("/api"), &["api.txt"]);
    assert!(text.code == 2 && text.err.contains("ending .yaml"), "{}", text.err);
}

#[test]
fn several_urls_have_a_file_each_in_a_folder() {
    let server = start();
    let (_guard, folder) = folder(PRIVATE);
    let (a, b) = (server.url("/a"), server.url("/b"));
    let run = |more: &[&str]| {
        probe(
            &folder,
            &[&[&*a, &*b, "--policy", "policy.yaml", "--baseline"], more].concat(),
        )
    };
    let one = run(&["api.yaml"]);
    assert!(
        one.code == 2 && one.err.contains("a baseline describes one URL"),
        "{}",
        one.err
    );
    assert_eq!(run(&["known", "--update-baseline"]).code, 0);
    assert_eq!(run(&["known"]).code, 0);
    let file = format!("known/127.0.0.1-{}_b.yaml", server.address.port());
    assert!(folder.join(&file).exists(), "{file}");
}

#[test]
fn lint_reads_the_baseline_of_a_probe() {
    let server = start();
    let (_guard, folder) = folder(PRIVATE);
    std::fs::create_dir(folder.join("known")).expect("a folder");
    let url = server.url("/api");
    let baseline = ["--baseline", "known/api.yaml", "--update-baseline"];
    let written = probe(&folder, &[&[&*url, "--policy", "policy.yaml"], &baseline[..]].concat());
    assert_eq!(written.code, 0, "{}{}", written.out, written.err);
    std::fs::write(
        folder.join("crosscheck.yaml"),
        "crosscheck: 1\nservers: { app: { start: my-server } }\nbaseline: known\n",
    )
    .expect("a file");
    let lint = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_crosscheck"));
        let output = command.arg("lint").current_dir(&folder).output().expect("it runs");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).expect("text"))
    };
    let (code, printed) = lint();
    assert_eq!(code, Some(1), "{printed}");
    assert!(
        printed.contains(" is unexplained") && printed.contains(", 1 faults"),
        "{printed}"
    );
    let causes = folder.join("known/api.yaml");
    let text = read_to_string(&causes).expect("the causes");
    std::fs::write(&causes, text.replace("unexplained", "the cache is private")).expect("a file");
    let (code, printed) = lint();
    assert_eq!(code, Some(0), "{printed}");
    let lists = folder.join("known/cases/api.txt");
    let text = read_to_string(&lists).expect("the lists");
    std::fs::write(&lists, text.replace("\ncause ", "\ncause other-")).expect("a file");
    let (code, printed) = lint();
    assert_eq!(code, Some(1), "{printed}");
    let command = format!("crosscheck probe {url} --policy FILE --baseline known/api.yaml --update-baseline");
    assert!(
        printed.contains("there is no cause `other-") && printed.contains(&command),
        "{printed}"
    );
}
