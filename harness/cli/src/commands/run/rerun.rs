//! `--rerun-failed`: the cases that failed in an earlier run.

use crate::commands::diff::outlines;
use crate::exit::{Exit, Failure};
use crate::known::find;
use crate::output::Out;
use crosscheck_report::clean;
use crosscheck_results::{CaseId, CaseOutline, Outline, Status, Verdict};
use crosscheck_runner::subject::{SubjectSpec, Subjects};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Write as _;
use std::path::Path;

/// What failed in an earlier run.
pub(super) struct Rerun {
    /// The cases of each subject that has any, in the order of the file.
    cases: Vec<(String, HashSet<CaseId>)>,
    /// The subjects whose results are incomplete, so that more may have failed.
    incomplete: Vec<String>,
    file: String,
}

impl Rerun {
    /// Reads what failed on the named subjects; on all, if none is named.
    pub(super) fn read(path: &Path, named: &[&String]) -> Result<Self, Failure> {
        let mut outlines = outlines(path)?;
        let absent = |name: &&&String| outlines.iter().all(|outline| outline.header.subject != ***name);
        if let Some(name) = named.iter().find(absent) {
            return Err(Failure::message(
                format!("{} has no results of {name}", path.display()),
                "name a subject of the file, or none",
            ));
        }
        outlines.retain(|outline| named.is_empty() || named.contains(&&outline.header.subject));
        let incomplete = outlines.iter().filter(|outline| !outline.is_complete());
        let incomplete = incomplete.map(|outline| outline.header.subject.clone()).collect();
        let of_subject = |outline: Outline| {
            let failed = outline
                .cases
                .iter()
                .filter(|case| has_failed(case))
                .map(|case| case.id.clone());
            let stale = outline.footer.iter().flat_map(|footer| footer.stale.iter().cloned());
            (outline.header.subject, failed.chain(stale).collect::<HashSet<CaseId>>())
        };
        let cases = outlines
            .into_iter()
            .map(of_subject)
            .filter(|(_, cases)| !cases.is_empty());
        Ok(Self {
            cases: cases.collect(),
            incomplete,
            file: path.display().to_string(),
        })
    }

    /// Whether nothing failed.
    pub(super) fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Reports that there is nothing to run.
    pub(super) fn report_nothing(&self, out: &mut Out) -> Result<Exit, Failure> {
        writeln!(
            out,
            "{}: no case has failed, so that none runs again",
            clean(&self.file)
        )?;
        out.flush()?;
        Ok(if self.incomplete.is_empty() {
            Exit::Expected
        } else {
            Exit::Unexpected
        })
    }

    /// The subjects that run.
    pub(super) fn subjects(&self, known: &Subjects) -> Result<Vec<SubjectSpec>, Failure> {
        let help = "`crosscheck list --subjects` lists all";
        let spec = |(name, _): &(String, HashSet<CaseId>)| {
            let spec: SubjectSpec = name.parse().map_err(|e| Failure::usage(anyhow::Error::new(e), help))?;
            find(known, &spec.name, help)?;
            Ok(spec)
        };
        self.cases.iter().map(spec).collect()
    }

    /// The cases that run on each subject.
    pub(super) fn only(&self) -> BTreeMap<String, HashSet<CaseId>> {
        self.cases.iter().cloned().collect()
    }

    /// Reports on stderr what does not run again.
    pub(super) fn report_rest(&self, existing: &BTreeSet<&CaseId>) {
        let mut notes: Vec<String> = Vec::new();
        for subject in &self.incomplete {
            notes.push(format!(
                "{} is incomplete for {subject}: what has no result there does not run",
                self.file
            ));
        }
        let all: BTreeSet<&CaseId> = self.cases.iter().flat_map(|(_, cases)| cases).collect();
        let gone = all.difference(existing).count();
        if gone > 0 {
            let cases = if gone == 1 { "case" } else { "cases" };
            notes.push(format!(
                "{gone} {cases} of {} are not in the corpus, or no filter selects them",
                self.file
            ));
        }
        for note in notes {
            // If stderr is closed, the note cannot be shown.
            let _ = writeln!(std::io::stderr(), "note: {}", clean(&note));
        }
    }
}

/// Whether a result is one to look at again. What is stale is in the last line.
fn has_failed(case: &CaseOutline) -> bool {
    case.status == Some(Status::Unexpected) || matches!(case.verdict, Verdict::Broken | Verdict::NotJudged)
}
