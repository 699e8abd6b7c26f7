//! The texts of files, for the excerpts and places of faults. They are compressed, since a large corpus has few faults. The text that was
//! used last stays, and its lines are found once, so that a fault costs the same wherever it is in the file.

use lz4_flex::block::{compress, decompress};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// How far after the start of a line a text is searched for, in bytes. Cases are shorter. The search is bounded because a file with many
/// faults is searched once for each of them; a fault that is not found has the place of its line.
const NEAR: usize = 16 << 10;

#[cfg(test)]
thread_local! {
    /// How many bytes of texts were looked at.
    pub(crate) static VISITED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn visit(_bytes: usize) {
    #[cfg(test)]
    VISITED.set(VISITED.get() + _bytes);
}

/// The texts of the files that were read, for excerpts.
#[derive(Debug, Default)]
pub struct Sources {
    files: BTreeMap<String, Compressed>,
    /// The file that was used last.
    last: Mutex<Option<(String, Source)>>,
}

/// A compressed text.
#[derive(Clone, Debug)]
struct Compressed {
    bytes: Arc<[u8]>,
    /// The length of the text.
    length: usize,
}

/// A text and where each of its lines starts.
#[derive(Clone, Debug)]
struct Source {
    text: Arc<str>,
    /// Files are smaller than 4 GiB; what is after that has no lines.
    starts: Arc<[u32]>,
}

impl Clone for Sources {
    fn clone(&self) -> Self {
        Self {
            files: self.files.clone(),
            last: Mutex::default(),
        }
    }
}

/// Where each line starts: a line feed, a carriage return, or the two of them end one, as
/// [YAML has it](https://yaml.org/spec/1.2.2/#54-line-break-characters).
fn line_starts(text: &str) -> Arc<[u32]> {
    visit(text.len());
    let ends = text.match_indices(['\n', '\r']);
    let starts = ends
        .filter(|(i, found)| *found == "\n" || !text[i + 1..].starts_with('\n'))
        .map(|(i, _)| u32::try_from(i + 1).unwrap_or(u32::MAX));
    std::iter::once(0).chain(starts).collect()
}

impl Compressed {
    fn new(text: &str) -> Self {
        Self {
            bytes: compress(text.as_bytes()).into(),
            length: text.len(),
        }
    }

    /// The text; empty if the bytes are not those that [`Self::new`] made.
    fn text(&self) -> String {
        let bytes = decompress(&self.bytes, self.length).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

impl Source {
    fn new(text: String) -> Self {
        let starts = line_starts(&text);
        Self {
            text: text.into(),
            starts,
        }
    }

    /// Where a line starts, from 1; the end of the text for a line that it does not have.
    fn start(&self, line: usize) -> usize {
        let start = self.starts.get(line.saturating_sub(1));
        start.map_or(self.text.len(), |start| (*start as usize).min(self.text.len()))
    }

    /// The line that has a byte, from 1.
    fn line_of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start as usize <= at)
    }
}

impl Sources {
    /// The text of a file.
    #[must_use]
    pub fn get(&self, file: &str) -> Option<Arc<str>> {
        self.source(file).map(|source| source.text)
    }

    /// Adds a file.
    pub fn insert(&mut self, file: impl Into<String>, text: &str) {
        self.files.insert(file.into(), Compressed::new(text));
        self.last = Mutex::default();
    }

    /// Adds all files of others.
    pub fn extend(&mut self, others: Self) {
        self.files.extend(others.files);
        self.last = Mutex::default();
    }

    fn source(&self, file: &str) -> Option<Source> {
        let compressed = self.files.get(file)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((name, source)) = &*last
            && name == file
        {
            return Some(source.clone());
        }
        let source = Source::new(compressed.text());
        *last = Some((file.to_owned(), source.clone()));
        Some(source)
    }

    /// The bytes of a line without its end, from 1.
    pub(crate) fn line(&self, file: &str, line: usize) -> Option<Range<usize>> {
        let source = self.source(file).filter(|_| line > 0)?;
        let (start, next) = (source.start(line), source.start(line + 1));
        let text = &source.text[start..next];
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        Some(start..start + text.len())
    }

    /// The first place of `needle` soon after the start of a line: line, column, span.
    #[must_use]
    pub fn locate(&self, file: &str, from_line: usize, needle: &str) -> Option<(usize, usize, Range<usize>)> {
        let source = self.source(file)?;
        let from = source.start(from_line);
        let rest = &source.text[from..];
        let near = (NEAR.min(rest.len())..=rest.len()).find(|end| rest.is_char_boundary(*end))?;
        let found = rest[..near].find(needle);
        visit(found.unwrap_or(near));
        let at = from + found?;
        let line = source.line_of(at);
        let before = &source.text[source.start(line)..at];
        visit(before.len());
        Some((line, before.chars().count() + 1, at..at + needle.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::{NEAR, Sources};

    fn of(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.insert("f", text);
        sources
    }

    #[test]
    fn a_line_ends_with_a_line_feed_a_carriage_return_or_both() {
        let text = "a\nbb\r\ncc\rd\n";
        let sources = of(text);
        for (line, expected) in [(1, "a"), (2, "bb"), (3, "cc"), (4, "d"), (5, ""), (9, "")] {
            let range = sources.line("f", line).expect("a range");
            assert_eq!(&text[range], expected, "{line}");
        }
        assert_eq!(sources.line("f", 0), None);
        assert_eq!(sources.line("g", 1), None);
    }

    #[test]
    fn a_text_is_located_from_a_line_on_and_not_far_behind_it() {
        let far = format!("x: \u{e9} 1\ny: 1\n{}1", "\u{20ac}".repeat(NEAR));
        let sources = of(&far);
        for (from, needle, expected) in [
            (1, "1", Some((1, 6, 6..7))),
            (2, "1", Some((2, 4, 11..12))),
            (2, "\u{e9}", None),
            (3, "1", None),
            (9, "1", None),
        ] {
            assert_eq!(sources.locate("f", from, needle), expected, "{from} {needle}");
        }
    }
}
