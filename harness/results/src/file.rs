//! Reads results: one JSON value a line.

use crate::brief;
use crate::integrity;
use crate::record::{CaseResult, FORMAT, Line};
use crate::run::Run;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The longest line that is read back.
pub(crate) const MAX_LINE: u64 = 64 << 20;

/// Why results cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file cannot be opened, or it is no file.
    #[error("cannot read {}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: crosscheck_input::ReadError,
    },
    /// The file.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A line is no line of results.
    #[error("{}:{line}: {what}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// Reads a file back. A last line that is cut off ends the run it belongs to. A run whose lines are not those that its footer counts
/// has a discrepancy, and so has a subject that the headers name and that has no line. The lines of a run that was killed are put in
/// order.
///
/// # Errors
/// Where the file cannot be read, or a line before the last is no line of results.
pub fn read_file(path: &Path) -> Result<Vec<Run>, ReadError> {
    read(path, |text| serde_json::from_slice(text), |case| case)
}

/// Reads a file back as [`read_file`] does, without what shows a deviation in full: requests, wire, traces and outcomes. The cases have
/// no subject, which the header of their run has, and those that do not deviate no title. This takes a fraction of the memory.
///
/// # Errors
/// Where the file cannot be read, or a line before the last is no line of results.
pub fn read_brief(path: &Path) -> Result<Vec<Run>, ReadError> {
    let mut lines = brief::Lines::default();
    read(path, |text| lines.parse(text), brief::without_details)
}

/// `parse` reads a line; `keep` returns what is kept of a case.
fn read(
    path: &Path,
    mut parse: impl FnMut(&[u8]) -> serde_json::Result<Line>,
    keep: impl Fn(CaseResult) -> CaseResult,
) -> Result<Vec<Run>, ReadError> {
    let io = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    let fault = |line, what: String| ReadError::Line {
        path: path.to_owned(),
        line,
        what,
    };
    let file = crosscheck_input::open(path).map_err(|source| ReadError::Open {
        path: path.to_owned(),
        source,
    })?;
    let mut input = BufReader::new(file);
    let mut runs: Vec<Run> = Vec::new();
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut text).map_err(io)?;
        if read == 0 {
            break;
        }
        let is_whole = text.last() == Some(&b'\n');
        let line = match parse(&text) {
            Ok(line) => line,
            Err(_) if !is_whole && !runs.is_empty() => break,
            Err(e) => return Err(fault(number, format!("no line of crosscheck results: {e}"))),
        };
        match line {
            Line::Header(header) if header.crosscheck != FORMAT => {
                let what = format!(
                    "format {} of the results file, but this program reads format {FORMAT}; run the cases again to write it",
                    header.crosscheck
                );
                return Err(fault(number, what));
            }
            Line::Header(header) => runs.push(Run {
                header,
                ..Run::default()
            }),
            Line::Case(case) => match runs.iter_mut().rev().find(|r| r.header.subject == case.subject) {
                Some(run) => run.cases.push(keep(*case)),
                None => return Err(fault(number, "a case before the header of its subject".to_owned())),
            },
            Line::Footer(footer) => match runs.iter_mut().rev().find(|r| r.header.subject == footer.subject) {
                Some(run) => run.footer = Some(footer),
                None => return Err(fault(number, "a footer before the header of its subject".to_owned())),
            },
        }
    }
    put_in_order(&mut runs);
    integrity::check(&mut runs);
    Ok(runs)
}

/// Sorts the subjects as on the command line, and the cases of a run that did not write its last line by their ids: it wrote them in
/// the order in which they ended.
fn put_in_order(runs: &mut [Run]) {
    let subjects = runs.first().map(|run| run.header.subjects.clone()).unwrap_or_default();
    let place = |run: &Run| subjects.iter().position(|subject| *subject == run.header.subject);
    runs.sort_by_key(|run| place(run).unwrap_or(usize::MAX));
    for run in runs.iter_mut().filter(|run| run.footer.is_none()) {
        run.cases.sort_by(|a, b| a.id.cmp(&b.id));
    }
}
