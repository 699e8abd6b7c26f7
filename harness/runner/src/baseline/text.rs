//! A baseline as text. What a change does not touch keeps its text, comments and line breaks included.

use super::change::Change;
use super::{Baseline, Entry};
use serde_yaml::Value;
use std::collections::BTreeSet;

/// The text of a changed baseline; `None` where no text reads back as what it should say.
pub(super) fn render(subject: &str, old: &str, before: &Baseline, change: &Change) -> Option<String> {
    let after = change.baseline();
    let reads_back = |text: &String| Baseline::parse(text).is_ok_and(|read| read == after);
    edited(subject, old, before, change)
        .filter(reads_back)
        .or_else(|| Some(anew(subject, old, &after)).filter(reads_back))
}

/// The old text with the changes in it; `None` where its layout is another than one entry a dash at the margin.
fn edited(subject: &str, old: &str, before: &Baseline, change: &Change) -> Option<String> {
    let layout = Layout::of(old)?;
    if layout.entries.len() != before.entries.len() || before.entries.is_empty() {
        return None;
    }
    let mut out = head(subject, old);
    for (place, entry) in &change.kept {
        let piece = layout.entries.get(*place)?;
        if *place > 0 {
            out.push_str(&piece.lead);
        }
        if before.entries.get(*place)?.cases == entry.cases {
            out.push_str(&piece.body);
        } else {
            let with_cases = with_cases(&piece.body, &entry.cases).unwrap_or_else(|| block(entry));
            out.push_str(&with_cases);
        }
        end_line(&mut out);
    }
    for entry in &change.added {
        out.push_str(&block(entry));
    }
    if change.kept.is_empty() && change.added.is_empty() {
        out.push_str("[]\n");
    }
    out.push_str(&layout.tail);
    Some(out)
}

/// The whole text in our own layout; of the old one the comments at the head stay.
fn anew(subject: &str, old: &str, after: &Baseline) -> String {
    let mut out = head(subject, old);
    out.extend(after.entries.iter().map(block));
    if after.entries.is_empty() {
        out.push_str("[]\n");
    }
    out
}

/// The comments at the head of a text, or ours where there is no text yet.
fn head(subject: &str, old: &str) -> String {
    if old.is_empty() {
        return format!("# Known deviations of {subject}, by cause.\n");
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

/// Whether a line stands between entries: blank, or a comment at the margin.
fn is_between(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

/// The text of an entry, with what stands before it.
#[derive(Debug, Default)]
struct Piece {
    lead: String,
    body: String,
}

/// A text cut into its entries.
#[derive(Debug, Default)]
struct Layout {
    entries: Vec<Piece>,
    /// Comments behind the last entry.
    tail: String,
}

impl Layout {
    /// `None` where something else than a dash begins an entry.
    fn of(text: &str) -> Option<Self> {
        let mut layout = Self::default();
        let mut between = String::new();
        for line in text.split_inclusive('\n') {
            if is_between(line) {
                between.push_str(line);
            } else if line.starts_with("- ") {
                layout.entries.push(Piece {
                    lead: std::mem::take(&mut between),
                    body: line.to_owned(),
                });
            } else {
                let piece = layout.entries.last_mut()?;
                piece.body.push_str(&std::mem::take(&mut between));
                piece.body.push_str(line);
            }
        }
        layout.tail = between;
        Some(layout)
    }
}

/// An entry's text with other cases; `None` where they are no block of lines.
fn with_cases(body: &str, cases: &[String]) -> Option<String> {
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    let key = lines.iter().position(|l| l.trim_end() == "  cases:")?;
    let (before, after) = lines.split_at(key + 1);
    let is_item = |l: &&&str| l.starts_with("    - ") || l.starts_with("  - ") || l.trim_start().starts_with('#');
    let items = after.iter().take_while(is_item).count();
    let mut out: String = before.concat();
    out.push_str(&case_lines(cases));
    out.extend(after.iter().skip(items).copied());
    Some(out)
}

fn case_lines(cases: &[String]) -> String {
    let sorted: BTreeSet<&String> = cases.iter().collect();
    sorted.into_iter().map(|id| format!("    - {}\n", quoted(id))).collect()
}

/// An entry in our own layout.
fn block(entry: &Entry) -> String {
    let verdict = entry.verdict.as_str().to_owned();
    let keys = [
        ("cause", Some(&entry.cause)),
        ("rule", entry.rule.as_ref()),
        ("step", entry.step.as_ref()),
        ("verdict", Some(&verdict)),
        ("versions", entry.versions.as_ref()),
        ("reason", Some(&entry.reason)),
        ("upstream", entry.upstream.as_ref()),
    ];
    let mut out = String::new();
    for (key, value) in keys {
        if let Some(value) = value {
            let dash = if out.is_empty() { "- " } else { "  " };
            out.push_str(&format!("{dash}{key}: {}\n", scalar(value)));
        }
    }
    out.push_str("  cases:\n");
    out.push_str(&case_lines(&entry.cases));
    out
}

/// A string, bare where it reads back as itself.
fn scalar(text: &str) -> String {
    match serde_yaml::from_str::<Value>(text) {
        Ok(Value::String(read)) if read == text => text.to_owned(),
        _ => quoted(text),
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
