//! The project in whose folder a command runs: what its `crosscheck.yaml` says.

use crosscheck_corpus::{Diagnostic, Severity, Sources};
use crosscheck_input::ReadError;
use crosscheck_runner::project::{FILE, MAX_FILE, Project, read};
use crosscheck_runner::subject::Subjects;
use std::path::Path;

/// A name that is not read, and probably meant to be.
const OTHER_NAME: &str = "crosscheck.yml";

/// A `crosscheck.yaml` that cannot be used.
#[derive(Clone, Debug)]
pub struct ProjectError {
    /// Its faults.
    pub faults: Vec<Diagnostic>,
    /// Its text, for excerpts.
    pub sources: Sources,
}

/// Reads the `crosscheck.yaml` of the working folder; `None` if there is none.
///
/// # Errors
/// If it cannot be read or has faults.
pub fn here() -> Result<Option<Project>, ProjectError> {
    let mut sources = Sources::default();
    let path = Path::new(FILE);
    let text = match crosscheck_input::read_text(path, MAX_FILE) {
        Ok(text) => text,
        Err(ReadError::Absent) if !path.is_symlink() && !Path::new(OTHER_NAME).exists() => return Ok(None),
        Err(ReadError::Absent) if !path.is_symlink() => {
            let help = format!("rename it to {FILE}");
            let fault = Diagnostic::of_file(Severity::Load, OTHER_NAME, "a file with this name is not read", help);
            return Err(ProjectError {
                faults: vec![fault],
                sources,
            });
        }
        Err(error) => {
            let fault = Diagnostic::unreadable(FILE, error, &mut sources);
            return Err(ProjectError {
                faults: vec![fault],
                sources,
            });
        }
    };
    read(&text, FILE, Path::new("")).map(Some).map_err(|faults| {
        sources.insert(FILE, &text);
        ProjectError { faults, sources }
    })
}

/// Adds the subjects of a project. One that has the name of another subject cannot be used.
pub(crate) fn add(project: Project, known: &mut Subjects) {
    for subject in project.subjects {
        let name = subject.name.clone();
        if known.usable.remove(&name).is_some() || known.unusable.contains_key(&name) {
            let fault = Diagnostic::of_file(
                Severity::Load,
                FILE,
                format!("`{name}` is the name of a subject that is part of the program"),
                format!("rename it, for example to my-{name}"),
            );
            known.unusable.entry(name).or_default().push(fault);
        } else {
            known.usable.insert(name, subject);
        }
    }
}
