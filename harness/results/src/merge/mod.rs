//! Puts the results of several runs into one file: the shards of a run, or runs of different subjects. Only an index of the files is in
//! memory; each result is read when it is written.

mod error;
mod footer;
mod plan;

pub use error::{Difference, MergeError};

use crate::earlier::EarlierResults;
use crate::record::{Footer, Header, Line};
use crate::write::{LinePosition, Position, Writer};
use plan::{Plan, SubjectPlan};
use std::path::{Path, PathBuf};

/// Merges files into one. Nothing is written unless all of them can be merged.
///
/// # Errors
/// If a file cannot be read, or the files do not belong together; if something is incomplete, unless that is allowed; if the output
/// cannot be written.
pub fn merge(files: &[PathBuf], output: &Path, allow_incomplete: bool) -> Result<Vec<(Header, Footer)>, MergeError> {
    let read = |path: &PathBuf| EarlierResults::open(path).map(|results| (path.clone(), results));
    let files: Vec<(PathBuf, EarlierResults)> = files.iter().map(read).collect::<Result<_, _>>()?;
    let plan = Plan::of(&files, allow_incomplete)?;
    let mut writer = Writer::create(output)?;
    writer.keep_earlier()?;
    let mut merged = Vec::new();
    for (place, subject) in plan.subjects.iter().enumerate() {
        merged.push(write(&mut writer, place, subject)?);
    }
    writer.replace_earlier()?;
    writer.finish()?;
    Ok(merged)
}

/// Writes the lines of a subject.
fn write(writer: &mut Writer, place: usize, subject: &SubjectPlan<'_>) -> Result<(Header, Footer), MergeError> {
    let position = |line| Position { subject: place, line };
    let header = subject.header.clone();
    writer.line(position(LinePosition::Header), &Line::Header(header.clone()))?;
    for (number, (piece, case)) in subject.cases().enumerate() {
        let result = piece.file.result(case)?;
        writer.line(position(LinePosition::Case(number)), &Line::Case(Box::new(result)))?;
    }
    let footer = footer::of(subject)?;
    writer.line(position(LinePosition::Footer), &Line::Footer(footer.clone()))?;
    Ok((header, footer))
}

#[cfg(test)]
mod tests;
