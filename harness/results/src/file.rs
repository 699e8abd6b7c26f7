//! Results on disk: one JSON value a line, written as it comes, so that an interrupted run keeps what it has.

use crate::integrity;
use crate::record::{FORMAT, Line};
use crate::run::Run;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use thiserror::Error;

/// How long a case's line may wait for others to be written with it.
const PATIENCE: Duration = Duration::from_millis(100);
/// The longest line that is read back.
const MAX_LINE: u64 = 64 << 20;

/// Why results cannot be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The file or its folder.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

/// Why results cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
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

/// Writes results line by line.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    out: BufWriter<File>,
    flushed: Instant,
}

impl Writer {
    /// Starts a file anew, and its folder where that is missing.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        let error = |source| WriteError::Io {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(error)?;
        }
        let out = BufWriter::new(File::create(path).map_err(error)?);
        Ok(Self {
            path: path.to_owned(),
            out,
            flushed: Instant::now(),
        })
    }

    /// Writes a line. That of a case may wait for the next ones, a tenth of a second at the most while they come; dropping the
    /// writer writes what waits.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn line(&mut self, line: &Line) -> Result<(), WriteError> {
        let mut write = || -> io::Result<()> {
            serde_json::to_writer(&mut self.out, line)?;
            self.out.write_all(b"\n")?;
            if matches!(line, Line::Case(_)) && self.flushed.elapsed() < PATIENCE {
                return Ok(());
            }
            self.flushed = Instant::now();
            self.out.flush()
        };
        write().map_err(|source| WriteError::Io {
            path: self.path.clone(),
            source,
        })
    }
}

/// Reads a file back. A last line that is cut off ends the run it belongs to. A run whose lines are not those that its footer counts
/// has a discrepancy, and so has a subject that the headers name and that has no line.
///
/// # Errors
/// Where the file cannot be read, or a line before the last is no line of results.
pub fn read_file(path: &Path) -> Result<Vec<Run>, ReadError> {
    let io = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    let fault = |line, what: String| ReadError::Line {
        path: path.to_owned(),
        line,
        what,
    };
    let mut input = BufReader::new(File::open(path).map_err(io)?);
    let mut runs: Vec<Run> = Vec::new();
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut text).map_err(io)?;
        if read == 0 {
            break;
        }
        let is_whole = text.last() == Some(&b'\n');
        let line = match serde_json::from_slice::<Line>(&text) {
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
                Some(run) => run.cases.push(*case),
                None => return Err(fault(number, "a case before the header of its subject".to_owned())),
            },
            Line::Footer(footer) => match runs.iter_mut().rev().find(|r| r.header.subject == footer.subject) {
                Some(run) => run.footer = Some(footer),
                None => return Err(fault(number, "a footer before the header of its subject".to_owned())),
            },
        }
    }
    integrity::check(&mut runs);
    Ok(runs)
}
