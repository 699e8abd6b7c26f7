//! How much memory a case takes. Allocations are counted, so that the figure does not depend on the machine.

use crosscheck_corpus::{Corpus, lint, replay};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The bytes that one more case may take. It takes 944, and its text has about 400, which are compressed.
const OF_CASE: u64 = 1_050;

/// The text of a file with that many cases.
fn text(cases: usize) -> String {
    let mut text = "title: The origin is compared byte by byte\ncases:\n".to_owned();
    for case in 0..cases {
        let page = case % 7;
        write!(
            text,
            "  - id: case{case}\n    title: case {case} of a large corpus\n    steps: [cors-check/exact-origin]\n    \
             origin: https://app{page}.example\n    request: {{ url: \"https://api.example/data/{case}\" }}\n    \
             exchange:\n      - request: {{ headers: {{ Origin: \"https://app{page}.example\" }} }}\n        \
             response: {{ headers: {{ Access-Control-Allow-Origin: \"https://app{page}.example\" }} }}\n    \
             expect: {{ type: cors, status: 200 }}\n"
        )
        .expect("a string");
    }
    text
}

/// The bytes that a corpus keeps, and the most that loading, linting and replaying it takes beyond that.
fn measured(cases: usize) -> (u64, u64) {
    let text = text(cases);
    let mut corpus = None;
    let loading = allocation_counter::measure(|| corpus = Some(Corpus::from_text("large", &text, BTreeMap::new())));
    let corpus = corpus.expect("a corpus");
    assert_eq!(corpus.cases.len(), cases);
    let using = allocation_counter::measure(|| {
        drop(lint::lint(&corpus));
        corpus.cases.iter().for_each(|case| drop(replay::replay(case)));
    });
    (
        u64::try_from(loading.bytes_current).expect("more than before"),
        using.bytes_max,
    )
}

#[test]
fn a_case_takes_little_memory_and_twice_as_many_take_twice_as_much() {
    let (small, large) = (measured(1_000), measured(2_000));
    let of_case = (large.0 - small.0) / 1_000;
    assert!(of_case < OF_CASE, "{of_case} bytes a case");
    assert!(large.0 < small.0 * 21 / 10, "{small:?} {large:?}");
    assert!(large.1 < small.1 * 21 / 10, "{small:?} {large:?}");
}
