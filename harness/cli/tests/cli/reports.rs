//! `--report` of `run`, `probe` and `report`.

use crate::echo_server::EchoServer;
use crate::program::{Ran, check_error, crosscheck, root, run_in};
use std::fs::{read, read_to_string, write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The formats, each with the name of its file.
const FORMATS: [(&str, &str); 5] = [
    ("junit", "junit.xml"),
    ("sarif", "results.sarif"),
    ("markdown", "summary.md"),
    ("github", "commands.txt"),
    ("badge", "badge.json"),
];
/// A complete file with a case that passes and one that deviates.
const RESULTS: &str = r#"{"kind":"header","crosscheck":2,"tool":"0.1.0","corpus":"x","subject":"s","subjects":["s"],"role":"server","version":"1"}
{"kind":"case","subject":"s","id":"a/b#1","verdict":"pass","millis":2}
{"kind":"case","subject":"s","id":"a/b#2","title":"t","verdict":"over-deny","status":"unexpected","deviations":[{"rule":"refuse","verdict":"over-deny","level":"must","what":"w","expected":"cors","actual":"error","status":"unexpected","cause":"refuse"}]}
{"kind":"footer","subject":"s","cases":2,"verdicts":{"pass":1,"over-deny":1},"statuses":{"unexpected":1},"unexpected":["a/b#2"],"stale":[],"causes":[{"cause":"refuse","rule":"refuse","verdict":"over-deny","status":"unexpected","cases":["a/b#2"]}],"seconds":1.0,"complete":true}
"#;

/// The arguments that write every format into a folder.
fn into(folder: &Path) -> Vec<String> {
    let argument = |(format, file): &(&str, &str)| {
        [
            "--report".to_owned(),
            format!("{format}={}", folder.join(file).display()),
        ]
    };
    FORMATS.iter().flat_map(argument).collect()
}

fn run_with(arguments: &[&str], more: &[String]) -> Ran {
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    crosscheck(&[arguments, &more].concat())
}

/// Checks that `report` writes from a results file what the command itself wrote.
fn check_same(results: &Path, written: &Path, again: &Path) {
    let results = results.to_str().expect("text");
    let ran = run_with(&["report", results], &into(again));
    assert!(ran.code <= 1, "{}", ran.err);
    for (format, file) in FORMATS {
        let first = read(written.join(file)).unwrap_or_else(|e| panic!("{format}: {e}"));
        assert!(first == read(again.join(file)).expect("a report"), "{format} differs");
        assert!(
            ran.out.contains(&format!("{format}: {}\n", again.join(file).display())),
            "{}",
            ran.out
        );
        let mode = written.join(file).metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{format}");
    }
}

#[test]
fn the_reports_of_a_run_are_those_of_its_results_file() {
    for (baseline, code) in [("--no-baseline", 1), ("--baseline=reports/baselines", 0)] {
        let folder = tempfile::tempdir().expect("a folder");
        let results = folder.path().join("results.jsonl");
        let file = results.to_str().expect("text");
        let (first, again) = (folder.path().join("new/first"), folder.path().join("again"));
        let filters = ["run", "policies/any#plain-options/*", "cors-check/presence"];
        let subjects = [
            "--server",
            "tower-http",
            "--client",
            "model",
            baseline,
            "--output",
            file,
        ];
        let ran = run_with(&[&filters[..], &subjects].concat(), &into(&first));
        assert_eq!(ran.code, code, "{}", ran.err);
        check_same(&results, &first, &again);
        let junit = read_to_string(first.join("junit.xml")).expect("a report");
        assert_eq!(junit.matches("<failure ").count(), 6 * code as usize, "{junit}");
        assert!(junit.contains("<testsuite name=\"model\""), "{junit}");
        let sarif = read_to_string(first.join("results.sarif")).expect("a report");
        // The line of the cause, if the run has a baseline.
        let has_place = sarif.contains("\"uri\": \"reports/baselines/tower-http.yaml\"");
        assert_eq!(has_place, code == 0, "{sarif}");
        assert_eq!(sarif.contains("\"suppressions\""), code == 0);
        assert_eq!(
            read(first.join("commands.txt")).expect("a report").is_empty(),
            code == 0
        );
    }
}

#[test]
fn the_reports_of_a_probe_do_not_depend_on_a_results_file() {
    let server = EchoServer::start();
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("http://{}/", server.address);
    let probe = [
        "probe",
        url.as_str(),
        "policies/one#vary",
        "--policy",
        "cases/policies/one.yaml",
        "--rate",
        "1000",
        "--header",
        "Authorization: Bearer hunter2hunter2",
    ];
    let results = folder.path().join("results.jsonl");
    let output = ["--output", results.to_str().expect("text")];
    let (first, again) = (folder.path().join("first"), folder.path().join("again"));
    let ran = run_with(&[&probe[..], &output].concat(), &into(&first));
    assert_eq!(ran.code, 1, "{}", ran.err);
    check_same(&results, &first, &again);
    let sarif = read_to_string(first.join("results.sarif")).expect("a report");
    assert!(sarif.contains("\"uri\": \"cases/policies/one.yaml\""), "{sarif}");
    // The server sends the header back.
    let all = FORMATS
        .map(|(_, file)| read_to_string(first.join(file)).expect("a report"))
        .concat();
    assert!(all.contains("[redacted]") && !all.contains("hunter2hunter2"), "{all}");
    let commands = read_to_string(first.join("commands.txt")).expect("a report");
    assert!(commands.contains("file=cases/policies/one.yaml,line="), "{commands}");

    let without = folder.path().join("without");
    let ran = run_with(&probe, &into(&without));
    assert_eq!(ran.code, 1, "{}", ran.err);
    let tests = |folder: &Path| {
        read_to_string(folder.join("junit.xml"))
            .expect("a report")
            .matches("<testcase ")
            .count()
    };
    assert!(tests(&without) > 0 && tests(&without) == tests(&first));
}

#[test]
fn a_report_on_standard_output_takes_the_place_of_the_text_but_for_commands() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path().join("results.jsonl"), RESULTS).expect("a file");
    let report = |arguments: &[&str]| run_in(folder.path(), &[&["report", "results.jsonl"], arguments].concat(), "");
    let badge = report(&["--report", "badge=-", "--report", "junit=junit.xml"]);
    assert_eq!(badge.code, 1, "{}", badge.err);
    assert_eq!(badge.json()["message"], "grade C, 1 of 2 pass");
    assert!(folder.path().join("junit.xml").is_file());
    let commands = report(&["--report", "github=-", "--report", "markdown=summary.md"]);
    assert!(
        commands
            .out
            .starts_with("::warning title=s 1%3A over-deny refuse::a/b#2%0Aw%0A"),
        "{}",
        commands.out
    );
    assert!(commands.out.ends_with("\nmarkdown: summary.md\n"), "{}", commands.out);
    let json = report(&["--report", "sarif=s.json", "--format", "json"]).json();
    assert_eq!(
        json["reports"][0],
        serde_json::json!({ "format": "sarif", "file": "s.json" })
    );

    let run = ["run", "cors-check/presence", "--client", "model", "--output"];
    let results = folder.path().join("other.jsonl");
    let run = [&run[..], &[results.to_str().expect("text")]].concat();
    let badge = crosscheck(&[&run[..], &["--report", "badge=-"]].concat());
    assert_eq!(badge.json()["color"], "brightgreen");
    let text = crosscheck(&[&run[..], &["--report", "github=-"]].concat());
    assert!(
        text.out.starts_with("running ") && text.out.contains("results: "),
        "{}",
        text.out
    );
}

