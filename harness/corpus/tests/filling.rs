//! `defaults` and `rows`: the values that they fill in, and their faults.

mod common;

use common::{case, check, load};

#[test]
fn rows_fill_in_names_and_keep_types() {
    let text = r#"title: t
defaults:
  origin: https://app.example
  request: { url: https://api.example/x }
cases:
  - id: c
    title: row ${name}
    rows:
      - { id: a, name: first, code: 201, long: "${'a'*3}" }
      - { id: b, name: second, code: 404, long: "$${b}" }
    exchange: [{ response: { status: "${code}", headers: { "X-${name}": "<${long}> $${x} $" } } }]
    expect: { status: "${code}" }
"#;
    let corpus = load(text);
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
    let titles: Vec<_> = corpus.cases.iter().map(|c| (c.id.as_str(), c.title.as_str())).collect();
    assert_eq!(
        titles,
        [("topic/file#c/a", "row first"), ("topic/file#c/b", "row second")]
    );
    let header = |i: usize| match &corpus.cases[i].fetches()[0].exchange[0].response {
        crosscheck_corpus::CaseResponse::Parts { status, headers, .. } => {
            let header = headers.iter().next().expect("one");
            (
                *status,
                String::from_utf8_lossy(&header.name).into_owned(),
                String::from_utf8_lossy(&header.value).into_owned(),
            )
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(header(0), (201, "X-first".to_owned(), "<aaa> ${x} $".to_owned()));
    assert_eq!(header(1), (404, "X-second".to_owned(), "<${b}> ${x} $".to_owned()));
}

#[test]
fn rows_with_names_unused_or_unknown_are_faults() {
    let rows =
        |rows: &str, title: &str| case("").replace("title: a case", &format!("title: \"{title}\"\n    rows: {rows}"));
    check(
        &rows("[{ id: a, x: 1 }]", "t"),
        (5, 21),
        "`x` is not used",
        "write `${x}`",
    );
    check(
        &rows("[{ id: a, text: 1 }]", "${test} ${text}"),
        (4, 12),
        "no row value is called `test`",
        "`${text}`",
    );
    check(&rows("[{ id: a }, { id: a }]", "t"), (5, 23), "already taken", "line 5");
    check(&rows("[{ x: 1 }]", "${x}"), (5, 12), "a row has no `id`", "add `id:`");
    check(&rows("[]", "t"), (5, 11), "`rows` is empty", "add a row");
    check(&rows("{ id: a }", "t"), (5, 11), "must be a list of maps", "- {id");
    check(
        &rows("[{ id: a, x: [1] }]", "a${x}"),
        (4, 12),
        "cannot be part of a string",
        "only `${..}`",
    );
    check(
        &rows("[{ id: a }]", "${'a'*9999999}"),
        (4, 12),
        "more than 1 MiB",
        "less often",
    );
    check(
        &case("").replace("a case", "\"${x}\""),
        (4, 12),
        "no row value is called `x`",
        "$${",
    );
    check(
        &case("").replace("a case", "\"${x\""),
        (4, 12),
        "without a name",
        "${name}",
    );
}

#[test]
fn defaults_merge_requests_and_headers_and_null_removes() {
    let text = r#"title: t
steps: [cors-check/exact-origin]
defaults:
  origin: https://app.example
  request: { url: https://api.example/x, credentials: include, headers: { X-A: a, X-B: b } }
  exchange: []
  expect: { type: error }
  note: from defaults
cases:
  - id: merged
    title: t
    steps: [method/safelist]
    request: { method: PUT, headers: { x-a: other, X-C: c } }
  - id: removed
    title: t
    not_steps: [cors-check/exact-origin]
    note: null
    request: { credentials: null, headers: { X-A: null } }
    then:
      - { after: 5, request: { method: HEAD }, exchange: [], expect: { type: error } }
  - id: replaced
    title: t
    request: { headers: [[X-D, d]] }
"#;
    let corpus = load(text);
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
    let shown = |id: &str| {
        let case = corpus.case(&format!("topic/file#{id}")).expect("loaded");
        let headers = |i: usize| -> String {
            let init = &case.fetches()[i].request;
            let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
            init.headers
                .iter()
                .map(|(n, v)| format!("{}={} ", text(n), text(v)))
                .collect()
        };
        (
            case.clone(),
            headers(0),
            case.fetches().len().checked_sub(2).map(|_| headers(1)),
        )
    };
    let (case, headers, _) = shown("merged");
    assert_eq!(headers, "X-B=b x-a=other X-C=c ");
    assert_eq!(case.steps, ["cors-check/exact-origin", "method/safelist"]);
    assert_eq!(case.note.as_deref(), Some("from defaults"));
    let (case, headers, then) = shown("removed");
    assert_eq!((headers.as_str(), then.as_deref()), ("X-B=b ", Some("X-A=a X-B=b ")));
    assert!(case.note.is_none() && case.steps.is_empty() && case.fetches()[0].request.credentials.is_none());
    assert_eq!(
        (case.fetches()[1].after, case.fetches()[1].request.credentials.is_some()),
        (5, true)
    );
    assert_eq!(shown("replaced").1, "X-D=d ");
}

#[test]
fn a_removed_default_leaves_its_name_to_a_row() {
    let text = r#"title: t
defaults:
  origin: https://app.example
  request: { url: https://api.example/x, headers: { Accept: a, X-B: b } }
  exchange: []
  expect: { type: error }
cases:
  - id: c
    title: t
    request: { headers: { accept: null, "${name}": own } }
    rows: [{ id: a, name: accept }, { id: b, name: X-C }]
"#;
    let corpus = load(text);
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
    let names: Vec<Vec<_>> = corpus
        .cases
        .iter()
        .map(|c| {
            let headers = &c.fetches()[0].request.headers;
            headers
                .iter()
                .map(|(n, _)| String::from_utf8_lossy(n).into_owned())
                .collect()
        })
        .collect();
    assert_eq!(names, [["X-B", "accept"], ["X-B", "X-C"]]);
}

#[test]
fn a_case_with_send_may_set_its_unused_keys_to_null() {
    let text = r#"title: t
defaults:
  origin: https://app.example
  policy: { origins: { any: true } }
  request: { url: https://api.example/x }
cases:
  - id: c
    title: t
    origin: null
    request: null
    send: { url: https://api.example/ }
"#;
    let corpus = load(text);
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
    assert!(corpus.cases[0].send().is_some() && corpus.cases[0].fetches().is_empty());
}

#[test]
fn without_an_exchange_no_request_is_expected() {
    let corpus = load(
        "title: t\ndefaults: { origin: https://app.example }\ncases:\n  - id: a\n    title: a\n    request: { url: https://api.example/, method: TRACE }\n    expect: { throws: TypeError }\n  - id: b\n    title: b\n    request: { url: https://api.example/ }\n    expect: { type: error }\n",
    );
    assert!(corpus.problems.is_empty(), "{:#?}", corpus.problems);
    let counts: Vec<_> = corpus
        .cases
        .iter()
        .map(|c| crosscheck_corpus::replay::replay(c).mismatches.len())
        .collect();
    assert_eq!(counts, [0, 1]);
}

#[test]
fn defaults_cannot_have_id_title_or_rows() {
    for key in ["id", "title", "rows"] {
        check(
            &format!("title: t\ndefaults: {{ {key}: a }}\ncases: []\n"),
            (2, 13),
            &format!("`{key}` is not a key of `defaults`"),
            "keys are",
        );
    }
}
