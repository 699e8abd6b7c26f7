use super::*;
use crate::subjects::tests::all as all_subjects;

const GOOD: &str = "\
- id: one
  subject: flask-cors
  bad: 4.0
  good: \"4.0.1\"
  rules: [grant-anonymous, vary]
  source: https://advisories.example/1
";

fn listed(text: &str) -> Listed {
    parse(text, "recall.yaml", &all_subjects())
}

#[test]
fn a_list_is_read_with_or_without_a_key_and_with_extra_keys() {
    let indented = |key: &str| format!("title: t\n{key}:\n{GOOD}");
    let table = [
        GOOD.to_owned(),
        indented("recall"),
        indented("cases"),
        indented("entries"),
        GOOD.replace(
            "source: https://advisories.example/1",
            "source: [https://advisories.example/1]",
        ),
        GOOD.replace("  source", "  title: t\n  note: [a, {b: c}]\n  source"),
    ];
    for text in table {
        let listed = listed(&text);
        assert_eq!((listed.problems, listed.remarks), (vec![], vec![]), "of {text}");
        let [entry] = listed.entries.as_slice() else {
            panic!("{text}")
        };
        let expected = Entry {
            id: "one".to_owned(),
            subject: "flask-cors".to_owned(),
            bad: "4.0".to_owned(),
            good: "4.0.1".to_owned(),
            rules: vec!["grant-anonymous".to_owned(), "vary".to_owned()],
            source: vec!["https://advisories.example/1".to_owned()],
        };
        assert_eq!(*entry, expected, "of {text}");
    }
}

#[test]
fn releases_keep_the_text_of_the_file() {
    for (written, expected) in [
        ("4.10", "4.10"),
        ("4", "4"),
        ("v1.8.0", "v1.8.0"),
        ("1.0.0-rc.1", "1.0.0-rc.1"),
        ("'2.0'", "2.0"),
        ("1.2.0+incompatible", "1.2.0+incompatible"),
    ] {
        let listed = listed(&GOOD.replace("bad: 4.0", &format!("bad: {written}")));
        assert_eq!(listed.problems, [], "of {written}");
        assert_eq!(listed.entries[0].bad, expected);
    }
    let specs = Entry {
        subject: "rs-cors".to_owned(),
        bad: "v1.8.0".to_owned(),
        good: "1.9.0".to_owned(),
        ..Entry::default()
    };
    assert_eq!(
        specs.releases().map(|s| s.to_string()),
        ["rs-cors@1.8.0", "rs-cors@1.9.0"]
    );
}

#[test]
fn a_fault_that_makes_an_entry_unusable_is_reported_with_its_place() {
    let table = [
        ("bad: 4.0", "", (1, 3), "an entry has no `bad`", "bad:"),
        (
            "bad: 4.0",
            "bad: [4.0]",
            (3, 8),
            "must be a release, not a list",
            "registry",
        ),
        (
            "bad: 4.0",
            "bad: 4.0 || 5",
            (3, 8),
            "`4.0 || 5` is not a release",
            "registry",
        ),
        ("bad: 4.0", "bad: --pre", (3, 8), "`--pre` is not a release", "registry"),
        ("bad: 4.0", "bad: 4.0.1", (4, 3), "same release 4.0.1", "fixes"),
        ("id: one", "id: 1", (1, 7), "`id` must be a string", "quote it"),
        (
            "[grant-anonymous, vary]",
            "wary",
            (5, 10),
            "no rule `wary`",
            "did you mean `vary`?",
        ),
        (
            "[grant-anonymous, vary]",
            "[]",
            (5, 10),
            "`rules` is empty",
            "name a rule",
        ),
        (
            GOOD,
            "",
            (0, 0),
            "expected a list of vulnerabilities, found nothing",
            "dash",
        ),
        (GOOD, "[]", (1, 1), "the list is empty", "subject"),
        (
            GOOD,
            "title: t\n",
            (1, 1),
            "expected a list of vulnerabilities, found a map",
            "dash",
        ),
        (GOOD, "- one\n", (1, 3), "must be a map", "map"),
    ];
    for (from, to, place, message, help) in table {
        let text = GOOD.replace(from, to);
        let listed = listed(&text);
        let [one] = listed.problems.as_slice() else {
            panic!("{text}: {:#?}", listed.problems)
        };
        assert!(one.message.contains(message), "`{message}` is not in {one:#?}");
        assert!(
            one.help.as_deref().is_some_and(|h| h.contains(help)),
            "`{help}` is not in {one:#?}"
        );
        assert_eq!((one.line, one.column), place, "{one:#?}");
        assert_eq!(listed.entries, [], "of {text}");
    }
}

#[test]
fn an_unusable_entry_does_not_affect_the_others() {
    let text = format!("{GOOD}- id: two\n{}", GOOD.replace("- id: one", "- id: three"));
    let read = listed(&text);
    assert_eq!(read.entries.len(), 2);
    assert!(!read.problems.is_empty());
    let twice = listed(&format!("{GOOD}{GOOD}"));
    assert_eq!((twice.entries.len(), twice.problems.len()), (1, 1));
    assert!(twice.problems[0].message.contains("`one` appears twice"));
    assert_eq!(twice.problems[0].line, 7);
}

#[test]
fn unknown_names_are_remarks() {
    let table = [
        (
            "flask-cors",
            "flask-corse",
            (2, 12),
            "no subject `flask-corse`",
            "`flask-cors`",
        ),
        (
            "flask-cors",
            "chromium",
            (2, 12),
            "`chromium` is not a server",
            "server",
        ),
        ("vary]", "wary]", (5, 28), "no rule `wary`", "did you mean `vary`?"),
        (
            "source: https://advisories.example/1",
            "source:",
            (1, 3),
            "no `source`",
            "advisory",
        ),
    ];
    for (from, to, place, message, help) in table {
        let listed = listed(&GOOD.replace(from, to));
        assert_eq!((listed.problems.len(), listed.entries.len()), (0, 1));
        let [one] = listed.remarks.as_slice() else {
            panic!("{:#?}", listed.remarks)
        };
        assert!(one.message.contains(message), "{one:#?}");
        assert!(one.help.as_deref().is_some_and(|h| h.contains(help)), "{one:#?}");
        assert_eq!((one.line, one.column), place, "{one:#?}");
    }
}

#[test]
fn an_unreadable_file_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("binary.yaml");
    std::fs::write(&binary, b"- \xff").unwrap();
    let zero = folder.path().join("zero.yaml");
    std::os::unix::fs::symlink("/dev/zero", &zero).unwrap();
    for (path, message, place) in [
        (folder.path(), "not a regular file, but a folder", (0, 0)),
        (&zero, "not a regular file, but a device", (0, 0)),
        (&binary, "the byte 0xFF is not UTF-8", (1, 3)),
        (&folder.path().join("none.yaml"), "there is no such file", (0, 0)),
    ] {
        let listed = read(path, &BTreeMap::new(), &mut Sources::default());
        let [problem] = listed.problems.as_slice() else {
            panic!("{path:?}: {:?}", listed.problems)
        };
        assert!(problem.message.contains(message), "{path:?}: {}", problem.message);
        assert_eq!((problem.line, problem.column), place, "{path:?}");
    }
}
