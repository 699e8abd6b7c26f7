//! Faults of a corpus: where they are, what they are, what to do about them.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use crosscheck_text::{printable_block, printable_line};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// How far a fault reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file does not load; the others run, and the exit code is 2.
    Load,
    /// The file loads; only `lint` speaks of it.
    Lint,
}

/// One fault, with its place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// How far it reaches.
    pub severity: Severity,
    /// The file, as the user named its folder.
    pub file: String,
    /// Line from 1; 0 for the file as a whole.
    pub line: usize,
    /// Column in characters from 1; 0 for the file as a whole.
    pub column: usize,
    /// The bytes that the caret underlines, where they are known.
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The case it concerns, where there is one.
    pub case: Option<String>,
}

impl Diagnostic {
    /// A fault of a file as a whole.
    #[must_use]
    pub fn of_file(severity: Severity, file: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            severity,
            file: file.to_owned(),
            line: 0,
            column: 0,
            span: None,
            message: message.into(),
            help: Some(help.into()),
            case: None,
        }
    }

    /// The fault as text: message, place, the line with a caret, and what to do. Control characters never reach the
    /// terminal, and a line end in a name or a message begins no line.
    #[must_use]
    pub fn render(&self, sources: &Sources, colour: bool) -> String {
        let message = printable_line(&self.message);
        let level = match self.severity {
            Severity::Load => Level::ERROR,
            Severity::Lint => Level::WARNING,
        };
        let source = sources.get(&self.file).filter(|_| self.line > 0);
        let path = printable_line(&self.file);
        let window = source.map(|text| self.window(text));
        let title = level.primary_title(message.as_ref());
        let mut group = match &window {
            Some((text, span)) => Group::with_title(title).element(
                Snippet::source(text.as_ref())
                    .path(path.as_ref())
                    .line_start(self.line)
                    .annotation(AnnotationKind::Primary.span(span.clone())),
            ),
            None => Group::with_title(title).element(annotate_snippets::Origin::path(path.as_ref())),
        };
        let case = self
            .case
            .as_deref()
            .map(|case| format!("in the case {}", printable_line(case)));
        if let Some(case) = &case {
            group = group.element(Level::NOTE.message(case.as_str()));
        }
        let help = self.help.as_deref().map(printable_line);
        if let Some(help) = &help {
            group = group.element(Level::HELP.message(help.as_ref()));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }

    /// The line at fault: its text and the span to underline.
    fn window<'t>(&self, text: &'t str) -> (Cow<'t, str>, Range<usize>) {
        let start = line_start(text, self.line);
        let end = text[start..].find(['\n', '\r']).map_or(text.len(), |n| start + n);
        let span = self
            .span
            .clone()
            .filter(|s| s.start >= start && s.start <= end && text.is_char_boundary(s.start))
            .unwrap_or_else(|| word_at(text, start, end, self.column));
        let stop = span.end.min(end).max(span.start);
        let stop = (stop..=end).find(|i| text.is_char_boundary(*i)).unwrap_or(end);
        let shown = &text[start..end];
        let range = span.start - start..stop - start;
        if matches!(printable_block(shown), Cow::Borrowed(_)) {
            return (Cow::Borrowed(shown), range);
        }
        let before = printable_block(&shown[..range.start]).len();
        let marked = printable_block(&shown[range]).len();
        (Cow::Owned(printable_block(shown).into_owned()), before..before + marked)
    }
}

/// Where each line but the first starts: a line feed, a carriage return, or the two of them end one, as
/// [YAML has it](https://yaml.org/spec/1.2.2/#54-line-break-characters).
fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let ends = text.match_indices(['\n', '\r']);
    ends.filter(|(i, found)| *found == "\n" || !text[i + 1..].starts_with('\n'))
        .map(|(i, _)| i + 1)
}

fn line_start(text: &str, line: usize) -> usize {
    if line <= 1 {
        return 0;
    }
    line_starts(text).nth(line - 2).unwrap_or(text.len())
}

fn word_at(text: &str, start: usize, end: usize, column: usize) -> Range<usize> {
    let line = &text[start..end];
    let from = line
        .char_indices()
        .nth(column.saturating_sub(1))
        .map_or(line.len(), |(i, _)| i);
    let len = line[from..]
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}'))
        .unwrap_or(line.len() - from);
    start + from..start + from + len
}

/// The texts of the files that were read, for excerpts.
#[derive(Clone, Debug, Default)]
pub struct Sources(BTreeMap<String, Arc<str>>);

impl Sources {
    /// The text of a file.
    #[must_use]
    pub fn get(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(AsRef::as_ref)
    }

    /// Adds a file.
    pub fn insert(&mut self, file: impl Into<String>, text: impl Into<Arc<str>>) {
        self.0.insert(file.into(), text.into());
    }

    /// All files with their texts, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(file, text)| (file.as_str(), text.as_ref()))
    }

    /// The first place of `needle` at or after a line: line, column, span.
    #[must_use]
    pub fn locate(&self, file: &str, from_line: usize, needle: &str) -> Option<(usize, usize, Range<usize>)> {
        let text = self.get(file)?;
        let from = line_start(text, from_line);
        let at = from + text[from..].find(needle)?;
        let before = &text[..at];
        let line = line_starts(before).count() + 1;
        let column = before.rsplit(['\n', '\r']).next().map_or(0, |l| l.chars().count()) + 1;
        Some((line, column, at..at + needle.len()))
    }
}
