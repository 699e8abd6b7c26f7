//! Writes a baseline from the deviations of a run.

use super::error::write;
use super::files::Files;
use super::yaml::SerdeYaml;
use super::{BaselineError, CausesError, FileError, Place};
use crosscheck_results::baseline::{Baseline, CauseName, Change, Recorded, UNEXPLAINED, edit_causes};
use crosscheck_results::{CaseId, Date};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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
    /// The causes that have expired, each with its last day and how many new cases were left out.
    pub expired: Vec<(CauseName, Date, usize)>,
    /// Cases that are still unexpected.
    pub unexpected: Vec<CaseId>,
    /// Cases that are still stale.
    pub stale: Vec<CaseId>,
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
    if !recorded.has_ended() {
        return Ok(None);
    }
    let files = Files::read(folder, recorded.subject())?;
    let before = &files.baseline;
    let change = recorded.change(before, existing);
    let after = change.baseline(before);
    let causes = causes_text(&files, recorded.subject(), &change, &after)?;
    let cases = after.lists().render(recorded.subject());
    if cases != files.cases && !(after.lists().is_empty() && files.cases.is_empty()) {
        write(&files.cases_path, &cases)?;
    }
    if let Some(text) = causes {
        write(&files.causes_path, &text)?;
    }
    Ok(Some(updated(&files, recorded, &change, &after)))
}

/// What a change did to the files.
pub(super) fn updated(files: &Files, recorded: &Recorded, change: &Change, after: &Baseline) -> Updated {
    let (unexpected, stale) = recorded.remaining(after);
    let last_day = |name: &CauseName| {
        let cause = after.causes().iter().find(|cause| cause.name == *name)?;
        cause.until.as_deref()?.parse().ok()
    };
    let left_out = change.expired.iter();
    let expired = left_out.filter_map(|(name, cases)| Some((name.clone(), last_day(name)?, cases.len())));
    Updated {
        subject: recorded.subject().to_owned(),
        causes_added: change.added.len(),
        causes_removed: change.kept.iter().filter(|kept| !**kept).count(),
        cases_added: change.cases_added,
        cases_removed: change.cases_removed,
        unexplained: after.causes().iter().filter(|c| c.reason == UNEXPLAINED).count(),
        broken: change.broken.len(),
        expired: expired.collect(),
        path: files.causes_path.clone(),
        cases_path: files.cases_path.clone(),
        unexpected,
        stale,
    }
}

/// The new text of the file of the causes, if it changes.
pub(super) fn causes_text(
    files: &Files,
    subject: &str,
    change: &Change,
    after: &Baseline,
) -> Result<Option<String>, BaselineError> {
    if after.causes() == files.baseline.causes() {
        return Ok(None);
    }
    let text = edit_causes(&SerdeYaml, subject, &files.causes, files.baseline.causes(), change);
    let unwritable = || FileError::Format {
        path: files.causes_path.clone(),
        place: Place::default(),
        source: CausesError::Unwritable.into(),
    };
    Ok(Some(text.ok_or_else(unwritable)?))
}
