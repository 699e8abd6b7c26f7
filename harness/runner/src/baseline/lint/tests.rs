use super::*;
use crate::run::all_ids;
use crate::subjects::tests::all as all_subjects;
use crosscheck_corpus::Corpus;
use std::fs;

mod when;

const CORPUS: &str = "\
title: t
cases:
  - id: a
    title: t
    steps: [cors-check/wildcard]
    origin: https://app.example
    request: { url: https://api.example/ }
    exchange: [{ response: { headers: { Access-Control-Allow-Origin: \"*\" } } }]
    expect: { type: cors }
  - id: b
    title: t
    steps: [cors-check/wildcard]
    origin: https://app.example
    request: { url: https://api.example/ }
    exchange: [{ response: { headers: { Access-Control-Allow-Origin: \"*\" } } }]
    expect: { type: cors }
";

const CAUSES: &str = "\
- cause: c
  rule: vary
  verdict: hygiene
  where: [\"x#*\"]
  versions: '>=2, <3'
  reason: r
  upstream: u
";

const CASES: &str = "\
# The exact cases of the known deviations of model, by cause.
# Written by `crosscheck run --update-baseline`; causes and reasons are in ../model.yaml.
cause c
 rule vary hygiene
  x#a
";

fn corpus() -> Corpus {
    let corpus = Corpus::from_text("x", CORPUS, BTreeMap::new());
    assert_eq!(corpus.problems, []);
    corpus
}

fn lint_in(folder: &Path, corpus: &Corpus) -> Vec<Diagnostic> {
    let known = all_subjects();
    let ids = all_ids(corpus);
    let references = References {
        catalogue: &corpus.catalogue,
        ids: ids.as_ref(),
        subjects: &known,
    };
    lint(folder, references, &mut Sources::default())
}

/// The errors of files below a folder.
fn lint_files(files: &[(&str, &str)], corpus: &Corpus) -> Vec<Diagnostic> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("cases")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    lint_in(folder.path(), corpus)
}

fn lint_of(causes: &str, cases: &str) -> Vec<Diagnostic> {
    lint_files(&[("model.yaml", causes), ("cases/model.txt", cases)], &corpus())
}

/// One of the errors is this one, at this place.
#[track_caller]
fn check(found: &[Diagnostic], severity: Severity, place: (usize, usize), message: &str, help: &str) {
    let one = found.iter().find(|d| d.message.contains(message));
    let one = one.unwrap_or_else(|| panic!("`{message}` is not in {found:#?}"));
    assert!(
        one.help.as_deref().is_some_and(|h| h.contains(help)),
        "`{help}` is not in {one:#?}"
    );
    assert_eq!((one.severity, (one.line, one.column)), (severity, place), "{one:#?}");
}

/// The only error of changed causes is this one.
#[track_caller]
fn check_causes(from: &str, to: &str, place: (usize, usize), message: &str, help: &str) {
    let text = CAUSES.replace(from, to);
    assert_ne!(text, CAUSES);
    let found = lint_of(&text, CASES);
    assert_eq!(found.len(), 1, "{found:#?}");
    check(&found, Severity::Lint, place, message, help);
}

#[test]
fn a_correct_baseline_and_an_empty_one_have_no_errors() {
    let step = CAUSES.replace("rule: vary", "step: cors-check/wildcard");
    let step_list = CASES.replace("rule vary", "step cors-check/wildcard");
    let group = CAUSES.replace("rule: vary", "step: [\"cors-check/*\"]");
    let until = format!("{CAUSES}  until: '2.9'\n");
    let day = format!("{CAUSES}  until: 2026-01-31\n");
    let quoted_day = format!("{CAUSES}  until: '2024-02-29'\n");
    for (causes, cases) in [
        (CAUSES, CASES),
        (&day, CASES),
        (&quoted_day, CASES),
        (&step, &step_list),
        (&group, &step_list),
        (&until, CASES),
        ("", ""),
        ("# Nothing.\n", ""),
        ("[]\n", ""),
    ] {
        assert_eq!(lint_of(causes, cases), [], "of {causes}");
    }
    let others = [("readme.txt", "x"), (".hidden.yaml", "x"), ("cases/readme.md", "x")];
    assert_eq!(lint_files(&others, &corpus()), []);
}

#[test]
fn an_error_that_prevents_loading_has_its_place() {
    let table = [
        (CAUSES, "cause: c", (1, 1), "not a map", "dash"),
        (
            "reason: r",
            "raeson: r",
            (6, 3),
            "`raeson` is not a key of a cause",
            "`reason`",
        ),
        ("hygiene", "hygeine", (3, 12), "\"hygeine\"", "`hygiene`"),
        (
            "rule: vary",
            "rule: vary\n  step: s",
            (3, 3),
            "both a rule and a step",
            "client",
        ),
        ("  rule: vary\n", "", (1, 3), "neither a rule nor a step", "server"),
        (
            "rule: vary",
            "rule: []",
            (2, 9),
            "`rule` is an empty list",
            "at least one",
        ),
        ("  reason: r\n", "", (1, 3), "a cause has no `reason`", "reason:"),
        ("cause: c\n  rule", "rule", (1, 3), "a cause has no `cause`", "cause:"),
        ("cause: c", "cause: a b", (1, 10), "`a b` is not a name", "no-vary"),
        ("  where: [\"x#*\"]\n", "", (1, 3), "a cause has no `where`", "where:"),
        ("[\"x#*\"]", "x", (4, 10), "`where` must be a list", "in brackets"),
        ("\"x#*\"", "'{x'", (4, 11), "is not a glob", "policies/"),
        ("'>=2, <3'", "2.x", (5, 13), "`2.x` is not a range", ">=2.8"),
        (
            "upstream: u",
            "until: soon",
            (0, 0),
            "`until` is not a version",
            "does not read",
        ),
        (
            "upstream: u",
            "until: 2026-02-30",
            (0, 0),
            "`until` is not a date; write a day as YYYY-MM-DD",
            "does not read",
        ),
        (
            "upstream: u",
            "until: 2026-1-31",
            (0, 0),
            "`until` is not a date; write a day as YYYY-MM-DD",
            "does not read",
        ),
        ("reason: r", "reason: r\n  reason: s", (7, 3), "appears twice", "line 6"),
    ];
    for (from, to, place, message, help) in table {
        let text = if from == CAUSES {
            to.to_owned()
        } else {
            CAUSES.replace(from, to)
        };
        assert_ne!(text, CAUSES);
        check(&lint_of(&text, ""), Severity::Load, place, message, help);
        assert!(parse_causes(&text).is_err(), "a run reads {text}");
    }
    // A run reads a bare number as a string; lint does not.
    let number = CAUSES.replace("reason: r", "reason: 3");
    check(
        &lint_of(&number, CASES),
        Severity::Load,
        (6, 11),
        "`reason` must be a string",
        "quote it",
    );
}

#[test]
fn a_text_that_is_not_yaml_has_its_place() {
    let found = lint_of("- cause: [\n", "");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].severity == Severity::Load && found[0].line > 0, "{found:#?}");
}

#[test]
fn a_bad_line_of_the_lists_has_its_place() {
    let found = lint_of(CAUSES, &CASES.replace("x#a", "x#{a"));
    check(
        &found,
        Severity::Load,
        (5, 5),
        "the brace is not closed",
        "run --client model --update-baseline",
    );
    assert!(found.iter().all(|d| d.file.ends_with("cases/model.txt")), "{found:#?}");
}

#[test]
fn a_cause_without_a_reason_is_an_error() {
    let help = "crosscheck run 'x#a' --client model --known";
    check_causes(
        "reason: r",
        "reason: unexplained",
        (6, 11),
        "the cause `c` of model is unexplained",
        help,
    );
    check_causes(
        "reason: r",
        "reason: ' '",
        (6, 11),
        "the cause `c` of model has an empty reason",
        help,
    );
}

#[test]
fn unknown_names_are_errors() {
    let check = |from: &str, to: &str, place, message: &str, help: &str| {
        check(
            &lint_of(&CAUSES.replace(from, to), CASES),
            Severity::Lint,
            place,
            message,
            help,
        );
    };
    check(
        "rule: vary",
        "rule: wary",
        (2, 9),
        "no rule `wary`",
        "did you mean `vary`?",
    );
    check(
        "rule: vary",
        "rule: [vary, zzzzzzzz]",
        (2, 16),
        "no rule `zzzzzzzz`",
        "the rules are crash, ",
    );
    check(
        "rule: vary",
        "step: cors-check/wildcart",
        (2, 9),
        "no step `cors-check/wildcart`",
        "`cors-check/wildcard`",
    );
    check("rule: vary", "step: cors-chekc/*", (2, 9), "no step `cors-chekc/*`", "");
    check("hygiene", "advice", (3, 12), "`advice` needs no baseline", "remove");
    check(
        "hygiene",
        "[hygiene, pass]",
        (3, 22),
        "`pass` needs no baseline",
        "remove",
    );
    check(
        "x#*",
        "x#c*",
        (4, 11),
        "the glob `x#c*` matches no case",
        "crosscheck list",
    );
}

#[test]
fn causes_and_lists_belong_together() {
    let update = "run --client model --update-baseline";
    let found = lint_of(CAUSES, "");
    check(
        &found,
        Severity::Lint,
        (1, 10),
        "the cause `c` has no case in cases/model.txt",
        update,
    );
    let found = lint_files(&[("model.yaml", CAUSES)], &corpus());
    check(
        &found,
        Severity::Lint,
        (1, 10),
        "the cause `c` has no case in cases/model.txt",
        update,
    );
    let found = lint_files(&[("cases/model.txt", CASES)], &corpus());
    check(
        &found,
        Severity::Lint,
        (4, 2),
        "there is no cause `c` in model.yaml",
        update,
    );
    let found = lint_of(&CAUSES.replace("cause: c", "cause: cc"), CASES);
    check(
        &found,
        Severity::Lint,
        (4, 2),
        "no cause `c` in model.yaml; did you mean `cc`?",
        update,
    );
    check(&found, Severity::Lint, (1, 10), "the cause `cc` has no case", update);
    for (from, to) in [
        ("rule vary", "rule refuse"),
        ("hygiene", "wire"),
        ("rule vary", "step vary"),
    ] {
        let found = lint_of(CAUSES, &CASES.replace(from, to));
        check(&found, Severity::Lint, (4, 2), "the cause `c` does not name", update);
    }
}

#[test]
fn listed_cases_exist_and_match_a_glob_of_their_cause() {
    let found = lint_of(CAUSES, &CASES.replace("x#a", "x#c"));
    check(
        &found,
        Severity::Lint,
        (5, 3),
        "there is no case `x#c`; did you mean `x#a`?",
        "--update-baseline",
    );
    let found = lint_of(&CAUSES.replace("x#*", "x#b"), CASES);
    check(
        &found,
        Severity::Lint,
        (5, 3),
        "`x#a` matches no glob of the cause `c`",
        "extend `where` in model.yaml",
    );
}

#[test]
fn a_case_is_listed_under_one_cause() {
    let second = CAUSES.replace("cause: c", "cause: d");
    let lists = format!("{CASES}cause d\n rule vary hygiene\n  x#a\n");
    let twice = "`x#a` is listed under two causes, `d` and `c`";
    for versions in ["'>=2, <3'", "'>=2.5'", "<=2"] {
        let found = lint_of(&format!("{CAUSES}{}", second.replace("'>=2, <3'", versions)), &lists);
        assert_eq!(found.len(), 1, "{found:#?}");
        check(&found, Severity::Lint, (8, 3), twice, "line 5");
    }
    let unlimited = second.replace("  versions: '>=2, <3'\n", "");
    check(
        &lint_of(&format!("{CAUSES}{unlimited}"), &lists),
        Severity::Lint,
        (8, 3),
        twice,
        "line 5",
    );
    let parted = second.replace("'>=2, <3'", "'>=3'");
    assert_eq!(lint_of(&format!("{CAUSES}{parted}"), &lists), []);
    let another = second.replace("vary", "malformed");
    let lists = lists.replace("cause d\n rule vary", "cause d\n rule malformed");
    assert_eq!(lint_of(&format!("{CAUSES}{another}"), &lists), []);
}

#[test]
fn a_cause_is_written_once_and_a_case_listed_once() {
    let found = lint_of(&format!("{CAUSES}{CAUSES}"), CASES);
    check(
        &found,
        Severity::Load,
        (8, 10),
        "the cause `c` is written twice",
        "also on line 1",
    );
    assert!(parse_causes(&format!("{CAUSES}{CAUSES}")).is_err());
    let found = lint_of(CAUSES, &format!("{CASES}  x#a\n"));
    check(
        &found,
        Severity::Load,
        (6, 3),
        "`x#a` is on line 5 too",
        "--update-baseline",
    );
}

#[test]
fn the_lists_are_as_an_update_writes_them() {
    let sorted = CASES.replace("x#a", "x#{a,b}");
    assert_eq!(lint_of(CAUSES, &sorted), []);
    for other in [CASES.replace("x#a", "x#{b,a}"), CASES.replace("x#a", "x#a\n  x#b")] {
        let found = lint_of(CAUSES, &other);
        check(
            &found,
            Severity::Lint,
            (5, 3),
            "the file differs from what `--update-baseline` writes",
            "the order or the folding",
        );
    }
}

#[test]
fn a_baseline_without_a_subject_is_an_error() {
    for files in [[("modell.yaml", "[]\n")], [("cases/modell.txt", "")]] {
        let found = lint_files(&files, &corpus());
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].message, "there is no subject `modell`");
        assert_eq!(found[0].help.as_deref(), Some("did you mean `model`?"));
    }
}

#[test]
fn cases_are_not_looked_up_if_files_of_the_corpus_do_not_load() {
    let broken = Corpus::from_text("x", "title: t\ncases: 3\n", BTreeMap::new());
    assert_eq!(
        lint_files(&[("model.yaml", CAUSES), ("cases/model.txt", CASES)], &broken),
        []
    );
}

#[test]
fn the_ids_of_probes_exist() {
    let corpus = Corpus::load(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases")]);
    let causes = CAUSES.replace("x#*", "policies/*#vary/*");
    let cases = CASES.replace("x#a", "policies/any#\n   vary/root-allowed");
    assert_eq!(
        lint_files(&[("model.yaml", &causes), ("cases/model.txt", &cases)], &corpus),
        []
    );
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("cases/hono.txt")).unwrap();
    fs::create_dir(folder.path().join("nginx.yaml")).unwrap();
    for (name, bytes) in [
        ("model.yaml", &b"- \xff"[..]),
        ("fiber.yaml", b"\xFF\xFE-\0"),
        ("echo.yml", b""),
        ("gin.YAML", b""),
        ("cases/echo.TXT", b""),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("flask.yaml")).unwrap();
    let found = lint_in(folder.path(), &corpus());
    for (file, place, message) in [
        ("model.yaml", (1, 3), "the byte 0xFF is not UTF-8"),
        ("nginx.yaml", (0, 0), "not a regular file, but a folder"),
        ("hono.txt", (0, 0), "not a regular file, but a folder"),
        ("flask.yaml", (0, 0), "not a regular file, but a device"),
        ("fiber.yaml", (0, 0), "the file is in UTF-16, not in UTF-8"),
        ("echo.yml", (0, 0), "its name is not SUBJECT.yaml"),
        ("gin.YAML", (0, 0), "its name is not SUBJECT.yaml"),
        ("echo.TXT", (0, 0), "its name is not SUBJECT.txt"),
    ] {
        let one = found
            .iter()
            .find(|d| d.file.ends_with(file))
            .unwrap_or_else(|| panic!("{file}: {found:#?}"));
        assert_eq!(
            (one.severity, (one.line, one.column)),
            (Severity::Load, place),
            "{one:#?}"
        );
        assert!(one.message.contains(message), "{one:#?}");
    }
    assert!(
        found
            .iter()
            .all(|d| d.severity == Severity::Load || d.message.contains("no subject")),
        "{found:#?}"
    );
    assert_eq!(lint_in(&folder.path().join("no"), &corpus()).len(), 1);
}

#[test]
fn a_byte_order_mark_is_no_error() {
    assert_eq!(lint_of(&format!("\u{FEFF}{CAUSES}"), &format!("\u{FEFF}{CASES}")), []);
}
