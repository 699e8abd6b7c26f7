//! Baselines on the command line: `crosscheck run --update-baseline`, and what `crosscheck lint` reports about them.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// A project of its own: `cases/` with one file, and no baselines yet.
struct Project(TempDir);

/// A policy that any server can follow; a case below expects that a server breaks it.
const POLICY: &str = "title: t\npolicy: { origins: { list: [https://app.example] } }\n";

/// Two cases with the outcomes that they expect: `cors` is right, `error` is not.
fn cases(a: &str, b: &str) -> String {
    let case = |id: &str, expected: &str| {
        format!(
            "  - id: {id}
    title: a wildcard shares, {id}
    steps: [cors-check/wildcard]
    origin: https://app.example
    request: {{ url: https://api.example/ }}
    exchange: [{{ response: {{ headers: {{ Access-Control-Allow-Origin: \"*\" }} }} }}]
    expect: {{ type: {expected} }}
"
        )
    };
    format!("title: t\ncases:\n{}{}", case("a", a), case("b", b))
}

impl Project {
    fn new(a: &str, b: &str) -> Self {
        let project = Self(tempfile::tempdir().expect("a folder"));
        project.write("cases/x.yaml", &cases(a, b));
        fs::create_dir(project.path("cases/policies")).expect("a folder");
        project
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn write(&self, below: &str, text: &str) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).expect("a file")
    }

    fn crosscheck(&self, args: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
            .args(args)
            .current_dir(self.0.path())
            .envs(
                self.path("subjects")
                    .is_dir()
                    .then(|| ("CROSSCHECK_SUBJECTS", self.path("subjects"))),
            )
            .output()
            .expect("the program runs");
        Ran {
            code: output.status.code().expect("no signal"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Runs the model with its baseline updated; returns the line that states what changed.
    #[track_caller]
    fn update(&self, more: &[&str], code: i32) -> String {
        let ran = self.crosscheck(&[&["run", "--client", "model", "--update-baseline"], more].concat());
        assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
        ran.out.lines().last().unwrap_or_default().to_owned()
    }

    #[track_caller]
    fn lint(&self, args: &[&str], code: i32, part: &str) -> Ran {
        let ran = self.crosscheck(&[&["lint"], args].concat());
        assert!(ran.out.contains(part), "`{part}` is not in\n{}{}", ran.out, ran.err);
        assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
        ran
    }
}

const FILE: &str = "reports/baselines/model.yaml";
const CASES_FILE: &str = "reports/baselines/cases/model.txt";

const CAUSES: &str = r#"# Known deviations of model, by cause. The exact cases are in cases/model.txt.
- cause: cors-check/wildcard/access-control-allow-origin
  step: cors-check/wildcard
  verdict: over-grant
  where: ["x#*"]
  reason: unexplained
"#;

const BOTH: &str = "\
# The exact cases of the known deviations of model, by cause.
# Written by `crosscheck run --update-baseline`; causes and reasons are in ../model.yaml.
cause cors-check/wildcard/access-control-allow-origin
 step cors-check/wildcard over-grant
  x#{a,b}
";

#[test]
fn new_deviations_become_an_unexplained_cause_and_are_known_from_then_on() {
    let project = Project::new("error", "error");
    let line = project.update(&[], 0);
    assert!(
        line.ends_with("model.yaml: 1 cause and 2 cases added, 0 causes and 0 cases removed; 1 cause is unexplained"),
        "{line}"
    );
    assert_eq!(
        (project.read(FILE).as_str(), project.read(CASES_FILE).as_str()),
        (CAUSES, BOTH)
    );
    let plain = project.crosscheck(&["run", "--client", "model"]);
    assert_eq!(plain.code, 0, "{}", plain.out);
    let line = project.update(&[], 0);
    assert!(
        line.contains("0 causes and 0 cases added, 0 causes and 0 cases removed"),
        "{line}"
    );
    assert_eq!(
        (project.read(FILE).as_str(), project.read(CASES_FILE).as_str()),
        (CAUSES, BOTH)
    );
}

#[test]
fn a_run_of_some_cases_does_not_change_the_others() {
    let project = Project::new("error", "error");
    project.update(&[], 0);
    project.write("cases/x.yaml", &cases("cors", "cors"));
    project.update(&["x#a"], 0);
    assert_eq!(project.read(CASES_FILE), BOTH.replace("{a,b}", "b"));
    let line = project.update(&[], 0);
    assert!(
        line.contains("1 cause and 1 case removed; 0 causes are unexplained"),
        "{line}"
    );
    let head = CAUSES.lines().next().expect("a line");
    assert_eq!(project.read(FILE), format!("{head}\n[]\n"));
    assert!(!project.read(CASES_FILE).contains("cause c"));
}

#[test]
fn a_filter_over_results_does_not_narrow_the_update() {
    let project = Project::new("error", "error");
    project.update(&["verdict:pass"], 0);
    assert_eq!(project.read(CASES_FILE), BOTH);
}

#[test]
fn hand_written_text_is_kept() {
    let project = Project::new("error", "cors");
    let old = "# Mine.\n- cause: named\n  step: cors-check/wildcard\n  verdict: over-grant\n  where: [\"x#a\"]\n  versions: '>=0'\n  reason: >-\n    seen on\n    the wire\n  upstream: u\n";
    project.write(FILE, old);
    project.write(
        CASES_FILE,
        &BOTH
            .replace("cors-check/wildcard/access-control-allow-origin", "named")
            .replace("{a,b}", "{a,gone}"),
    );
    project.update(&[], 0);
    assert_eq!(project.read(FILE), old);
    // A case that no longer exists cannot deviate.
    let named = BOTH
        .replace("cors-check/wildcard/access-control-allow-origin", "named")
        .replace("{a,b}", "a");
    assert_eq!(project.read(CASES_FILE), named);
    project.write("cases/x.yaml", &cases("error", "error"));
    project.update(&[], 0);
    let (_, added) = CAUSES.split_once('\n').expect("two lines");
    assert_eq!(project.read(FILE), format!("{old}{added}"));
}

#[test]
fn another_corpus_does_not_remove_cases() {
    let project = Project::new("error", "error");
    project.update(&[], 0);
    project.write("other/y.yaml", &cases("cors", "cors"));
    project.update(&["--cases", "other"], 0);
    assert_eq!(project.read(CASES_FILE), BOTH);
}

#[test]
fn a_case_joins_the_cause_that_covers_it() {
    let project = Project::new("error", "error");
    let explained = CAUSES.replace("unexplained", "because");
    project.write("own/model.yaml", &explained);
    project.write("own/cases/model.txt", &BOTH.replace("{a,b}", "b"));
    let line = project.update(&["--baseline", "own"], 0);
    assert!(line.contains("0 causes and 1 case added"), "{line}");
    assert_eq!(
        (
            project.read("own/model.yaml"),
            project.read("own/cases/model.txt").as_str()
        ),
        (explained, BOTH)
    );
    assert!(!project.path(FILE).exists());
}

#[test]
fn a_renamed_cause_keeps_its_cases_after_an_update() {
    let project = Project::new("error", "error");
    project.update(&[], 0);
    let named = CAUSES.replace("cause: cors-check/wildcard/access-control-allow-origin", "cause: named");
    project.write(FILE, &named.replace("unexplained", "because"));
    project.lint(
        &[],
        1,
        "there is no cause `cors-check/wildcard/access-control-allow-origin` in model.yaml",
    );
    project.update(&[], 0);
    assert!(
        project
            .read(CASES_FILE)
            .contains("cause named\n step cors-check/wildcard over-grant\n  x#{a,b}\n")
    );
}

#[test]
fn nothing_is_written_if_nothing_deviates() {
    let project = Project::new("cors", "cors");
    project.update(&[], 0);
    assert!(!project.path("reports/baselines").exists());
}

#[test]
fn the_counts_are_in_the_json_too() {
    let project = Project::new("error", "cors");
    let args = ["run", "--client", "model", "--update-baseline", "--format", "json"];
    let ran = project.crosscheck(&args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let value: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(value["subjects"][0]["unexpected"][0], "x#a");
    let update = &value["baselines"][0];
    assert_eq!(update["subject"], "model");
    assert_eq!(
        (&update["entries_added"], &update["unexplained"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn the_baseline_of_a_server_names_rules() {
    let project = Project::new("cors", "cors");
    project.write("cases/policies/one.yaml", POLICY);
    let args = ["run", "--server", "tower-http", "--update-baseline"];
    let ran = project.crosscheck(&args);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let text = project.read("reports/baselines/tower-http.yaml");
    assert!(
        text.contains("  rule: swallows-options\n  verdict: wire\n  where: [\"policies/one#*\"]\n"),
        "{text}"
    );
    let again = project.crosscheck(&["run", "--server", "tower-http"]);
    assert_eq!(again.code, 0, "{}", again.out);
}

#[test]
fn a_subject_that_cannot_run_keeps_its_baseline() {
    let project = Project::new("error", "cors");
    project.write("cases/policies/one.yaml", POLICY);
    let known = Path::new(env!("CARGO_MANIFEST_DIR")).join("../subjects/express-cors/subject.yaml");
    let text = fs::read_to_string(known).expect("a file");
    let text = text
        .replace("name: express-cors", "name: dead")
        .replace("\"node\"", "\"./no-such-program\"");
    project.write("subjects/dead/subject.yaml", &text);
    let kept = "- { cause: c, rule: vary, verdict: hygiene, where: ['*'], reason: r }\n";
    project.write("reports/baselines/dead.yaml", kept);
    let run = |more: &[&str]| project.crosscheck(&[&["run", "--server", "dead", "--update-baseline"], more].concat());
    let alone = run(&[]);
    assert_eq!(alone.code, 3, "{}{}", alone.out, alone.err);
    let both = run(&["--client", "model"]);
    assert_eq!(both.code, 1, "{}{}", both.out, both.err);
    assert!(both.out.contains("dead: the baseline is unchanged, "), "{}", both.out);
    assert_eq!(project.read("reports/baselines/dead.yaml"), kept);
    assert!(project.read(CASES_FILE).contains("x#a"));
}

#[test]
fn an_update_refuses_versions_and_a_run_without_baseline() {
    let project = Project::new("cors", "cors");
    for (args, part) in [
        (&["--no-baseline"][..], "cannot be used with"),
        (
            &["--server", "express-cors@2.8.5"],
            "does not write the baseline of express-cors@2.8.5",
        ),
    ] {
        let ran = project.crosscheck(&[&["run", "--update-baseline"], args].concat());
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(ran.err.contains(part), "`{part}` is not in {}", ran.err);
    }
}

#[test]
fn lint_reports_errors_of_baselines_with_their_places() {
    let project = Project::new("error", "error");
    project.update(&[], 0);
    let unexplained = "of model is unexplained";
    let ran = project.lint(&[], 1, unexplained);
    assert!(ran.out.contains("reports/baselines/model.yaml:6:11"), "{}", ran.out);
    project.lint(&["cases"], 1, unexplained);
    let ran = project.lint(&["--format", "json"], 1, unexplained);
    let value: Value = serde_json::from_str(&ran.out).expect("JSON");
    let found = value["diagnostics"].as_array().expect("a list");
    let one = found.iter().find(|d| d["file"] == FILE).expect("the fault");
    assert_eq!((&one["line"], &one["column"]), (&6.into(), &11.into()));
    assert_eq!(one["severity"], "lint");
}

#[test]
fn lint_of_one_file_ignores_baselines() {
    let project = Project::new("cors", "cors");
    project.write(FILE, "- 3\n");
    let ran = project.crosscheck(&["lint", "cases/x.yaml"]);
    assert!(!ran.out.contains(FILE), "{}", ran.out);
    project.lint(&[], 2, "must be a map");
}

#[test]
fn the_committed_baselines_have_no_errors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args(["lint", "--format", "json"])
        .current_dir(root)
        .output()
        .expect("the program runs");
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = value["diagnostics"].as_array().expect("a list");
    let of_baselines: Vec<_> = found
        .iter()
        .filter(|d| d["file"].as_str().is_some_and(|f| f.starts_with("reports")))
        .collect();
    assert_eq!(of_baselines, [] as [&Value; 0]);
}

#[test]
fn a_cause_that_has_expired_makes_its_deviations_unexpected() {
    let project = Project::new("error", "error");
    project.update(&[], 0);
    let explained = CAUSES.replace("unexplained", "the model is right");
    for (until, code, line) in [
        ("9999-12-31", 0, "against the baseline: known 2"),
        (
            "2020-01-31",
            1,
            "the cause `cors-check/wildcard/access-control-allow-origin` expired on 2020-01-31",
        ),
    ] {
        project.write(FILE, &format!("{explained}  until: {until}\n"));
        let ran = project.crosscheck(&["run", "--client", "model"]);
        assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
        assert!(ran.out.contains(line), "{}", ran.out);
        // An update gives no cause another day.
        project.update(&[], code);
        assert!(project.read(FILE).contains(until));
    }
    // Nor does it list new cases under a cause that has expired.
    let lists = project.read(CASES_FILE);
    project.write(CASES_FILE, "");
    let printed = project.update(&[], 1);
    let left_out = "2 new cases not listed, because the cause `cors-check/wildcard/access-control-allow-origin` expired on 2020-01-31";
    assert!(printed.contains(left_out), "{printed}");
    assert_eq!(project.read(CASES_FILE), "");
    project.write(CASES_FILE, &lists);
    let json = project.crosscheck(&["run", "--client", "model", "--format", "json"]);
    assert!(json.out.contains("\"expired\": \"2020-01-31\""), "{}", json.out);
    project.write(FILE, &format!("{explained}  until: 2026-02-30\n"));
    let ran = project.crosscheck(&["run", "--client", "model"]);
    assert!(
        ran.code == 2 && ran.err.contains("`until` is not a date"),
        "{}",
        ran.err
    );
}
