//! Finds the subjects: the registered ones, then every folder with a `subject.yaml`. A file with faults makes its own subject unusable,
//! and no other.

use super::built_in::BuiltIn;
use super::read::{Home, read};
use super::subjects::{Backend, Subject};
use crosscheck_corpus::{Diagnostic, Severity, Sources};
use crosscheck_input::ReadError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The maximum size of a `subject.yaml`, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// A name that is not read, and probably meant to be.
const OTHER_NAME: &str = "subject.yml";

/// The subjects, and the descriptions that cannot be used.
#[derive(Clone, Debug, Default)]
pub struct Subjects {
    /// The subjects by their names.
    pub usable: BTreeMap<String, Subject>,
    /// The faults of each `subject.yaml` that cannot be used, by the name of its folder.
    pub unusable: BTreeMap<String, Vec<Diagnostic>>,
    /// The texts of the files with faults, for excerpts.
    pub sources: Sources,
}

/// Descriptions that cannot be used.
#[derive(Debug, Error)]
#[error("{}", lines(.0))]
pub struct DescriptionError(pub Vec<Diagnostic>);

/// Renders one line per fault: file, line and column, message, help.
fn lines(faults: &[Diagnostic]) -> String {
    let line = |fault: &Diagnostic| {
        let help = fault.help.as_deref().unwrap_or_default();
        format!(
            "{}:{}:{}: {}; {help}",
            fault.file, fault.line, fault.column, fault.message
        )
    };
    faults.iter().map(line).collect::<Vec<_>>().join("\n")
}

impl Subjects {
    /// Returns the model, the registered subjects, then every folder with a `subject.yaml`. `crate::subjects::load` adds the browser
    /// engines. Without its sources, the program has only the built-in subjects.
    pub(crate) fn load(folder: &Path, registered: &[BuiltIn]) -> Self {
        let mut all = Self::default();
        let model = BuiltIn {
            name: "model",
            text: include_str!("model.yaml"),
            backend: Backend::Model,
        };
        let built_in: Vec<&BuiltIn> = std::iter::once(&model).chain(registered).collect();
        for subject in &built_in {
            all.add_built_in(subject, folder);
        }
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        folders.sort();
        for folder in folders {
            all.add_folder(folder, &built_in);
        }
        all
    }

    /// Returns the usable subjects if there are no others.
    ///
    /// # Errors
    /// Returns the faults of all files.
    pub fn strict(self) -> Result<BTreeMap<String, Subject>, DescriptionError> {
        if self.unusable.is_empty() {
            return Ok(self.usable);
        }
        Err(DescriptionError(self.unusable.into_values().flatten().collect()))
    }

    fn add_built_in(&mut self, built_in: &BuiltIn, folder: &Path) {
        let name = built_in.name.to_owned();
        let shown = format!("<{name}>/subject.yaml");
        match read(built_in.text, &shown, Home::Program) {
            Ok(mut description) => {
                let own = std::mem::replace(&mut description.name, name.clone());
                // Two names of one subject share its folder.
                let subject = Subject::of(description, folder.join(&own), built_in.backend.clone());
                self.usable.insert(name, subject);
            }
            Err(found) => self.refuse(&name, shown, built_in.text, found),
        }
    }

    fn add_folder(&mut self, folder: PathBuf, built_in: &[&BuiltIn]) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = folder.join("subject.yaml");
        let shown = path.display().to_string();
        let text = match crosscheck_input::read_text(&path, MAX_FILE) {
            Ok(text) => text,
            Err(ReadError::Absent) if !path.is_symlink() && !folder.join(OTHER_NAME).exists() => return,
            Err(error) => {
                let found = Diagnostic::unreadable(&shown, error, &mut self.sources);
                self.unusable.entry(name).or_default().push(found);
                return;
            }
        };
        let taken = built_in.iter().find(|one| one.name == name);
        if taken.is_some_and(|one| one.text == text && matches!(one.backend, Backend::InProcess(_))) {
            return;
        }
        let found = match read(&text, &shown, Home::Folder(&name)) {
            Ok(_) if taken.is_some() => vec![Diagnostic::of_file(
                Severity::Load,
                &shown,
                format!("`{name}` is the name of a subject that is part of the program"),
                "rename the folder and its `name`; if this is the description of that subject, build the program again",
            )],
            Ok(description) => {
                self.usable.insert(name, Subject::started(description, folder));
                return;
            }
            Err(found) => found,
        };
        self.refuse(&name, shown, &text, found);
    }

    fn refuse(&mut self, name: &str, shown: String, text: &str, found: Vec<Diagnostic>) {
        self.unusable.entry(name.to_owned()).or_default().extend(found);
        self.sources.insert(shown, text);
    }
}

#[cfg(test)]
mod tests;
