use super::*;
use crate::subject::subjects_folder;
use std::fs;

const CASES: &str = "\
title: t
cases:
  - id: a
    title: t
    steps: [cors-check/wildcard]
    origin: https://app.example
    request: { url: https://api.example/ }
    exchange: [{ response: { headers: { Access-Control-Allow-Origin: \"*\" } } }]
    expect: { type: cors }
";

fn lint_of(files: &[(&str, &str)], corpus: &Corpus) -> Vec<Diagnostic> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut sources = Sources::default();
    let known = Known::all(&subjects_folder()).unwrap();
    lint(folder.path(), corpus, &known, &mut sources)
}

fn corpus() -> Corpus {
    let corpus = Corpus::from_text("x", CASES, BTreeMap::new());
    assert_eq!(corpus.problems, []);
    corpus
}

/// The only fault of a text is this one, at this place.
#[track_caller]
fn check(text: &str, severity: Severity, place: (usize, usize), message: &str, help: &str) {
    let found = lint_of(&[("model.yaml", text)], &corpus());
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    assert!(one.message.contains(message), "`{message}` is not in {one:#?}");
    assert!(
        one.help.as_deref().is_some_and(|h| h.contains(help)),
        "`{help}` is not in {one:#?}"
    );
    assert_eq!((one.severity, (one.line, one.column)), (severity, place), "{one:#?}");
}

const GOOD: &str = "\
- cause: c
  rule: vary
  verdict: hygiene
  versions: '>=2, <3'
  reason: r
  upstream: u
  cases:
    - x#a
";

#[test]
fn a_good_baseline_and_empty_ones_have_no_fault() {
    let step = GOOD.replace("rule: vary", "step: cors-check/wildcard");
    for text in [GOOD, &step, "", "# Nothing.\n", "[]\n"] {
        let found = lint_of(
            &[("model.yaml", text), ("readme.txt", "x"), (".hidden.yaml", "x")],
            &corpus(),
        );
        assert_eq!(found, [], "of {text}");
    }
}

#[test]
fn what_keeps_a_file_from_loading_has_its_place() {
    let table = [
        (GOOD, "cause: c", (1, 1), "not a map", "dash"),
        (
            "reason: r",
            "raeson: r",
            (5, 3),
            "`raeson` is not a key of an entry",
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
        ("  reason: r\n", "", (1, 3), "an entry has no `reason`", "reason:"),
        (
            "reason: r",
            "reason: 3",
            (5, 11),
            "`reason` must be a string",
            "quote it",
        ),
        ("cause: c\n  rule", "rule", (1, 3), "an entry has no `cause`", "cause:"),
        ("'>=2, <3'", "2.x", (4, 13), "`2.x` is no version range", ">=2.8"),
        ("- x#a", "- 3", (8, 7), "`cases` must be a string", "quote it"),
        ("reason: r", "reason: r\n  reason: s", (6, 3), "stands twice", "line 5"),
    ];
    for (from, to, place, message, help) in table {
        let text = if from == GOOD {
            to.to_owned()
        } else {
            GOOD.replace(from, to)
        };
        assert_ne!(text, GOOD);
        let found = lint_of(&[("model.yaml", &text)], &corpus());
        let first = found.iter().find(|d| d.message.contains(message));
        let first = first.unwrap_or_else(|| panic!("`{message}` is not in {found:#?}"));
        assert_eq!(first.severity, Severity::Load);
        assert!(first.help.as_deref().is_some_and(|h| h.contains(help)), "{first:#?}");
        assert_eq!((first.line, first.column), place, "{first:#?}");
        // A run reads a bare number as a string; lint does not.
        let run_refuses = Baseline::parse(&text).is_err();
        assert!(run_refuses || help == "quote it", "a run takes {text}");
    }
}

#[test]
fn what_is_no_yaml_has_its_place() {
    let found = lint_of(&[("model.yaml", "- cause: [\n")], &corpus());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].severity == Severity::Load && found[0].line > 0, "{found:#?}");
}

#[test]
fn an_unexplained_entry_is_a_fault() {
    check(
        &GOOD.replace("reason: r", "reason: unexplained"),
        Severity::Lint,
        (5, 11),
        "entry `c` of model is unexplained: look at it on the wire, then say why",
        "crosscheck run 'x#a' --client model --known",
    );
}

#[test]
fn an_empty_reason_is_a_fault() {
    check(
        &GOOD.replace("reason: r", "reason: ' '"),
        Severity::Lint,
        (5, 11),
        "reason of the entry `c` of model is empty",
        "--client model",
    );
}

#[test]
fn names_that_nobody_knows_are_faults() {
    let lint = |from: &str, to: &str, place, message: &str, help: &str| {
        check(&GOOD.replace(from, to), Severity::Lint, place, message, help);
    };
    lint(
        "rule: vary",
        "rule: wary",
        (2, 9),
        "no rule `wary`",
        "did you mean `vary`?",
    );
    lint(
        "rule: vary",
        "rule: zzzzzzzz",
        (2, 9),
        "no rule `zzzzzzzz`",
        "the rules are crash, ",
    );
    lint(
        "rule: vary",
        "step: cors-check/wildcart",
        (2, 9),
        "no step `cors-check/wildcart`",
        "`cors-check/wildcard`",
    );
    lint("x#a", "x#b", (8, 7), "no case `x#b`", "did you mean `x#a`?");
    lint("hygiene", "advice", (3, 12), "`advice` needs no baseline", "remove");
    lint("\n    - x#a", " []", (7, 10), "`c` has no cases", "remove");
}

#[test]
fn an_id_is_listed_once_for_a_rule() {
    let twice = "`x#a` is listed twice for `vary`";
    let within = format!("{GOOD}    - x#a\n");
    check(&within, Severity::Lint, (9, 7), twice, "line 8");
    let across = format!("{GOOD}{}", GOOD.replace("  versions: '>=2, <3'\n", ""));
    check(&across, Severity::Lint, (15, 7), twice, "line 8");
    let parted = format!("{GOOD}{}", GOOD.replace(">=2, <3", ">=3"));
    let another = format!("{GOOD}{}", GOOD.replace("vary", "malformed"));
    for text in [parted, another] {
        assert_eq!(lint_of(&[("model.yaml", &text)], &corpus()), [], "of {text}");
    }
}

#[test]
fn a_file_of_no_subject_is_a_fault() {
    let found = lint_of(&[("modell.yaml", GOOD)], &corpus());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].message, "there is no subject `modell`");
    assert_eq!(found[0].help.as_deref(), Some("did you mean `model.yaml`?"));
}

#[test]
fn ids_are_not_looked_for_where_files_of_the_corpus_do_not_load() {
    let broken = Corpus::from_text("x", "title: t\ncases: 3\n", BTreeMap::new());
    assert_eq!(lint_of(&[("model.yaml", GOOD)], &broken), []);
}

#[test]
fn the_ids_of_probes_exist() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases");
    let corpus = Corpus::load(&[cases]);
    let text = GOOD.replace("x#a", "policies/any#vary/root-allowed");
    assert_eq!(lint_of(&[("model.yaml", &text)], &corpus), []);
}

#[test]
fn what_cannot_be_read_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.yaml"), b"- \xff").unwrap();
    fs::create_dir(folder.path().join("nginx.yaml")).unwrap();
    let known = Known::all(&subjects_folder()).unwrap();
    let mut sources = Sources::default();
    let found = lint(folder.path(), &corpus(), &known, &mut sources);
    let severities: Vec<_> = found.iter().map(|d| d.severity).collect();
    assert_eq!(severities, [Severity::Load, Severity::Load], "{found:#?}");
    assert!(found.iter().all(|d| d.message.contains("cannot be read")), "{found:#?}");
    let nowhere = lint(&folder.path().join("no"), &corpus(), &known, &mut sources);
    assert_eq!(nowhere.len(), 1);
}
