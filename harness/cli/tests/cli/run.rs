//! `crosscheck run`.

use crate::program::{check_error, crosscheck, run_in};

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
fn a_run_on_the_model_passes_and_its_file_gives_the_same_report() {
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
}

#[test]
fn a_run_on_a_server_names_its_version_and_the_rules_that_examined_nothing() {
    let server = crosscheck(&[
        "run",
        "server/one-origin",
        "--server",
        "tower-http",
        "--no-baseline",
        "--output",
        "/dev/null",
    ]);
    assert!(server.code <= 1, "{}", server.err);
    assert!(
        server.out.contains("\n\ntower-http 0.") && server.out.contains("examined nothing: "),
        "{}",
        server.out
    );
}

#[test]
fn a_run_without_a_case_for_its_subjects_exits_with_3() {
    let idle = crosscheck(&["run", "cors-check/*", "--server", "tower-http", "--output", "/dev/null"]);
    assert_eq!(idle.code, 3, "{}", idle.err);
    assert!(
        idle.err
            .contains("error: no selected case applies to the requested subjects"),
        "{}",
        idle.err
    );
}

#[test]
fn a_run_reports_what_cannot_be_selected_or_written() {
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
    let lost = crosscheck(&["report", "/no/such/file"]);
    check_error(&lost, 2, "cannot read /no/such/file", "crosscheck run");
    assert_eq!(lost.err.matches("there is no such file").count(), 1, "{}", lost.err);
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
