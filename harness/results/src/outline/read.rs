//! Reads the parts of a file side by side, and puts them together.

use super::part::{self, Part, PartError};
use super::{CaseOutline, Outline};
use crate::file::ReadError;
use crate::integrity;
use crate::record::Header;
use crate::run::Discrepancy;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::thread;

/// A file that is smaller than this is read by one thread.
const SMALL: u64 = 1 << 20;
/// The most threads that read one file.
const MAX_PARTS: u64 = 8;

/// Reads the outline of each subject in a file, in the order of the command line. A last line that is cut off is not part of the
/// results.
///
/// # Errors
/// Where the file cannot be read, or a line before the last is no line of results, or a subject has two headers.
pub fn read_outline(path: &Path) -> Result<Vec<Outline>, ReadError> {
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
    let length = file.metadata().map_err(io)?.len();
    let mut parts = Vec::new();
    let mut lines = 0;
    for read in read_parts(&file, length) {
        match read {
            Ok(part) => {
                lines += part.lines;
                parts.push(part);
            }
            Err(PartError::Io(source)) => return Err(io(source)),
            Err(PartError::Line(line, what)) => return Err(fault(lines + line, what)),
        }
    }
    put_together(parts).map_err(|what| fault(1, what))
}

fn read_parts(file: &File, length: u64) -> Vec<Result<Part, PartError>> {
    let cores = thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let count = (length / SMALL).clamp(1, cores.min(MAX_PARTS));
    let place = |n: u64| length / count * n + (length % count) * n / count;
    let ranges: Vec<Range<u64>> = (0..count)
        // The file may have grown since.
        .map(|n| place(n)..if n + 1 == count { u64::MAX } else { place(n + 1) })
        .collect();
    let lost = || PartError::Io(io::Error::other("a thread failed"));
    thread::scope(|scope| {
        let read = |range: &Range<u64>| {
            let range = range.clone();
            thread::Builder::new().spawn_scoped(scope, move || part::read(file, range))
        };
        let reading: Vec<_> = ranges.iter().map(read).collect();
        let joined = reading.into_iter().zip(&ranges).map(|(reading, range)| match reading {
            Ok(thread) => thread.join().unwrap_or_else(|_| Err(lost())),
            // Where the system has no thread left, this one reads.
            Err(_) => part::read(file, range.clone()),
        });
        joined.collect()
    })
}

/// Puts the parts together; an error is what is wrong with the file.
fn put_together(parts: Vec<Part>) -> Result<Vec<Outline>, String> {
    let mut outlines: Vec<Outline> = Vec::new();
    let mut footers = Vec::new();
    let mut cases: Vec<(String, Vec<CaseOutline>)> = Vec::new();
    for part in parts {
        for header in part.headers {
            if outlines.iter().any(|o| o.header.subject == header.subject) {
                return Err(format!("the subject {} has two headers", header.subject));
            }
            outlines.push(Outline {
                header,
                ..Outline::default()
            });
        }
        footers.extend(part.footers);
        cases.extend(part.cases);
    }
    let find = |outlines: &[Outline], subject: &str| outlines.iter().position(|o| o.header.subject == subject);
    for (subject, more) in cases {
        let at = find(&outlines, &subject).ok_or_else(|| format!("a case of {subject}, which has no header"))?;
        if let Some(outline) = outlines.get_mut(at) {
            outline.cases.extend(more);
        }
    }
    for footer in footers {
        let at = find(&outlines, &footer.subject)
            .ok_or_else(|| format!("a footer of {}, which has no header", footer.subject))?;
        if let Some(outline) = outlines.get_mut(at) {
            outline.footer = Some(footer);
        }
    }
    for outline in &mut outlines {
        outline.cases.sort_by(|a, b| a.id.cmp(&b.id));
        let cases = outline.cases.iter().map(|case| (case.id.as_str(), case.verdict));
        outline.discrepancy = outline
            .footer
            .as_ref()
            .and_then(|footer| integrity::of_footer(footer, cases));
    }
    add_absent(&mut outlines);
    Ok(outlines)
}

/// Adds the subjects that a header names and that have no line, and puts all in the order of the command line.
fn add_absent(outlines: &mut Vec<Outline>) {
    let named: Vec<String> = outlines.iter().flat_map(|o| o.header.subjects.clone()).collect();
    for subject in &named {
        if outlines.iter().all(|o| o.header.subject != *subject) {
            outlines.push(Outline {
                header: Header {
                    subject: subject.clone(),
                    ..Header::default()
                },
                discrepancy: Some(Discrepancy::NoLines),
                ..Outline::default()
            });
        }
    }
    let place = |outline: &Outline| named.iter().position(|subject| *subject == outline.header.subject);
    outlines.sort_by_key(|outline| place(outline).unwrap_or(usize::MAX));
}
