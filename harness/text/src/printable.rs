//! Hostile text on its way to a terminal.

use std::borrow::Cow;

/// Whether a character must not reach a terminal as it is: controls, and marks that turn or hide text.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(c, '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
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

/// Escapes, in the text of a JSON document, the characters that a terminal would act on. JSON itself escapes only those below U+0020.
#[must_use]
pub fn json_escaped(json: &str) -> Cow<'_, str> {
    let bad = |c: char| !c.is_ascii_control() && is_unprintable(c) || c == '\u{7F}';
    if !json.contains(bad) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if bad(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{json_escaped, printable_block, printable_line};

    #[test]
    fn json_has_no_character_that_a_terminal_acts_on() {
        let json = "{\n\t\"a\": \"é\u{9b}\u{202e}\u{7f}\"}";
        assert_eq!(json_escaped(json), "{\n\t\"a\": \"é\\u009b\\u202e\\u007f\"}");
        assert!(matches!(json_escaped("{\"a\": 1}"), std::borrow::Cow::Borrowed(_)));
    }

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