#[test]
fn a_report_that_cannot_be_written_is_found_before_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    write(path("file"), "").expect("a file");
    let results = path("results.jsonl");
    let (below, same, own) = (
        format!("sarif={}", path("file/x")),
        path("same"),
        format!("junit={results}"),
    );
    let is_folder = format!("junit={}", path(""));
    let (first, second) = (format!("junit={same}"), format!("badge={}", path("./same")));
    for (arguments, message, help) in [
        (
            &["junit"][..],
            "`junit` does not name a format and a file",
            "--report junit=crosscheck.xml",
        ),
        (
            &["junits=a"],
            "there is no format `junits` of reports; did you mean `junit`?",
            "badge",
        ),
        (&[&below], "cannot write the sarif report ", "--report sarif=FILE"),
        (&[&is_folder], "cannot write the junit report ", "--report junit=FILE"),
        (&[&own], "would replace the results file", "--report junit=FILE"),
        (&[&first, &second], "write to the same file", "name another file"),
        (&["junit=-", "badge=-"], "write to the same file", "name another file"),
    ] {
        let reports: Vec<&str> = arguments.iter().flat_map(|argument| ["--report", argument]).collect();
        let run = ["run", "cors-check/presence", "--client", "model", "--output", &results];
        check_error(&crosscheck(&[&run[..], &reports].concat()), 2, message, help);
        assert!(!Path::new(&results).exists(), "{message}: the run has started");
    }
    let run = ["run", "cors-check/presence", "--client", "model", "--output"];
    let device = crosscheck(&[&run[..], &["/dev/null", "--report", "badge=-"]].concat());
    check_error(&device, 2, "/dev/null, which is no regular file", "--output FILE");
    let json = crosscheck(&[&run[..], &[&results, "--report", "github=-", "--format", "json"]].concat());
    check_error(&json, 2, "both write to standard output", "--report github=FILE");
    write(&results, RESULTS).expect("a file");
    let own = crosscheck(&["report", &results, "--report", &own]);
    check_error(&own, 2, "would replace the results file", "--report junit=FILE");
    assert_eq!(read_to_string(&results).expect("a file"), RESULTS);
}

#[test]
fn a_run_whose_subject_cannot_start_has_reports_of_that() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("reports")).expect("a folder");
    for (from, to) in [("cases", "cases"), ("harness/cli/tests/bad-subjects", "subjects")] {
        std::os::unix::fs::symlink(
            root().join(from).canonicalize().expect("a folder"),
            folder.path().join(to),
        )
        .expect("a link");
    }
    // The results of an earlier run stay, and are not what the reports are about.
    write(folder.path().join("results.jsonl"), RESULTS).expect("a file");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args([
            "run",
            "policies/one#own",
            "--server",
            "dies",
            "--output",
            "results.jsonl",
        ])
        .args(["--report", "junit=junit.xml", "--report", "badge=badge.json"])
        .env("CROSSCHECK_SUBJECTS", "subjects")
        .current_dir(folder.path())
        .output()
        .expect("the program");
    assert_eq!(
        output.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        read_to_string(folder.path().join("results.jsonl")).expect("a file"),
        RESULTS
    );
    let junit = read_to_string(folder.path().join("junit.xml")).expect("a report");
    assert!(
        junit.contains("<testsuite name=\"dies\" tests=\"1\" failures=\"0\" errors=\"1\""),
        "{junit}"
    );
    let badge = read_to_string(folder.path().join("badge.json")).expect("a report");
    assert!(badge.contains("\"incomplete\""), "{badge}");
}
