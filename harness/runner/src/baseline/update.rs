//! Writing a baseline anew from what a run saw.

use super::change::{Change, Ran};
use super::{Baseline, BaselineError, Settling, UNEXPLAINED, file_of, read, text};
use crosscheck_results::Events;
use crosscheck_results::{CaseResult, Footer, Header, Status, Verdict};
use std::path::{Path, PathBuf};

/// What one subject did in a run, as far as its baseline is concerned.
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

/// Keeps what a run says, for [`update`], and passes it on.
pub struct Recorder<'e> {
    events: &'e mut dyn Events,
    recorded: Vec<Recorded>,
}

impl<'e> Recorder<'e> {
    /// Begins, in front of who else wants to know.
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

/// What became of a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// The subject.
    pub subject: String,
    /// The file.
    pub path: PathBuf,
    /// How many entries were added.
    pub entries_added: usize,
    /// How many ids came in, those of the entries added included.
    pub ids_added: usize,
    /// How many ids went stale and were removed.
    pub ids_removed: usize,
    /// How many entries of the file nobody has explained.
    pub unexplained: usize,
    /// How many cases broke and were left out: a crash must be looked at.
    pub broken: usize,
    /// Cases that are unexpected all the same.
    pub unexpected: Vec<String>,
    /// Cases that are stale all the same.
    pub stale: Vec<String>,
}

/// Writes the baseline of a subject anew; `None`, and nothing is written, where the subject did not run to the end.
///
/// # Errors
/// Where the file that is there does not load, or cannot be written.
pub fn update(folder: &Path, recorded: &Recorded) -> Result<Option<Updated>, BaselineError> {
    if !recorded.has_ended {
        return Ok(None);
    }
    let path = file_of(folder, &recorded.subject);
    let old = read(&path)?.unwrap_or_default();
    let before = Baseline::parse(&old).map_err(|what| BaselineError::Yaml {
        path: path.clone(),
        what,
    })?;
    let change = Change::of(&before, &recorded.version, &recorded.ran);
    let after = change.baseline();
    if after != before {
        let text = text::render(&recorded.subject, &old, &before, &change).ok_or_else(|| BaselineError::Write {
            path: path.clone(),
            what: "an entry has characters that YAML cannot hold".to_owned(),
        })?;
        write(&path, &text)?;
    }
    let (unexpected, stale) = remaining(&after, recorded);
    Ok(Some(Updated {
        subject: recorded.subject.clone(),
        path,
        entries_added: change.added.len(),
        ids_added: change.ids_added,
        ids_removed: change.ids_removed,
        unexplained: after.entries().iter().filter(|e| e.reason == UNEXPLAINED).count(),
        broken: change.broken.len(),
        unexpected,
        stale,
    }))
}

/// What is unexpected and what is stale against a baseline.
fn remaining(baseline: &Baseline, recorded: &Recorded) -> (Vec<String>, Vec<String>) {
    let mut settling = Settling::new(Some(baseline), &recorded.version);
    let mut unexpected = Vec::new();
    for (id, deviations) in &recorded.ran {
        let worst = deviations.iter().map(|d| d.verdict).min().unwrap_or(Verdict::Pass);
        let mut case = CaseResult {
            deviations: deviations.clone(),
            ..CaseResult::new("", id, worst)
        };
        settling.settle(&mut case);
        if case.status == Some(Status::Unexpected) {
            unexpected.push(case.id);
        }
    }
    let mut footer = Footer::default();
    settling.finish(&mut footer, &recorded.ran.keys().cloned().collect());
    (unexpected, footer.stale)
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), BaselineError> {
    let fail = |e: std::io::Error| BaselineError::Write {
        path: path.to_owned(),
        what: e.to_string(),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    let beside = path.with_extension("yaml.new");
    std::fs::write(&beside, text).map_err(fail)?;
    std::fs::rename(&beside, path).map_err(fail)
}
