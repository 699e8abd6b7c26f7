//! Writes a baseline from the deviations of a run.

use super::change::{Change, Ran};
use super::error::write;
use super::{Baseline, BaselineComparison, BaselineError, CausesError, FileError, Files, Place, UNEXPLAINED, text};
use crosscheck_results::Events;
use crosscheck_results::{CaseResult, Footer, Header, Status, Verdict};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The results of one subject in a run that its baseline needs.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    subject: String,
    version: String,
    ran: Ran,
    has_ended: bool,
}

impl Recorded {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// Records the events of a run for [`update`], and passes them on.
pub struct Recorder<'e> {
    events: &'e mut dyn Events,
    recorded: Vec<Recorded>,
}

impl<'e> Recorder<'e> {
    /// Begins, in front of another receiver of the events.
    pub fn new(events: &'e mut dyn Events) -> Self {
        Self {
            events,
            recorded: Vec::new(),
        }
    }

    /// Every subject that began, in order.
    #[must_use]
    pub fn into_recorded(self) -> Vec<Recorded> {
        self.recorded
    }
}

impl Events for Recorder<'_> {
    fn run_started(&mut self, subjects: &[String], cases: usize) {
        self.events.run_started(subjects, cases);
    }

    fn subject_started(&mut self, header: &Header, cases: usize) {
        self.recorded.push(Recorded {
            subject: header.subject.clone(),
            version: header.version.clone(),
            ..Recorded::default()
        });
        self.events.subject_started(header, cases);
    }

    fn case_finished(&mut self, case: &CaseResult) {
        if let Some(recorded) = self.recorded.last_mut() {
            recorded.ran.insert(case.id.clone(), case.deviations.clone());
        }
        self.events.case_finished(case);
    }

    fn subject_finished(&mut self, footer: &Footer) {
        if let Some(recorded) = self.recorded.last_mut() {
            recorded.has_ended = footer.complete && footer.error.is_none();
        }
        self.events.subject_finished(footer);
    }
}

/// What an update changed in the baseline of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updated {
    /// The subject.
    pub subject: String,
    /// The file that people write.
    pub path: PathBuf,
    /// The file of the exact lists.
    pub cases_path: PathBuf,
    /// How many causes were added.
    pub causes_added: usize,
    /// How many causes were removed, because they have no case any more.
    pub causes_removed: usize,
    /// How many cases were listed, those of new causes included.
    pub cases_added: usize,
    /// How many listings were removed.
    pub cases_removed: usize,
    /// How many causes are unexplained.
    pub unexplained: usize,
    /// How many cases broke and were left out, because a crash must be examined.
    pub broken: usize,
    /// Cases that are still unexpected.
    pub unexpected: Vec<String>,
    /// Cases that are still stale.
    pub stale: Vec<String>,
}

/// Writes the baseline of a subject; returns `None`, and writes nothing, if the subject did not run to the end.
///
/// `existing` has the ids of every case of the corpus, for the removal of those that are gone; it is `None` if the run used
/// another corpus than the project's.
///
/// # Errors
/// If the files that are there do not load, or cannot be written.
pub fn update(
    folder: &Path,
    recorded: &Recorded,
    existing: Option<&BTreeSet<String>>,
) -> Result<Option<Updated>, BaselineError> {
    if !recorded.has_ended {
        return Ok(None);
    }
    let files = Files::read(folder, &recorded.subject)?;
    let before = &files.baseline;
    let change = Change::of(before, &recorded.version, &recorded.ran, existing);
    let after = change.baseline(before);
    write_changed(&files, &recorded.subject, &change, &after)?;
    let (unexpected, stale) = remaining(&after, recorded);
    Ok(Some(Updated {
        subject: recorded.subject.clone(),
        causes_added: change.added.len(),
        causes_removed: change.kept.iter().filter(|kept| !**kept).count(),
        cases_added: change.cases_added,
        cases_removed: change.cases_removed,
        unexplained: after.causes.iter().filter(|c| c.reason == UNEXPLAINED).count(),
        broken: change.broken.len(),
        path: files.causes_path,
        cases_path: files.cases_path,
        unexpected,
        stale,
    }))
}

/// Writes the files whose text changes.
fn write_changed(files: &Files, subject: &str, change: &Change, after: &Baseline) -> Result<(), BaselineError> {
    let causes = if after.causes == files.baseline.causes {
        None
    } else {
        let text = text::render(subject, &files.causes, &files.baseline.causes, change);
        Some(text.ok_or_else(|| FileError::Format {
            path: files.causes_path.clone(),
            place: Place::default(),
            source: CausesError::Unwritable.into(),
        })?)
    };
    let cases = after.lists.render(subject);
    if cases != files.cases && !(after.lists.is_empty() && files.cases.is_empty()) {
        write(&files.cases_path, &cases)?;
    }
    match causes {
        Some(text) => write(&files.causes_path, &text),
        None => Ok(()),
    }
}

/// The unexpected and the stale cases, compared with a baseline.
fn remaining(baseline: &Baseline, recorded: &Recorded) -> (Vec<String>, Vec<String>) {
    let mut comparison = BaselineComparison::new(Some(baseline), &recorded.version);
    let mut unexpected = Vec::new();
    for (id, deviations) in &recorded.ran {
        let worst = deviations.iter().map(|d| d.verdict).min().unwrap_or(Verdict::Pass);
        let mut case = CaseResult {
            deviations: deviations.clone(),
            ..CaseResult::new("", id, worst)
        };
        comparison.classify(&mut case);
        if case.status == Some(Status::Unexpected) {
            unexpected.push(case.id);
        }
    }
    let mut footer = Footer::default();
    comparison.finish(&mut footer, &recorded.ran.keys().cloned().collect());
    (unexpected, footer.stale)
}
