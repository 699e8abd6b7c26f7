//! How a run ends: what is in the results file, and what is left behind.

use crate::program::root;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Reads its stdin to the end, and writes nothing.
const SILENT: &str = "[sh, -c, 'cat > /dev/null']";

/// The formats of reports that an interrupted run writes.
const REPORTS: [&str; 3] = ["junit", "sarif", "markdown"];

/// A folder with a subject that is never ready, and with the temporary files of the program.
struct Bench(tempfile::TempDir);

impl Bench {
    /// `start` is the command of the subject `never-ready`.
    fn new(start: &str) -> Self {
        let bench = Self(tempfile::tempdir().expect("a folder"));
        let subject = bench.path("subjects/never-ready");
        std::fs::create_dir_all(&subject).expect("a folder");
        std::fs::create_dir(bench.path("tmp")).expect("a folder");
        let description = format!(
            "name: never-ready\nrole: server\npackage: {{ registry: this, name: never-ready, version: \"1\" }}\n\
             install: no need\nstart: {start}\nstart-timeout: 3600\nflags: [origins-any]\n"
        );
        std::fs::write(subject.join("subject.yaml"), description).expect("a description");
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn results(&self) -> PathBuf {
        self.path("results.jsonl")
    }

    /// The argument that has a report written.
    fn report(&self, format: &str) -> String {
        format!("{format}={}", self.path(format).display())
    }

    /// The text of a report, which is removed.
    fn written(&self, format: &str) -> String {
        let text = std::fs::read_to_string(self.path(format)).expect("the report is written");
        std::fs::remove_file(self.path(format)).expect("a file");
        text
    }

    fn command(&self, arguments: &[&str]) -> Command {
        // The tests may run under `nohup`, with which the program ignores SIGHUP.
        let mut command = Command::new("env");
        command
            .args(["--default-signal=HUP", env!("CARGO_BIN_EXE_crosscheck")])
            .args(arguments)
            .env("CROSSCHECK_SUBJECTS", self.path("subjects"))
            .env("TMPDIR", self.path("tmp"))
            .current_dir(root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts a run that writes the results file.
    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(&["run", "--no-baseline"]);
        command.args(arguments).arg("--output").arg(self.results());
        command.spawn().expect("the program starts")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// The lines of the results file.
    fn lines(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.results()).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).expect("a line"))
            .collect()
    }

    /// Waits until the file has the footer of a subject.
    fn wait_for_footer(&self, subject: &str) {
        let is_it = |line: &str| line.contains("\"kind\":\"footer\"") && line.contains(subject);
        wait(|| std::fs::read_to_string(self.results()).is_ok_and(|text| text.lines().any(is_it)));
    }

    /// What is in the folder for temporary files.
    fn left(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.path("tmp")).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }

    /// The processes whose environment names the folder.
    fn processes(&self) -> usize {
        let wanted = self.0.path().as_os_str().as_encoded_bytes().to_vec();
        let is_ours = |entry: &std::fs::DirEntry| {
            let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
            environment.windows(wanted.len()).any(|part| part == wanted)
        };
        let entries = std::fs::read_dir("/proc").expect("Linux").flatten();
        entries.filter(is_ours).count()
    }
}

fn wait(mut until: impl FnMut() -> bool) {
    while !until() {
        sleep(Duration::from_millis(10));
    }
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn of<'l>(lines: &'l [Value], kind: &str, subject: &str) -> Vec<&'l Value> {
    let is_it = |line: &&Value| line["kind"] == kind && line["subject"] == subject;
    lines.iter().filter(is_it).collect()
}

