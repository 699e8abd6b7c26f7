//! What is wrong with the baselines of a folder: what keeps one from loading, and what should be put right although it loads.

mod entry;

use super::{Baseline, BaselineError, read};
use crate::run::all_cases;
use crate::subject::Known;
use crosscheck_corpus::document::{self, Faults, Value};
use crosscheck_corpus::{Catalogue, Corpus, Diagnostic, Severity, Sources};
use crosscheck_text::closest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What baselines speak of.
struct World<'w> {
    catalogue: &'w Catalogue,
    /// The ids of all cases, probes included; `None` where files of the corpus do not load, so that nobody knows all.
    ids: Option<BTreeSet<String>>,
    subjects: &'w BTreeMap<String, Known>,
}

/// The faults of every `<subject>.yaml` of a folder, in the order of files and lines; their texts are added to `sources`.
#[must_use]
pub fn lint(
    folder: &Path,
    corpus: &Corpus,
    subjects: &BTreeMap<String, Known>,
    sources: &mut Sources,
) -> Vec<Diagnostic> {
    let whole = corpus.problems.is_empty();
    let world = World {
        catalogue: &corpus.catalogue,
        ids: whole.then(|| all_cases(corpus).iter().map(|c| c.id.clone()).collect()),
        subjects,
    };
    let names = match names(folder) {
        Ok(names) => names,
        Err(error) => {
            let message = format!("the folder cannot be read: {error}");
            let help = "check its permissions";
            let shown = folder.display().to_string();
            return vec![Diagnostic::of_file(Severity::Load, &shown, message, help)];
        }
    };
    let mut found = Vec::new();
    for name in names {
        let path = folder.join(&name);
        let shown = path.display().to_string();
        let subject = name.strip_suffix(".yaml").unwrap_or(&name);
        if !subjects.contains_key(subject) {
            found.push(unknown_subject(subject, &shown, subjects));
        }
        match read(&path) {
            Ok(text) => {
                let text = text.unwrap_or_default();
                found.extend(one(&world, subject, &shown, &text));
                sources.insert(shown, text);
            }
            Err(
                BaselineError::Read { what, .. } | BaselineError::Yaml { what, .. } | BaselineError::Write { what, .. },
            ) => {
                let message = format!("the file cannot be read: {what}");
                let help = "a baseline is a plain file in UTF-8; check it and its permissions";
                found.push(Diagnostic::of_file(Severity::Load, &shown, message, help));
            }
        }
    }
    found
}

/// The names of the baselines of a folder, sorted.
fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let name = file?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".yaml") && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn unknown_subject(subject: &str, shown: &str, subjects: &BTreeMap<String, Known>) -> Diagnostic {
    let near = closest(subject, subjects.keys().map(String::as_str));
    let help = near.map_or_else(
        || "the file is <subject>.yaml; `crosscheck list --subjects` shows all subjects".to_owned(),
        |near| format!("did you mean `{near}.yaml`?"),
    );
    Diagnostic::of_file(Severity::Lint, shown, format!("there is no subject `{subject}`"), help)
}

/// The faults of one file.
fn one(world: &World<'_>, subject: &str, shown: &str, text: &str) -> Vec<Diagnostic> {
    let faults = Faults::default();
    let remarks = Faults::default();
    if let Some(root) = document::parse(&faults, text) {
        match &root.value {
            Value::List(items) => {
                let mut entries = entry::Entries::new(world, subject, &faults, &remarks);
                items.iter().for_each(|item| entries.check(item));
            }
            _ if root.is_null() => {}
            _ => faults.add(
                root.at,
                format!("a baseline is a list of entries, not {}", root.describe()),
                "begin each entry with a dash: `- cause: ...`",
            ),
        }
    }
    let mut found = document::diagnostics(Severity::Load, faults, shown);
    if found.is_empty()
        && let Err(what) = Baseline::parse(text)
    {
        // Whatever a run refuses is a fault.
        let help = "`crosscheck run` does not read this baseline";
        found.push(Diagnostic::of_file(Severity::Load, shown, what, help));
    }
    found.extend(document::diagnostics(Severity::Lint, remarks, shown));
    found.sort_by_key(|d| (d.line, d.column));
    found
}

#[cfg(test)]
mod tests;
