//! What is wrong with the baselines of a folder: errors that keep one from loading, and errors that a run ignores.

mod causes;
mod lists;
mod names;
mod when;

use super::error::read;
use super::files::{cases_file, cases_folder, causes_file};
use super::probed::{probed_url, without_url};
use super::yaml::parse_causes;
use crate::subject::Subject;
use crosscheck_corpus::document::{self, At, Faults, Value};
use crosscheck_corpus::{Catalogue, Diagnostic, Severity, Sources};
use crosscheck_results::baseline::{Cause, LineError, ReadList, read_lists};
use crosscheck_text::closest;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// What baselines refer to.
#[derive(Clone, Copy, Debug)]
pub struct References<'w> {
    /// The steps of the standard.
    pub catalogue: &'w Catalogue,
    /// The ids of all cases, probes included; `None` if files of the corpus do not load, so that not all are known.
    pub ids: Option<&'w BTreeSet<String>>,
    /// All subjects.
    pub subjects: &'w BTreeMap<String, Subject>,
}

impl References<'_> {
    /// The option of `crosscheck run` that selects a subject.
    fn option(&self, subject: &str) -> String {
        let role = self
            .subjects
            .get(subject)
            .map_or("server", |known| known.description.role.as_str());
        format!("--{role} {subject}")
    }
}

/// The texts of one baseline, and the parts that load.
struct Loaded<'t> {
    subject: &'t str,
    /// The command that updates it.
    update: String,
    /// Whether it is that of a probed server.
    is_of_probe: bool,
    /// The causes; `None` if they do not load.
    causes: Option<Vec<Cause>>,
    /// The exact lists.
    lists: Vec<ReadList>,
    /// Whether every line of the lists was read.
    has_all_lists: bool,
}

impl Loaded<'_> {
    /// The first listed case of a cause.
    fn example(&self, cause: &str) -> Option<&str> {
        let list = self.lists.iter().find(|list| list.key.cause.as_str() == cause)?;
        list.cases.first().map(|(id, _)| id.as_str())
    }
}

/// The errors of every baseline of a folder, in the order of subjects, files and lines; the texts are added to `sources`.
#[must_use]
pub fn lint(folder: &Path, references: References<'_>, sources: &mut Sources) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for (folder, extension, may_be_absent) in [
        (folder.to_owned(), ".yaml", false),
        (cases_folder(folder), ".txt", true),
    ] {
        match names::names_in(&folder, extension, &mut found) {
            Ok(more) => names.extend(more),
            Err(error) if may_be_absent && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let message = format!("cannot read the folder: {error}");
                let shown = folder.display().to_string();
                found.push(Diagnostic::of_file(
                    Severity::Load,
                    &shown,
                    message,
                    "check its permissions",
                ));
            }
        }
    }
    for name in names {
        found.extend(one(references, folder, &name, sources));
    }
    found
}

/// What keeps the baseline of a subject from loading; the texts are added to `sources`.
#[must_use]
pub fn problems(folder: &Path, subject: &str, references: References<'_>, sources: &mut Sources) -> Vec<Diagnostic> {
    let mut found = one(references, folder, subject, sources);
    found.retain(|d| d.severity == Severity::Load);
    found
}

/// The errors of both files of a subject.
fn one(references: References<'_>, folder: &Path, subject: &str, sources: &mut Sources) -> Vec<Diagnostic> {
    let (causes_path, cases_path) = (causes_file(folder, subject), cases_file(folder, subject));
    let mut found = Vec::new();
    let mut text_of = |path: &Path| -> Option<String> {
        read(path).unwrap_or_else(|error| {
            found.push(Diagnostic::unreadable(&path.display().to_string(), error, sources));
            None
        })
    };
    let (causes_text, cases_text) = (text_of(&causes_path), text_of(&cases_path));
    let causes_shown = causes_path.display().to_string();
    let cases_shown = cases_path.display().to_string();
    let url = cases_text.as_deref().and_then(probed_url);
    if url.is_none() && !references.subjects.contains_key(subject) {
        let shown = if causes_text.is_some() {
            &causes_shown
        } else {
            &cases_shown
        };
        found.push(unknown_subject(subject, shown, references.subjects));
    }
    let references = match url {
        // Its cases are those of the user's policy, which is elsewhere.
        Some(_) => References {
            ids: None,
            ..references
        },
        None => references,
    };
    let (lists, errors) = cases_text
        .as_deref()
        .map(|text| read_lists(without_url(text)))
        .unwrap_or_default();
    let update = match url {
        Some(url) => format!("crosscheck probe {url} --policy FILE --baseline {causes_shown} --update-baseline"),
        None => format!("crosscheck run {} --update-baseline", references.option(subject)),
    };
    let loaded = Loaded {
        subject,
        update,
        is_of_probe: url.is_some(),
        causes: parse_causes(causes_text.as_deref().unwrap_or_default()).ok(),
        lists,
        has_all_lists: errors.is_empty(),
    };
    if let Some(text) = causes_text {
        found.extend(causes_of(references, &loaded, &causes_shown, &text));
        sources.insert(causes_shown, &text);
    }
    if let Some(text) = cases_text {
        found.extend(lists_of(references, &loaded, errors, &cases_shown, &text));
        sources.insert(cases_shown, &text);
    }
    found
}

