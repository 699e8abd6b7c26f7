//! Baselines as their keepers meet them: `crosscheck run --update-baseline`, and what `crosscheck lint` says of them.

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

/// A policy that any server can follow, and that the case below says a server breaks.
const POLICY: &str = "title: t\npolicy: { origins: { list: [https://app.example] } }\n";

/// Of two cases, how the page comes off according to each: `cors` is right, `error` is not.
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

    /// Runs the model with its baseline updated; answers the line that says what changed.
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

const BOTH: &str = r#"# Known deviations of model, by cause.
- cause: cors-check/wildcard/access-control-allow-origin
  step: cors-check/wildcard
  verdict: over-grant
  reason: unexplained
  cases:
    - "x#a"
    - "x#b"
"#;

#[test]
fn new_deviations_become_unexplained_entries_and_are_known_from_then_on() {
    let project = Project::new("error", "error");
    let line = project.update(&[], 0);
    assert!(
        line.ends_with("model.yaml: 1 entry and 2 ids added, 0 ids removed; 1 entry is unexplained"),
        "{line}"
    );
    assert_eq!(project.read(FILE), BOTH);
    let plain = project.crosscheck(&["run", "--client", "model"]);
    assert_eq!(plain.code, 0, "{}", plain.out);
    let line = project.update(&[], 0);
    assert!(line.contains("0 entries and 0 ids added, 0 ids removed"), "{line}");
    assert_eq!(project.read(FILE), BOTH);
}

#[test]
fn a_run_of_a_part_leaves_the_rest() {
    let project = Project::new("error", "error");
    project.update(&[], 0);
    project.write("cases/x.yaml", &cases("cors", "cors"));
    project.update(&["x#a"], 0);
    assert_eq!(project.read(FILE), BOTH.replace("    - \"x#a\"\n", ""));
    let line = project.update(&[], 0);
    assert!(line.contains("1 id removed; 0 entries are unexplained"), "{line}");
    assert_eq!(project.read(FILE), "# Known deviations of model, by cause.\n[]\n");
}

#[test]
fn a_filter_over_results_does_not_narrow_what_is_written() {
    let project = Project::new("error", "error");
    project.update(&["verdict:pass"], 0);
    assert_eq!(project.read(FILE), BOTH);
}

#[test]
fn what_is_explained_stays_as_it_is_written() {
    let project = Project::new("error", "cors");
    let old = "# Mine.\n- cause: named\n  step: cors-check/wildcard\n  verdict: over-grant\n  versions: '>=0'\n  reason: >-\n    seen on\n    the wire\n  upstream: u\n  cases:\n    - \"x#a\"\n    - \"x#gone\"\n";
    project.write(FILE, old);
    project.update(&[], 0);
    assert_eq!(project.read(FILE), old);
    project.write("cases/x.yaml", &cases("error", "error"));
    project.update(&[], 0);
    let added = BOTH
        .replace("# Known deviations of model, by cause.\n", "")
        .replace("    - \"x#a\"\n", "");
    assert_eq!(project.read(FILE), format!("{old}{added}"));
}

#[test]
fn an_id_joins_the_entry_of_its_cause() {
    let project = Project::new("error", "error");
    let explained = BOTH.replace("unexplained", "because").replace("    - \"x#a\"\n", "");
    project.write("own/model.yaml", &explained);
    let line = project.update(&["--baseline", "own"], 0);
    assert!(line.contains("0 entries and 1 id added"), "{line}");
    assert_eq!(project.read("own/model.yaml"), BOTH.replace("unexplained", "because"));
    assert!(!project.path(FILE).exists());
}

#[test]
fn nothing_is_written_where_nothing_deviates() {
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
fn a_server_is_judged_by_rules_and_so_is_its_baseline() {
    let project = Project::new("cors", "cors");
    project.write("cases/policies/one.yaml", POLICY);
    let args = ["run", "--server", "tower-http", "--update-baseline"];
    let ran = project.crosscheck(&args);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let text = project.read("reports/baselines/tower-http.yaml");
    assert!(
        text.contains("  rule: swallows-options\n  verdict: wire\n  reason: unexplained\n"),
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
    let kept = "- { cause: c, rule: vary, verdict: hygiene, reason: r, cases: [policies/one#vary/root-allowed] }\n";
    project.write("reports/baselines/dead.yaml", kept);
    let run = |more: &[&str]| project.crosscheck(&[&["run", "--server", "dead", "--update-baseline"], more].concat());
    let alone = run(&[]);
    assert_eq!(alone.code, 3, "{}{}", alone.out, alone.err);
    let both = run(&["--client", "model"]);
    assert_eq!(both.code, 1, "{}{}", both.out, both.err);
    assert!(
        both.out.contains("dead: the baseline is left as it is, "),
        "{}",
        both.out
    );
    assert_eq!(project.read("reports/baselines/dead.yaml"), kept);
    assert!(project.read(FILE).contains("x#a"));
}

#[test]
fn updating_has_one_baseline_to_write() {
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
fn lint_tells_faults_of_baselines_with_their_places() {
    let project = Project::new("error", "error");
    project.update(&[], 0);
    let unexplained = "of model is unexplained: look at it on the wire, then say why";
    let ran = project.lint(&[], 1, unexplained);
    assert!(ran.out.contains("reports/baselines/model.yaml:5:11"), "{}", ran.out);
    project.lint(&["cases"], 1, unexplained);
    let ran = project.lint(&["--format", "json"], 1, unexplained);
    let value: Value = serde_json::from_str(&ran.out).expect("JSON");
    let found = value["diagnostics"].as_array().expect("a list");
    let one = found.iter().find(|d| d["file"] == FILE).expect("the fault");
    assert_eq!((&one["line"], &one["column"]), (&5.into(), &11.into()));
    assert_eq!(one["severity"], "lint");
}

#[test]
fn lint_of_a_part_leaves_baselines_alone() {
    let project = Project::new("cors", "cors");
    project.write(FILE, "- 3\n");
    let ran = project.crosscheck(&["lint", "cases/x.yaml"]);
    assert!(!ran.out.contains(FILE), "{}", ran.out);
    project.lint(&[], 2, "must be a map");
}

#[test]
fn the_committed_baselines_have_no_fault() {
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
