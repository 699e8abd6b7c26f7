//! Reads one part of a results file: the lines that start in a range of bytes.

use super::{CaseOutline, DeviationOutline};
use crate::file::MAX_LINE;
use crate::record::{FORMAT, Footer, Header, Line};
use crate::verdict::{Status, Verdict};
use crosscheck_text::CaseId;
use serde::Deserialize;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

/// How many bytes are read at a time.
const CHUNK: usize = 256 << 10;

/// What a part has.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) headers: Vec<Header>,
    pub(super) footers: Vec<Footer>,
    /// Lines of one subject in a row.
    pub(super) cases: Vec<(String, Vec<CaseOutline>)>,
    /// How many lines it has.
    pub(super) lines: usize,
}

/// Why a part cannot be read.
#[derive(Debug)]
pub(super) enum PartError {
    Io(io::Error),
    /// The line, from 1 within the part, and what is wrong with it.
    Line(usize, String),
}

/// What the outline needs of a line.
#[derive(Deserialize)]
struct Entry<'a> {
    kind: Kind,
    #[serde(borrow, default)]
    subject: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(default)]
    verdict: Option<Verdict>,
    #[serde(default)]
    status: Option<Status>,
    #[serde(borrow, default)]
    deviations: Vec<Deviation<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Header,
    Case,
    Footer,
}

#[derive(Deserialize)]
struct Deviation<'a> {
    verdict: Verdict,
    #[serde(borrow, default)]
    rule: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    step: Option<Cow<'a, str>>,
    #[serde(borrow)]
    cause: Cow<'a, str>,
}

impl From<Deviation<'_>> for DeviationOutline {
    fn from(deviation: Deviation<'_>) -> Self {
        Self {
            verdict: deviation.verdict,
            broken: deviation.rule.or(deviation.step).map(Cow::into_owned),
            cause: deviation.cause.into_owned(),
        }
    }
}

/// Reads a file from a place on, without its cursor, which other threads share.
struct At<'f> {
    file: &'f File,
    at: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Reads the lines that start in a range. The last line of the file may be cut off.
pub(super) fn read(file: &File, range: Range<u64>) -> Result<Part, PartError> {
    let mut part = Part::default();
    // The line that starts before the range ends the part before, also if its end is the last byte before the range.
    let mut at = range.start.saturating_sub(1);
    let mut input = BufReader::with_capacity(CHUNK, At { file, at });
    let mut text = Vec::new();
    if range.start > 0 {
        at += input.skip_until(b'\n').map_err(PartError::Io)? as u64;
    }
    while at < range.end {
        text.clear();
        let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut text);
        let read = read.map_err(PartError::Io)?;
        if read == 0 {
            break;
        }
        at += read as u64;
        part.lines += 1;
        let is_whole = text.last() == Some(&b'\n');
        match part.add(&text) {
            Ok(()) => {}
            Err(_) if !is_whole && text.len() as u64 != MAX_LINE => {
                part.lines -= 1;
                break;
            }
            Err(what) => return Err(PartError::Line(part.lines, what)),
        }
    }
    Ok(part)
}

impl Part {
    fn add(&mut self, text: &[u8]) -> Result<(), String> {
        let no_line = |e: serde_json::Error| format!("no line of crosscheck results: {e}");
        let entry: Entry<'_> = serde_json::from_slice(text).map_err(no_line)?;
        match entry.kind {
            Kind::Case => {
                let (Some(id), Some(verdict)) = (entry.id, entry.verdict) else {
                    return Err("no line of crosscheck results: a case without an id or a verdict".to_owned());
                };
                let case = CaseOutline {
                    id: CaseId::from(&*id),
                    verdict,
                    status: entry.status,
                    deviations: entry.deviations.into_iter().map(Into::into).collect(),
                };
                match self.cases.last_mut() {
                    Some((subject, cases)) if *subject == entry.subject => cases.push(case),
                    _ => self.cases.push((entry.subject.into_owned(), vec![case])),
                }
            }
            Kind::Header | Kind::Footer => match serde_json::from_slice(text).map_err(no_line)? {
                Line::Header(header) if header.crosscheck != FORMAT => {
                    return Err(format!(
                        "format {} of the results file, but this program reads format {FORMAT}; run the cases again to write it",
                        header.crosscheck
                    ));
                }
                Line::Header(header) => self.headers.push(header),
                Line::Footer(footer) => self.footers.push(footer),
                Line::Case(_) => {}
            },
        }
        Ok(())
    }
}