fn unknown_subject(subject: &str, shown: &str, subjects: &BTreeMap<String, Subject>) -> Diagnostic {
    let near = closest(subject, subjects.keys().map(String::as_str));
    let help = near.map_or_else(
        || "a baseline is named after its subject; `crosscheck list --subjects` shows all subjects".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Diagnostic::of_file(Severity::Lint, shown, format!("there is no subject `{subject}`"), help)
}

/// The errors of the file that people write.
fn causes_of(references: References<'_>, loaded: &Loaded<'_>, shown: &str, text: &str) -> Vec<Diagnostic> {
    let (faults, remarks) = (Faults::default(), Faults::default());
    if let Some(root) = document::parse(&faults, text) {
        match &root.value {
            Value::List(items) => {
                let mut causes = causes::Causes::new(references, loaded, &faults, &remarks);
                items.iter().for_each(|item| causes.check(item));
            }
            _ if root.is_null() => {}
            _ => faults.add(
                root.at,
                format!("a baseline is a list of causes, not {}", root.describe()),
                "begin each cause with a dash: `- cause: ...`",
            ),
        }
    }
    let mut found = document::diagnostics(Severity::Load, faults, shown);
    if found.is_empty()
        && let Err(error) = parse_causes(text)
    {
        // Whatever a run refuses is an error.
        let help = "`crosscheck run` does not read this baseline";
        found.push(Diagnostic::of_file(Severity::Load, shown, error.to_string(), help));
    }
    found.extend(document::diagnostics(Severity::Lint, remarks, shown));
    found.sort_by_key(|d| (d.line, d.column));
    found
}

/// The errors of the exact lists.
fn lists_of(
    references: References<'_>,
    loaded: &Loaded<'_>,
    errors: Vec<LineError>,
    shown: &str,
    text: &str,
) -> Vec<Diagnostic> {
    let (faults, remarks) = (Faults::default(), Faults::default());
    let places = Places::new(text);
    let help = format!("correct the line, or restore the file and run `{}`", loaded.update);
    for error in errors {
        faults.add(
            places.of(error.line, error.column),
            error.fault.to_string(),
            help.clone(),
        );
    }
    lists::check(references, loaded, &places, text, &remarks);
    let mut found = document::diagnostics(Severity::Load, faults, shown);
    found.extend(document::diagnostics(Severity::Lint, remarks, shown));
    found.sort_by_key(|d| (d.line, d.column));
    found
}

/// The places of the lines of a text.
struct Places<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Places<'t> {
    fn new(text: &'t str) -> Self {
        let ends = text
            .bytes()
            .enumerate()
            .filter(|(_, b)| *b == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// A place from a line and a column in bytes to the end of the line.
    fn of(&self, line: usize, column: usize) -> At {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let whole = rest.lines().next().unwrap_or_default();
        let before = whole.get(..column.saturating_sub(1)).unwrap_or(whole);
        At {
            line: narrow(line),
            column: narrow(before.chars().count() + 1),
            start: narrow(start + before.len()),
            end: narrow(start + whole.len()),
        }
    }

    /// The place of a line, without the blanks around it.
    fn line(&self, line: usize) -> At {
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let indent = rest.bytes().take_while(|b| *b == b' ').count();
        self.of(line, indent + 1)
    }
}

#[cfg(test)]
mod tests;
