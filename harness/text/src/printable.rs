//! Hostile text on its way to a terminal.

use std::borrow::Cow;

/// Whether a character must not reach a terminal as it is: controls, and marks that turn or hide text.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Escapes everything in a line of text that a terminal would act on.
#[must_use]
pub fn printable_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unprintable)
}

/// Escapes everything in a text that a terminal would act on, except tabs and line feeds.
#[must_use]
pub fn printable_block(text: &str) -> Cow<'_, str> {
    escaped(text, |c| !matches!(c, '\t' | '\n') && is_unprintable(c))
}

fn escaped(text: &str, bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if bad(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{printable_block, printable_line};

    #[test]
    fn terminal_controls_are_escaped_and_a_block_keeps_its_lines() {
        for (text, in_line, in_block) in [
            ("plain é", "plain é", "plain é"),
            ("a\tb\nc", r"a\tb\nc", "a\tb\nc"),
            ("\u{1b}[31m\r", r"\u{1b}[31m\r", r"\u{1b}[31m\r"),
            (
                "\u{202E}\u{2060}\u{FEFF}",
                r"\u{202e}\u{2060}\u{feff}",
                r"\u{202e}\u{2060}\u{feff}",
            ),
        ] {
            assert_eq!(printable_line(text), in_line);
            assert_eq!(printable_block(text), in_block);
        }
    }
}
