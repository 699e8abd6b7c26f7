//! Faults of a corpus: where they are, what they are, what to do about them.

use crate::sources::Sources;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use crosscheck_input::ReadError;
use crosscheck_text::{printable_block, printable_line};
use std::borrow::Cow;
use std::ops::Range;

/// The longest line, in bytes, that is shown as an excerpt. A longer one would be repeated in full by each of its faults.
const MAX_EXCERPT: usize = 4 << 10;

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

    /// The fault of a file that cannot be read. A text that is not UTF-8 is added to `sources`, for the excerpt.
    #[must_use]
    pub fn unreadable(file: &str, error: ReadError, sources: &mut Sources) -> Self {
        let (line, column) = error.place().unwrap_or_default();
        let found = Self {
            line,
            column,
            ..Self::of_file(Severity::Load, file, error.to_string(), error.help())
        };
        if let ReadError::NotUtf8 { text, .. } = error {
            sources.insert(file, &text);
        }
        found
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
        let line = sources
            .line(&self.file, self.line)
            .filter(|line| line.len() <= MAX_EXCERPT);
        let path = printable_line(&self.file);
        let text = sources.get(&self.file);
        let window = line.and_then(|line| Some(self.window(text.as_deref()?, line)));
        let title = level.primary_title(message.as_ref());
        let mut group = match &window {
            Some((text, span)) => Group::with_title(title).element(
                Snippet::source(text.as_ref())
                    .path(path.as_ref())
                    .line_start(self.line)
                    .annotation(AnnotationKind::Primary.span(span.clone())),
            ),
            None => Group::with_title(title).element(match self.line {
                0 => annotate_snippets::Origin::path(path.as_ref()),
                line => annotate_snippets::Origin::path(path.as_ref())
                    .line(line)
                    .char_column(self.column),
            }),
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
    fn window<'t>(&self, text: &'t str, line: Range<usize>) -> (Cow<'t, str>, Range<usize>) {
        let Range { start, end } = line;
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
