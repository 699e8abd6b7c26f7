//! Places in a text.

/// Line and column of the first occurrence of a part.
#[track_caller]
pub(crate) fn place(text: &str, part: &str) -> (usize, usize) {
    let start = text.find(part).expect("the part");
    let before = &text[..start];
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}