#[test]
fn a_signal_ends_a_run_with_all_that_it_has_and_leaves_nothing_behind() {
    for (signal, name) in [("-INT", "INT"), ("-TERM", "TERM"), ("-HUP", "HUP")] {
        let bench = Bench::new(SILENT);
        // The subject that is finished comes after the one that is not.
        let reports: Vec<String> = REPORTS.iter().map(|format| bench.report(format)).collect();
        let mut arguments = vec!["policies/any#**", "--server", "never-ready", "--server", "tower-http"];
        arguments.extend(reports.iter().flat_map(|report| ["--report", report.as_str()]));
        let child = bench.start(&arguments);
        bench.wait_for_footer("tower-http");
        send(signal, &child);
        let output = child.wait_with_output().expect("the program ends");
        let err = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(
            err.contains(&format!("interrupted by {name}: the results so far are in")),
            "{err}"
        );
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            out.contains(&format!("incomplete: interrupted by {name} after 0 of ")),
            "{out}"
        );
        let lines = bench.lines();
        let order: Vec<&Value> = lines
            .iter()
            .filter(|l| l["kind"] == "footer")
            .map(|l| &l["subject"])
            .collect();
        assert_eq!(order, ["never-ready", "tower-http"]);
        let [cut] = of(&lines, "footer", "never-ready")[..] else {
            panic!("{lines:?}")
        };
        assert_eq!((&cut["interrupted"], &cut["complete"]), (&name.into(), &false.into()));
        let [whole] = of(&lines, "footer", "tower-http")[..] else {
            panic!("{lines:?}")
        };
        assert_eq!(whole["complete"], true);
        assert_eq!(
            of(&lines, "case", "tower-http").len(),
            whole["cases"].as_u64().expect("a number") as usize
        );
        assert_eq!((bench.left(), bench.processes()), (Vec::new(), 0));
        // The reports are those that `report` writes of the results.
        let written: Vec<String> = REPORTS.iter().map(|format| bench.written(format)).collect();
        let results = bench.results().display().to_string();
        let mut arguments = vec!["report", &results];
        arguments.extend(reports.iter().flat_map(|report| ["--report", report.as_str()]));
        let read = bench.run(&arguments);
        assert_eq!(read.status.code(), Some(1), "{}", stderr(&read));
        for (format, written) in REPORTS.iter().zip(written) {
            assert!(
                written.contains("incomplete") && written == bench.written(format),
                "{format}: {written}"
            );
        }
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    // It ends neither with its stdin nor with a request.
    let bench = Bench::new("[sh, -c, 'trap \"\" TERM; while :; do sleep 1000; done']");
    let child = bench.start(&["policies/any#**", "--server", "never-ready", "--server", "tower-http"]);
    bench.wait_for_footer("tower-http");
    send("-TERM", &child);
    wait(|| of(&bench.lines(), "footer", "never-ready").len() == 1);
    send("-INT", &child);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(bench.left().is_empty());
    wait(|| bench.processes() == 0);
}

#[test]
fn the_next_start_cleans_up_after_a_run_that_was_killed() {
    let bench = Bench::new("[sleep, '1000']");
    let child = bench.start(&["policies/any#**", "--server", "never-ready", "--server", "tower-http"]);
    bench.wait_for_footer("tower-http");
    wait(|| bench.processes() > 1);
    send("-KILL", &child);
    child.wait_with_output().expect("the program ends");
    assert_eq!((bench.left().len(), bench.processes()), (1, 1));
    let lines = bench.lines();
    assert!(!of(&lines, "case", "tower-http").is_empty() && of(&lines, "footer", "never-ready").is_empty());
    let read = bench.run(&["report", &bench.results().display().to_string()]);
    let err = stderr(&read);
    assert!(
        err.contains("of a run that was killed, and ended its processes: sleep"),
        "{err}"
    );
    assert_eq!((bench.left(), bench.processes()), (Vec::new(), 0));
    let out = String::from_utf8_lossy(&read.stdout).into_owned();
    assert!(out.contains("incomplete"), "{out}");
    assert_eq!(read.status.code(), Some(1));
}

#[test]
fn a_second_run_on_the_same_file_is_refused_and_an_earlier_file_stays_until_the_first_case() {
    let bench = Bench::new(SILENT);
    std::fs::write(bench.results(), "earlier\n").expect("a file");
    let child = bench.start(&["policies/any#**", "--server", "never-ready"]);
    // The subject starts after the file is locked.
    wait(|| bench.processes() > 1);
    let again = bench.start(&["cors-check/presence", "--client", "model"]);
    let refused = again.wait_with_output().expect("the program ends");
    let err = stderr(&refused);
    assert_eq!(refused.status.code(), Some(2), "{err}");
    assert!(
        err.contains(&format!("is in use: process {} is writing to it", child.id())),
        "{err}"
    );
    send("-INT", &child);
    let output = child.wait_with_output().expect("the program ends");
    let err = stderr(&output);
    assert!(err.contains("interrupted by INT before the first case ended;"), "{err}");
    assert_eq!(std::fs::read_to_string(bench.results()).expect("a file"), "earlier\n");
    let files = std::fs::read_dir(bench.0.path()).expect("a folder");
    assert_eq!(files.count(), 3, "the results, the subjects, the temporary files");
}

#[test]
fn a_subject_that_cannot_run_leaves_the_earlier_file() {
    let bench = Bench::new("[no-such-program]");
    std::fs::write(bench.results(), "earlier\n").expect("a file");
    let child = bench.start(&["policies/any#**", "--server", "never-ready"]);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("no case ran;"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(bench.results()).expect("a file"), "earlier\n");
}

#[test]
fn a_folder_for_temporary_files_that_does_not_exist_is_reported_before_the_first_case() {
    let bench = Bench::new(SILENT);
    let missing = bench.path("missing");
    let mut command = bench.command(&["run", "--client", "model", "--output"]);
    let output = command
        .arg(bench.results())
        .env("TMPDIR", &missing)
        .output()
        .expect("the program runs");
    let err = stderr(&output);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{err}");
    assert!(
        err.contains("cannot create a folder for temporary files in") && err.contains("TMPDIR"),
        "{err}"
    );
    assert!(!Path::exists(&bench.results()));
}
