//! The faults of a file are reported together, each with its place and what to do.

mod common;

use common::{case, check, load};
use crosscheck_corpus::lint;

#[test]
fn a_good_case_loads() {
    let corpus = load(&case(""));
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
    assert_eq!(corpus.cases.len(), 1);
    assert_eq!(corpus.cases[0].id, "topic/file#one");
    let at = corpus.cases[0].at().expect("a written case");
    assert_eq!((at.line, at.column), (3, 5));
}

#[test]
fn each_fault_has_its_place_and_its_help() {
    check(
        &case("    expcet: 1\n"),
        (9, 5),
        "`expcet` is not a key of a case",
        "did you mean `expect`?",
    );
    check(&case("    title: again\n"), (9, 5), "`title` appears twice", "line 4");
    check(&case("    tags: x\n"), (9, 11), "`tags` must be a list", "list");
    check(
        &case("    note: 5\n"),
        (9, 11),
        "must be a string, not the number 5",
        "quote it: \"5\"",
    );
    check(
        &case("    needs: [httpss]\n"),
        (9, 13),
        "does not know the word \"httpss\"",
        "did you mean `https`?",
    );
    check(&case("    cache: shared\n"), (9, 5), "no `policy`", "add `policy:`");
    check(
        &case("    policy: nowhere\n"),
        (9, 13),
        "there is no policy `nowhere`",
        "policies/",
    );
    check(
        "title: t\ncases:\n  - id: one\n",
        (3, 5),
        "a case has no `title`",
        "add `title:`",
    );
    check("title: t\ncases:\n  - [1]\n", (3, 5), "`case` must be a map", "map");
    check("cases: []\n", (1, 1), "a file of cases has no `title`", "add `title:`");
    check("a: [1\n", (1, 4), "bad YAML", "not well-formed");
    check("", (0, 0), "the file is empty", "write title");
    check("title: t\n---\ntitle: u\n", (2, 1), "a second document", "one document");
    check("title: !!str t\ncases: []\n", (1, 14), "a YAML tag", "remove the tag");
    check("title: t\n<<: {}\ncases: []\n", (2, 1), "merge key", "keys are");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn values_are_checked_at_their_place() {
    let request = |part: &str| {
        format!(
            "title: t\ncases:\n  - id: one\n    title: a case\n    origin: https://app.example\n    exchange: []\n    expect: {{ type: error }}\n    request:\n      url: https://api.example/x\n{part}"
        )
    };
    check(
        &request("      headers: { X-A: 5 }\n"),
        (10, 23),
        "`X-A` must be a string",
        "quote it: \"5\"",
    );
    check(
        &request("      headers: { X-A: true }\n"),
        (10, 23),
        "not the boolean true",
        "quote it: \"true\"",
    );
    check(
        &request("      headers: { X-A: \"\u{20AC}\" }\n"),
        (10, 23),
        "which is not a byte",
        "\\xNN",
    );
    check(
        &request("      headers: { X-A: a, x-a: b }\n"),
        (10, 26),
        "`x-a` appears twice",
        "[name, value] pairs",
    );
    check(
        &request("      headers: [[X-A]]\n"),
        (10, 17),
        "a pair [name, value]",
        "write [Name",
    );
    check(
        &request("      mode: corz\n"),
        (10, 13),
        "does not know the word \"corz\"",
        "did you mean `cors`?",
    );
    check(
        &request("      upload_listener: maybe\n"),
        (10, 24),
        "must be true or false",
        "true or false",
    );
    check(
        &request("      body: { hex: abc }\n"),
        (10, 20),
        "even number",
        "two digits",
    );
    check(
        &request("      body: { hex: \"00\", form: {} }\n"),
        (10, 13),
        "exactly one of",
        "one of them",
    );
    check(
        &request("      upload_listener: true\n      via: img\n"),
        (10, 24),
        "`via` is img",
        "via: xhr",
    );
    let origin = |text: &str| case("").replace("origin: https://app.example", text);
    check(
        &origin("origin: https://app.example/"),
        (5, 13),
        "is not a serialized origin: it has a trailing slash",
        "write `https://app.example`",
    );
    check(
        &origin("origin: \"null\""),
        (5, 13),
        "`origin` is null",
        "{opaque: sandbox}",
    );
    check(
        &origin("origin: { opaque: box }"),
        (5, 23),
        "the word \"box\"",
        "sandbox, data",
    );
    let wire = |text: &str| case("").replace("exchange: []", text);
    check(
        &wire("exchange: [{ response: { status: 1000 } }]"),
        (7, 38),
        "out of range",
        "200 to 999",
    );
    check(
        &wire("exchange: [{ response: { status: \"200\" } }]"),
        (7, 38),
        "must be a whole number",
        "remove the quotes: 200",
    );
    check(
        &wire("exchange: [{ response: { status: 101 } }]"),
        (7, 38),
        "out of range",
        "200",
    );
    check(
        &wire("exchange: [{ response: { raw: x, status: 200 } }]"),
        (7, 38),
        "with `raw` has no `status`",
        "remove",
    );
    check(
        &wire("exchange: [{ request: {} }]"),
        (7, 16),
        "has no `response`",
        "add `response:`",
    );
    check(
        &wire("exchange: [{ response: {}, optional: never }]"),
        (7, 42),
        "the word \"never\"",
        "no-preflight-cache",
    );
    let expect = |text: &str| case("").replace("expect: { type: error }", text);
    check(
        &expect("expect: { type: error, status: 0 }"),
        (8, 28),
        "takes no other key",
        "remove it",
    );
    check(
        &expect("expect: { throws: Error }"),
        (8, 23),
        "the word \"Error\"",
        "TypeError",
    );
    check(
        &expect("expect: { type: eror }"),
        (8, 21),
        "the word \"eror\"",
        "did you mean `error`?",
    );
}

#[test]
fn ten_different_faults_of_one_file_are_reported_together() {
    let text = r#"title: t
unknown: 1
cases:
  - id: one
    id: two
    title: a case
    origin: https://app.example/
    request: { url: https://api.example/x, mode: corz, headers: { X: 1, Y: "€" } }
    exchange: [{ response: { status: 20 } }]
    expect: { type: error, status: 3 }
    tags: word
    steps: [cors-check/acac-requird]
    also_allowed: [{ leniency: none, reason: r }]
  - id: one
    title: 5
"#;
    let corpus = load(text);
    let mut messages: Vec<String> = corpus.problems.iter().map(|d| d.message.clone()).collect();
    messages.extend(lint(&corpus).into_iter().map(|d| d.message));
    for part in [
        "`unknown` is not a key",
        "`id` appears twice",
        "it has a trailing slash",
        "the word \"corz\"",
        "`X` must be a string",
        "`Y` has the character",
        "`status` is 20",
        "takes no other key",
        "`tags` must be a list",
        "no step `cors-check/acac-requird`",
        "the word \"none\"",
        "the id `one` is already taken",
    ] {
        assert!(
            messages.iter().any(|m| m.contains(part)),
            "{part:?} is not reported: {messages:#?}"
        );
    }
    assert!(corpus.cases.is_empty(), "a file with faults does not load");
}

#[test]
fn a_carriage_return_ends_a_line() {
    let good = case("    note: 5\n");
    for end in ["\r", "\r\n"] {
        let corpus = load(&good.replace('\n', end));
        let fault = &corpus.problems[0];
        assert_eq!((fault.line, fault.column), (9, 11), "{end:?}: {fault:?}");
        let shown = fault.render(&corpus.sources, false);
        assert!(shown.contains("9 |     note: 5\n"), "{end:?}: {shown}");
    }
}

#[test]
fn a_diagnostic_shows_the_line_with_a_caret() {
    let text = case("    note: 5\n");
    let corpus = load(&text);
    let shown = corpus.problems[0].render(&corpus.sources, false);
    let expected = "\
error: `note` must be a string, not the number 5
 --> topic/file.yaml:9:11
  |
9 |     note: 5
  |           ^
  |
  = help: quote it: \"5\"";
    assert_eq!(shown, expected);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let text = case("    note: [\"\\e]0;x\\a\"]\n    \"k\\e[31m\": 1\n");
    let corpus = load(&text);
    for problem in &corpus.problems {
        let shown = problem.render(&corpus.sources, false);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    }
    assert_eq!(corpus.problems.len(), 2);
}
