//! The results of an earlier run, for a run that continues it.

use crate::file::{MAX_LINE, ReadError};
use crate::integrity;
use crate::record::{CaseResult, FORMAT, Footer, Header};
use crate::verdict::Verdict;
use crosscheck_text::CaseId;
use serde::Deserialize;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// An index of the results in a file. It holds no results, but reads them from the file on request.
#[derive(Debug)]
pub struct EarlierResults {
    path: PathBuf,
    file: File,
    subjects: Vec<EarlierSubject>,
}

/// What the file has of one subject.
#[derive(Debug)]
pub struct EarlierSubject {
    /// Its header.
    pub header: Header,
    /// Its footer; `None` if its run was killed.
    pub footer: Option<Footer>,
    /// Its cases, in the order of their lines.
    pub cases: Vec<EarlierCase>,
}

/// Where the result of a case is.
#[derive(Debug)]
pub struct EarlierCase {
    /// The case.
    pub id: CaseId,
    /// The verdict.
    pub verdict: Verdict,
    start: u64,
    length: usize,
}

/// What the index needs of a line.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Entry {
    Header(Header),
    Case {
        subject: String,
        id: CaseId,
        verdict: Verdict,
    },
    Footer(Footer),
}

impl EarlierSubject {
    /// Whether the subject ran to its end and all its lines are there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.footer.as_ref().is_some_and(|footer| footer.complete) && self.is_undamaged()
    }

    /// Whether the lines are those that the footer counts, if there is a footer.
    #[must_use]
    pub fn is_undamaged(&self) -> bool {
        self.footer.as_ref().is_none_or(|footer| {
            let cases = self.cases.iter().map(|case| (case.id.as_str(), case.verdict));
            integrity::of_footer(footer, cases).is_none()
        })
    }
}

impl EarlierResults {
    /// Indexes a file.
    ///
    /// # Errors
    /// If the file cannot be read, or is no file of results.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let file = crosscheck_input::open(path).map_err(|source| ReadError::Open {
            path: path.to_owned(),
            source,
        })?;
        Self::read(path, file)
    }

    /// Reads a file from its start. A last line that is cut off is not part of the results.
    pub(crate) fn read(path: &Path, file: File) -> Result<Self, ReadError> {
        let io = |source| ReadError::Io {
            path: path.to_owned(),
            source,
        };
        let fault = |line, what| ReadError::Line {
            path: path.to_owned(),
            line,
            what,
        };
        let mut subjects: Vec<EarlierSubject> = Vec::new();
        let mut input = BufReader::new(&file);
        input.rewind().map_err(io)?;
        let mut text = Vec::new();
        let mut start = 0;
        for number in 1.. {
            text.clear();
            let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut text).map_err(io)?;
            let is_whole = text.last() == Some(&b'\n');
            if read == 0 || !is_whole {
                break;
            }
            let entry: Entry = serde_json::from_slice(&text)
                .map_err(|e| fault(number, format!("no line of crosscheck results: {e}")))?;
            let without_header = || fault(number, "a line before the header of its subject".to_owned());
            match entry {
                Entry::Header(header) if header.crosscheck != FORMAT => {
                    let what = format!("format {} of the results file, not {FORMAT}", header.crosscheck);
                    return Err(fault(number, what));
                }
                Entry::Header(header) => subjects.push(EarlierSubject {
                    header,
                    footer: None,
                    cases: Vec::new(),
                }),
                Entry::Case { subject, id, verdict } => {
                    let of_subject = find(&mut subjects, &subject).ok_or_else(without_header)?;
                    of_subject.cases.push(EarlierCase {
                        id,
                        verdict,
                        start,
                        length: read,
                    });
                }
                Entry::Footer(footer) => {
                    let of_subject = find(&mut subjects, &footer.subject).ok_or_else(without_header)?;
                    of_subject.footer = Some(footer);
                }
            }
            start += read as u64;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            subjects,
        })
    }

    /// Every subject that has a line.
    #[must_use]
    pub fn subjects(&self) -> &[EarlierSubject] {
        &self.subjects
    }

    /// Reads the result of a case.
    ///
    /// # Errors
    /// If the file cannot be read, or has changed since it was indexed.
    pub fn result(&self, case: &EarlierCase) -> Result<CaseResult, ReadError> {
        let mut text = vec![0; case.length];
        let read = self.file.read_exact_at(&mut text, case.start);
        let parsed = read.and_then(|()| Ok(serde_json::from_slice(&text)?));
        parsed.map_err(|source| ReadError::Io {
            path: self.path.clone(),
            source,
        })
    }
}

fn find<'s>(subjects: &'s mut [EarlierSubject], name: &str) -> Option<&'s mut EarlierSubject> {
    subjects.iter_mut().rev().find(|s| s.header.subject == name)
}
