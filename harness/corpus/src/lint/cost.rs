//! What a file with many warnings costs.

use crate::sources::VISITED;
use crate::{Corpus, lint};
use std::collections::BTreeMap;

/// How many bytes are looked at for a file of this many cases, each with two warnings.
fn visited(cases: usize) -> usize {
    let case = |i: usize| {
        format!(
            "  - id: C{i}\n    title: t\n    steps: [cors-check/wildcard]\n    origin: https://app.example\n    \
             request: {{ url: https://api.example/ }}\n    exchange: [{{ response: {{ headers: {{ \
             Access-Control-Allow-Origin: '*' }} }} }}]\n    expect: {{ type: cors, decided_by: \
             cors-check/acac-required }}\n"
        )
    };
    let text = format!("title: t\ncases:\n{}", (0..cases).map(case).collect::<String>());
    let corpus = Corpus::from_text("x", &text, BTreeMap::new());
    assert_eq!(corpus.problems, []);
    let found = lint(&corpus);
    assert_eq!(found.len(), 2 * cases + 1);
    VISITED.set(0);
    let _ = lint(&corpus);
    for one in &found {
        assert!(one.render(&corpus.sources, false).contains("^"));
    }
    VISITED.get()
}

#[test]
fn a_warning_costs_the_same_wherever_it_is_in_the_file() {
    let (few, many) = (visited(100), visited(400));
    assert!(few > 0 && many <= 5 * few, "{few} bytes for 100 cases, {many} for 400");
}
