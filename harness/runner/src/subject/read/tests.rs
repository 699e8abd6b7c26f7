use super::*;

/// Replaces one line in a valid file and returns the faults.
fn faults(line: &str, replacement: &str) -> Vec<(usize, usize, String, String)> {
    const RIGHT: &str = "\
name: x
role: server
package: { registry: npm, name: x, version: 1.2.3 }
flags: [origins-any, origins-list]
denies:
  origins-regex: there are no expressions
  origins-list/port: a port cannot be written
scope: app
anchoring: search
lacks: [{ need: streams, reason: it has none }]
start-timeout: 60
eras:
  - versions: <1
";
    assert!(RIGHT.contains(line), "{line}");
    let read = read(&RIGHT.replace(line, replacement), "x.yaml", Home::Folder("x"));
    let found = read.err().unwrap_or_default().into_iter();
    found
        .map(|d| (d.line, d.column, d.message, d.help.unwrap_or_default()))
        .collect()
}

#[test]
fn a_valid_file_has_no_faults() {
    assert_eq!(faults("name: x", "name: x"), []);
}

#[test]
fn a_misspelt_word_is_reported_with_its_place_and_a_suggestion() {
    for (line, wrong, place, help) in [
        ("role: server", "role: sever", (2, 7), "did you mean `server`?"),
        ("registry: npm", "registry: PyPy", (3, 22), "did you mean `PyPI`?"),
        ("origins-any,", "origin-any,", (4, 9), "did you mean `origins-any`?"),
        (
            "  origins-regex",
            "  origins-regexp",
            (6, 3),
            "did you mean `origins-regex`?",
        ),
        (
            "origins-list/port",
            "origins-lists/port",
            (7, 3),
            "did you mean `origins-list`?",
        ),
        ("scope: app", "scope: apps", (8, 8), "did you mean `app`?"),
        (
            "anchoring: search",
            "anchoring: serach",
            (9, 12),
            "did you mean `search`?",
        ),
        ("need: streams", "need: stream", (10, 17), "did you mean `streams`?"),
        ("versions: <1", "versions: 1", (13, 15), "quote it: \"1\""),
        (
            "versions: <1",
            "versions: ~1",
            (13, 15),
            "write >=2.8, <3 or =1.2.3, joined by commas",
        ),
        ("anchoring:", "anchorng:", (9, 1), "did you mean `anchoring`?"),
        ("scope: app", "rejects-actual: never", (8, 1), "the keys are name, role"),
        ("name: x", "name: y", (1, 7), "write `name: x`, or rename the folder"),
        (
            "name: x",
            "name: ../../x",
            (1, 7),
            "write `name: x`, or rename the folder",
        ),
        ("version: 1.2.3", "version: 2.8", (3, 45), "quote it: \"2.8\""),
        ("scope: app", "start: []", (8, 8), "write the program and its arguments"),
        (
            "scope: app",
            "start: [\"\", x]",
            (8, 8),
            "write the program and its arguments",
        ),
        (
            "versions: <1",
            "versions: \"<<nope\"",
            (13, 15),
            "write >=2.8, <3 or =1.2.3, joined by commas",
        ),
        (
            "versions: <1",
            "{ versions: <1, start: [] }",
            (13, 28),
            "write the program and its arguments",
        ),
        (
            "versions: <1",
            "{ versions: <1, folder: v2/../../.. }",
            (13, 29),
            "name a folder beside the subject.yaml",
        ),
        (
            "versions: <1",
            "{ versions: <1, folder: /etc }",
            (13, 29),
            "name a folder beside the subject.yaml",
        ),
        (
            "start-timeout: 60",
            "start-timeout: 0",
            (11, 16),
            "write a whole number from 1 to 3600",
        ),
        (
            "start-timeout: 60",
            "start-timeout: 18446744073709551615",
            (11, 16),
            "write a whole number from 1 to 3600",
        ),
        (
            "start-timeout: 60",
            "start-timeout: soon",
            (11, 16),
            "write a whole number from 1 to 3600",
        ),
    ] {
        let found = faults(line, wrong);
        let [(at_line, column, message, suggestion)] = found.as_slice() else {
            panic!("{wrong}: {found:?}")
        };
        assert_eq!((*at_line, *column), place, "{wrong}: {message}");
        assert!(suggestion.starts_with(help), "{wrong}: {suggestion}");
    }
}

#[test]
fn several_faults_are_reported_together() {
    let found = faults("scope: app\nanchoring: search", "scope: ap\nanchoring: serach");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn an_empty_file_is_a_fault() {
    let found = read("", "x.yaml", Home::Folder("x")).unwrap_err();
    assert_eq!(found[0].message, "the file is empty");
}

#[test]
fn a_folder_whose_name_cannot_be_that_of_a_subject_is_a_fault() {
    let text = "name: x\nrole: server\npackage: { registry: npm, name: x, version: 1.2.3 }\n";
    for (folder, is_name) in [
        ("x", true),
        ("X-1.0_b+c", false),
        ("a b", false),
        ("..", false),
        (".x", false),
        ("-x", false),
        ("x@1", false),
        ("x\u{FFFD}", false),
        ("", false),
    ] {
        let found = read(text, "x.yaml", Home::Folder(folder));
        assert_eq!(found.is_ok(), is_name, "{folder}");
        if let Err(found) = found {
            assert!(found[0].message.contains("name"), "{folder}: {found:?}");
            assert_eq!((found[0].line, found[0].column), (1, 7), "{folder}");
        }
    }
}
