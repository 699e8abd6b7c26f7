//! One self-contained HTML site: matrices of subjects by topic and rule, a page per subject, a page per case.

mod case;
mod index;
mod interop;
mod marks;
mod matrix;
mod page;
mod snippets;
mod subject;

use crate::standard::Requirements;
use crosscheck_results::{CaseId, CaseResult, Run};
use crosscheck_text::printable_block;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why the site cannot be written.
#[derive(Debug, Error)]
pub enum HtmlError {
    /// A file or folder.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

/// All that the pages are made from.
pub(crate) struct Site<'a> {
    runs: &'a [Run],
    requirements: &'a Requirements,
    /// The results of each case, with the index of the run.
    cases: BTreeMap<&'a CaseId, Vec<(usize, &'a CaseResult)>>,
}

/// Writes the site into a folder, which is made; files of an earlier report are replaced. Answers how many pages it has.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_html(runs: &[Run], requirements: &Requirements, folder: &Path) -> Result<usize, HtmlError> {
    let site = Site::new(runs, requirements);
    let cases = folder.join("case");
    std::fs::create_dir_all(&cases).map_err(|source| HtmlError::Io {
        path: cases.clone(),
        source,
    })?;
    let mut pages = 1;
    write(&folder.join("index.html"), &index::render(&site).into_string())?;
    if let Some(rendered) = interop::render(&site) {
        write(&folder.join(interop::FILE), &rendered.into_string())?;
        pages += 1;
    }
    if let Some(rendered) = matrix::render(&site) {
        write(&folder.join(matrix::FILE), &rendered.into_string())?;
        pages += 1;
    }
    for i in 0..runs.len() {
        write(
            &folder.join(site.subject_file(i)),
            &subject::render(&site, i).into_string(),
        )?;
        pages += 1;
    }
    for (id, results) in &site.cases {
        write(
            &folder.join(case_file(id)),
            &case::render(&site, id, results).into_string(),
        )?;
        pages += 1;
    }
    Ok(pages)
}

/// Writes a page. Text from outside is escaped for HTML already; here invisible and bidirectional characters are escaped everywhere.
fn write(path: &Path, text: &str) -> Result<(), HtmlError> {
    std::fs::write(path, printable_block(text).as_bytes()).map_err(|source| HtmlError::Io {
        path: path.to_owned(),
        source,
    })
}

impl<'a> Site<'a> {
    fn new(runs: &'a [Run], requirements: &'a Requirements) -> Self {
        let mut cases: BTreeMap<&CaseId, Vec<_>> = BTreeMap::new();
        for (i, run) in runs.iter().enumerate() {
            for case in &run.cases {
                cases.entry(&case.id).or_default().push((i, case));
            }
        }
        Self {
            runs,
            requirements,
            cases,
        }
    }

    /// The name of a run: the subject and its version.
    fn name(&self, run: usize) -> String {
        let Some(run) = self.runs.get(run) else {
            return String::new();
        };
        let name = [run.header.subject.as_str(), run.header.version.as_str()].join(" ");
        name.trim().to_owned()
    }

    fn subject_file(&self, run: usize) -> String {
        let subject = self.runs.get(run).map_or("", |r| r.header.subject.as_str());
        format!("subject-{}-{}.html", run + 1, slug(subject))
    }

    /// The result of a case in a run.
    fn result(&self, run: usize, id: &CaseId) -> Option<&'a CaseResult> {
        let results = self.cases.get(id)?;
        results.iter().find(|(r, _)| *r == run).map(|(_, case)| *case)
    }

    /// The topics of all cases: the first folder of their ids.
    fn topics(&self) -> BTreeSet<&'a str> {
        self.cases.keys().map(|id| id.folder()).collect()
    }
}

/// The page of a case, below the site's root.
pub(crate) fn case_file(id: &CaseId) -> String {
    let text = id.as_str();
    format!("case/{}-{:016x}.html", slug(text), fnv(text))
}

/// Letters, digits and hyphens that remind of a text; not unique.
fn slug(text: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    text.chars().map(plain).take(80).collect()
}

/// FNV-1a: it only distinguishes ids whose slugs are equal.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, b| {
        (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    })
}
