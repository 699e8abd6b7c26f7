//! The file that people write, as text. What a change does not touch keeps its text, comments and line breaks included.

use super::cause::{Cause, OneOrMore};
use super::change::Change;

/// The widest line of a list.
const WIDTH: usize = 110;

/// A reader of YAML. This crate has none.
pub trait ReadYaml {
    /// Reads causes; `None` if the text is not in their format.
    fn causes(&self, text: &str) -> Option<Vec<Cause>>;

    /// Returns whether a text without quotes reads as a string with this text.
    fn is_plain(&self, text: &str) -> bool;
}

/// Renders the causes after a change, as an edit of the old text; `None` if no text reads back as them.
#[must_use]
pub fn edit_causes(yaml: &dyn ReadYaml, subject: &str, old: &str, before: &[Cause], change: &Change) -> Option<String> {
    let kept = before.iter().zip(&change.kept).filter(|(_, kept)| **kept);
    let after: Vec<&Cause> = kept.map(|(cause, _)| cause).chain(&change.added).collect();
    let reads_back = |text: &String| {
        yaml.causes(text)
            .is_some_and(|read| read.iter().eq(after.iter().copied()))
    };
    edited(yaml, subject, old, before, change)
        .filter(reads_back)
        .or_else(|| Some(rewritten(yaml, subject, old, &after)).filter(reads_back))
}

/// The old text with the changes in it; `None` unless each cause begins with a dash at the margin.
fn edited(yaml: &dyn ReadYaml, subject: &str, old: &str, before: &[Cause], change: &Change) -> Option<String> {
    let layout = Layout::of(old)?;
    if layout.causes.len() != before.len() || before.is_empty() {
        return None;
    }
    let mut out = head(subject, old);
    for (place, piece) in layout.causes.iter().enumerate() {
        if change.kept.get(place) == Some(&true) {
            if place > 0 {
                out.push_str(&piece.lead);
            }
            out.push_str(&piece.body);
            end_line(&mut out);
        }
    }
    for cause in &change.added {
        out.push_str(&block(yaml, cause));
    }
    if change.added.is_empty() && !change.kept.contains(&true) {
        out.push_str("[]\n");
    }
    out.push_str(&layout.tail);
    Some(out)
}

/// The whole text in our own layout; of the old one the comments at the head stay.
fn rewritten(yaml: &dyn ReadYaml, subject: &str, old: &str, after: &[&Cause]) -> String {
    let mut out = head(subject, old);
    out.extend(after.iter().map(|cause| block(yaml, cause)));
    if after.is_empty() {
        out.push_str("[]\n");
    }
    out
}

/// The comments at the start of a text, or the default ones if there is no text yet.
fn head(subject: &str, old: &str) -> String {
    if old.is_empty() {
        return format!("# Known deviations of {subject}, by cause. The exact cases are in cases/{subject}.txt.\n");
    }
    let mut out: String = old.split_inclusive('\n').take_while(|l| is_between(l)).collect();
    end_line(&mut out);
    out
}

fn end_line(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Whether a line can be between causes: blank, or a comment at the margin.
fn is_between(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

/// The text of a cause, with the comments before it.
#[derive(Debug, Default)]
struct Piece {
    lead: String,
    body: String,
}

/// A text cut into its causes.
#[derive(Debug, Default)]
struct Layout {
    causes: Vec<Piece>,
    /// Comments behind the last cause.
    tail: String,
}

impl Layout {
    /// `None` if a cause begins with something else than a dash at the margin.
    fn of(text: &str) -> Option<Self> {
        let mut layout = Self::default();
        let mut between = String::new();
        for line in text.split_inclusive('\n') {
            if is_between(line) {
                between.push_str(line);
            } else if line.starts_with("- ") {
                layout.causes.push(Piece {
                    lead: std::mem::take(&mut between),
                    body: line.to_owned(),
                });
            } else {
                let piece = layout.causes.last_mut()?;
                piece.body.push_str(&std::mem::take(&mut between));
                piece.body.push_str(line);
            }
        }
        layout.tail = between;
        Some(layout)
    }
}

/// A cause in our own layout.
fn block(yaml: &dyn ReadYaml, cause: &Cause) -> String {
    let ids = |ids: &OneOrMore<String>| list(yaml, ids.as_slice());
    let verdicts: Vec<String> = cause.verdict.as_slice().iter().map(ToString::to_string).collect();
    let globs: Vec<String> = cause.places.iter().map(ToString::to_string).collect();
    let keys = [
        ("cause", Some(scalar(yaml, cause.name.as_str()))),
        ("rule", cause.rule.as_ref().map(ids)),
        ("step", cause.step.as_ref().map(ids)),
        ("verdict", Some(list(yaml, &verdicts))),
        ("where", Some(sequence(yaml, &globs))),
        ("when", when(cause)),
        (
            "versions",
            cause.versions.as_ref().map(|v| scalar(yaml, &v.to_string())),
        ),
        ("until", cause.until.as_deref().map(|text| scalar(yaml, text))),
        ("reason", Some(scalar(yaml, &cause.reason))),
        ("upstream", cause.upstream.as_deref().map(|text| scalar(yaml, text))),
    ];
    let mut out = String::new();
    for (key, value) in keys {
        if let Some(value) = value {
            let dash = if out.is_empty() { "- " } else { "  " };
            out.push_str(&format!("{dash}{key}: {value}\n"));
        }
    }
    out
}

/// The descriptions of findings, as JSON, which is YAML.
fn when(cause: &Cause) -> Option<String> {
    let is_written = !cause.when.is_empty();
    is_written.then(|| serde_json::to_string(&cause.when).unwrap_or_default())
}

/// A single text bare, several as a sequence.
fn list(yaml: &dyn ReadYaml, texts: &[String]) -> String {
    match texts {
        [one] => scalar(yaml, one),
        more => sequence(yaml, more),
    }
}

/// Texts in brackets, on as many lines as they need.
fn sequence(yaml: &dyn ReadYaml, texts: &[String]) -> String {
    let mut lines = vec![String::new()];
    for (at, text) in texts.iter().enumerate() {
        // In brackets, a comma or a bracket would end a bare text.
        let is_bare = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-./_".contains(&b));
        let item = if is_bare { scalar(yaml, text) } else { quoted(text) };
        let item = if at + 1 < texts.len() {
            format!("{item}, ")
        } else {
            item
        };
        match lines.last_mut() {
            Some(line) if line.is_empty() || line.len() + item.len() <= WIDTH => line.push_str(&item),
            _ => lines.push(item),
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    format!("[{}]", lines.join("\n    "))
}

/// A string, bare if it reads back as itself.
fn scalar(yaml: &dyn ReadYaml, text: &str) -> String {
    if yaml.is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A string in double quotes: JSON's escapes, which YAML reads, and those of the characters that YAML does not print.
fn quoted(text: &str) -> String {
    let is_printable =
        |c: char| !c.is_control() && !matches!(c, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' | '\u{2028}' | '\u{2029}');
    let mut out = String::with_capacity(text.len() + 2);
    for c in serde_json::Value::from(text).to_string().chars() {
        if is_printable(c) {
            out.push(c);
        } else {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
    }
    out
}

#[cfg(test)]
mod tests;
