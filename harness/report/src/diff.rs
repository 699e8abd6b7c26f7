//! What was expected against what came.

use crate::text::{Style, clean};
use similar::{ChangeTag, TextDiff};

/// Beyond this many bytes a side is cut: a diff is to be read.
const LONGEST: usize = 16 * 1024;

/// One line of a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// On both sides.
    Same,
    /// Only expected.
    Expected,
    /// Only there.
    Actual,
}

impl Mark {
    /// The sign before the line.
    #[must_use]
    pub const fn sign(self) -> char {
        match self {
            Self::Same => ' ',
            Self::Expected => '-',
            Self::Actual => '+',
        }
    }
}

/// The lines of both sides, escaped, in the order in which they are read.
#[must_use]
pub fn diff(expected: &str, actual: &str) -> Vec<(Mark, String)> {
    let (expected, actual) = (cut(expected), cut(actual));
    let lines = TextDiff::from_lines(&expected, &actual);
    let changes = lines.iter_all_changes().map(|change| {
        let mark = match change.tag() {
            ChangeTag::Equal => Mark::Same,
            ChangeTag::Delete => Mark::Expected,
            ChangeTag::Insert => Mark::Actual,
        };
        let text = change.to_string_lossy();
        let line = text.strip_suffix('\n').unwrap_or(&text);
        (mark, clean(line).into_owned())
    });
    changes.collect()
}

/// A text that ends in a line end, of bounded length.
fn cut(text: &str) -> String {
    let end = (0..=LONGEST.min(text.len()))
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(0);
    let mut out = text[..end].trim_end_matches('\n').to_owned();
    if end < text.len() {
        out.push_str("\n…");
    }
    out.push('\n');
    out
}

/// The diff for a terminal, a line each.
#[must_use]
pub fn lines(expected: &str, actual: &str, style: Style) -> Vec<String> {
    let painted = diff(expected, actual).into_iter().map(|(mark, line)| {
        let text = format!("{} {line}", mark.sign());
        match mark {
            Mark::Same => text,
            Mark::Expected => style.red(&text),
            Mark::Actual => style.green(&text),
        }
    });
    painted.collect()
}
