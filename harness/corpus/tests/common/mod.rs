//! Shared functions of the tests about the loader's faults.

use crosscheck_corpus::{Corpus, Diagnostic, Severity};
use std::collections::BTreeMap;

pub(crate) fn load(text: &str) -> Corpus {
    Corpus::from_text("topic/file", text, BTreeMap::new())
}

fn faults(text: &str) -> Vec<Diagnostic> {
    load(text).problems
}

/// A file with one case, followed by `part`.
pub(crate) fn case(part: &str) -> String {
    format!(
        "title: t\ncases:\n  - id: one\n    title: a case\n    origin: https://app.example\n    request: {{ url: https://api.example/x }}\n    exchange: []\n    expect: {{ type: error }}\n{part}"
    )
}

/// Checks that the text has a fault with this message and help, at this line and column.
#[track_caller]
pub(crate) fn check(text: &str, at: (usize, usize), message: &str, help: &str) {
    let found = faults(text);
    let hit = found.iter().find(|d| d.message.contains(message));
    let Some(hit) = hit else {
        panic!("no fault has the message {message:?}: {found:#?}");
    };
    assert_eq!((hit.line, hit.column), at, "{hit:?}");
    assert!(hit.help.as_deref().unwrap_or_default().contains(help), "{hit:?}");
    assert_eq!(hit.severity, Severity::Load);
}
