//! `crosscheck run --update-baseline`: writing baselines after a run, and reporting what changed.

use crate::exit::Failure;
use crate::known::report;
use crosscheck_corpus::{Corpus, Sources};
use crosscheck_report::clean;
use crosscheck_results::Run;
use crosscheck_results::baseline::Recorded;
use crosscheck_runner::baseline::lint::{References, problems};
use crosscheck_runner::baseline::{Updated, update};
use crosscheck_runner::subject::{SubjectSpec, Subjects};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// What an update did to the baseline of one subject.
pub(super) enum Update {
    /// The baseline describes the run.
    Written(Updated),
    /// The baseline is unchanged, because the subject did not run to the end.
    Unchanged(String),
}

/// Refuses versions by name. One baseline serves all versions: the results of another version must not overwrite those
/// of the default version.
pub(super) fn refuse_versions(subjects: &[SubjectSpec]) -> Result<(), Failure> {
    match subjects.iter().find(|s| s.version.is_some()) {
        None => Ok(()),
        Some(spec) => Err(Failure::message(
            format!("--update-baseline does not write the baseline of {spec}"),
            format!(
                "run {} in its default version; causes of other versions are written by hand, with `versions`",
                spec.name
            ),
        )),
    }
}

/// Reports on stderr, as `lint` does, what keeps the baselines of the subjects from loading.
pub(super) fn report_problems(folder: &Path, subjects: &[SubjectSpec], corpus: &Corpus, known: &Subjects) {
    let references = References {
        catalogue: &corpus.catalogue,
        ids: None,
        subjects: &known.usable,
    };
    let mut sources = Sources::default();
    for spec in subjects {
        let found = problems(folder, &spec.name, references, &mut sources);
        report(&found, &sources);
    }
}

/// Writes the baseline of each subject that ran to the end. `existing` has every case of the project's corpus, if the run used it.
pub(super) fn update_all(
    folder: &Path,
    recorded: &[Recorded],
    existing: Option<&BTreeSet<String>>,
) -> Result<Vec<Update>, Failure> {
    let one = |recorded: &Recorded| match update(folder, recorded, existing) {
        Ok(Some(updated)) => Ok(Update::Written(updated)),
        Ok(None) => Ok(Update::Unchanged(recorded.subject().to_owned())),
        Err(error) => Err(Failure::usage(
            error,
            "the results are written; correct the file, or name another folder with --baseline DIR",
        )),
    };
    recorded.iter().map(one).collect()
}

/// The update as one line of text.
pub(super) fn line(update: &Update) -> String {
    let updated = match update {
        Update::Unchanged(subject) => {
            return clean(&format!(
                "{subject}: the baseline is unchanged, because the subject did not run to the end"
            ))
            .into();
        }
        Update::Written(updated) => updated,
    };
    let mut line = format!(
        "{}: {} and {} added, {} and {} removed; {} unexplained",
        updated.path.display(),
        counted(updated.causes_added, "cause", "causes"),
        counted(updated.cases_added, "case", "cases"),
        counted(updated.causes_removed, "cause", "causes"),
        counted(updated.cases_removed, "case", "cases"),
        counted(updated.unexplained, "cause is", "causes are"),
    );
    if updated.broken > 0 {
        let cases = counted(updated.broken, "broken case", "broken cases");
        line.push_str(&format!("; {cases} not listed: examine each, and list it by hand"));
    }
    for (cause, last, n) in &updated.expired {
        let cases = counted(*n, "new case", "new cases");
        line.push_str(&format!(
            "; {cases} not listed, because the cause `{cause}` expired on {last}: fix them, or change its `until`"
        ));
    }
    clean(&line).into()
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// The update as JSON.
pub(super) fn value(update: &Update) -> Value {
    match update {
        Update::Unchanged(subject) => json!({ "subject": subject, "written": false }),
        Update::Written(updated) => json!({
            "subject": updated.subject,
            "written": true,
            "file": updated.path,
            "cases_file": updated.cases_path,
            "entries_added": updated.causes_added,
            "entries_removed": updated.causes_removed,
            "ids_added": updated.cases_added,
            "ids_removed": updated.cases_removed,
            "unexplained": updated.unexplained,
            "broken": updated.broken,
            "expired": updated.expired.iter().map(|(cause, last, cases)| {
                json!({ "cause": cause.as_str(), "until": last, "cases": cases })
            }).collect::<Vec<_>>(),
            "unexpected": updated.unexpected,
            "stale": updated.stale,
        }),
    }
}

/// The runs with their counts against the baselines that were written.
pub(super) fn updated(mut runs: Vec<Run>, updates: &[Update]) -> Vec<Run> {
    for update in updates {
        let Update::Written(updated) = update else { continue };
        let of_subject = runs.iter_mut().filter(|r| r.header.subject == updated.subject);
        for footer in of_subject.filter_map(|r| r.footer.as_mut()) {
            footer.unexpected.clone_from(&updated.unexpected);
            footer.stale.clone_from(&updated.stale);
        }
    }
    runs
}
