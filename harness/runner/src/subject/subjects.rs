//! Finds the subjects: the registered ones, then every folder with a `subject.yaml`.

use super::built_in::BuiltIn;
use super::description::{Description, Package};
use super::in_process::InProcess;
use super::keywords::{DocumentedAnchoring, Registry, Role};
use super::read::read;
use super::running::Configurations;
use crosscheck_corpus::{Diagnostic, Flag};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// The maximum size of a `subject.yaml`, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Why the subjects cannot be listed.
#[derive(Debug, Error)]
pub enum DescriptionError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file is too long.
    #[error("{} is longer than {MAX_FILE} bytes", .0.display())]
    TooLong(PathBuf),
    /// Files have faults.
    #[error("{}", lines(.0))]
    Faults(Vec<Diagnostic>),
}

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

/// How a subject runs.
#[derive(Clone)]
pub(crate) enum Backend {
    /// The reference model.
    Model,
    /// A server that the caller provides, in this process.
    InProcess(Arc<dyn InProcess>),
    /// A browser engine, which drives itself.
    Engine,
    /// An adapter in its own process.
    Process,
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Model => "Model",
            Self::InProcess(_) => "InProcess",
            Self::Engine => "Engine",
            Self::Process => "Process",
        })
    }
}

/// An implementation under test.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The name in commands.
    pub name: String,
    /// Its `subject.yaml`.
    pub description: Description,
    /// The folder of its adapter.
    pub folder: PathBuf,
    /// The folder whose files replace those of the adapter, for an older release.
    pub(crate) overlay: Option<PathBuf>,
    pub(crate) backend: Backend,
}

impl Subject {
    /// Whether the subject is built in. Engines count as built in, although the system provides them.
    #[must_use]
    pub const fn is_built_in(&self) -> bool {
        !matches!(self.backend, Backend::Process)
    }

    /// Whether it is the model itself.
    #[must_use]
    pub const fn is_model(&self) -> bool {
        matches!(self.backend, Backend::Model)
    }

    /// Splits configurations by process: one process for all, or one per configuration if the library has global state.
    #[must_use]
    pub fn processes(&self, configurations: Configurations) -> Vec<Configurations> {
        if self.has_process_per_policy() {
            configurations
                .into_iter()
                .map(|one| Configurations::from([one]))
                .collect()
        } else {
            vec![configurations]
        }
    }

    /// Whether each policy has its own process.
    #[must_use]
    pub const fn has_process_per_policy(&self) -> bool {
        self.description.process_per_policy && matches!(self.backend, Backend::Process)
    }

    /// A subject that the caller provides.
    #[must_use]
    pub fn in_process(name: &str, flags: &[Flag], server: Arc<dyn InProcess>) -> Self {
        let package = Package {
            registry: Registry::This,
            name: name.to_owned(),
            version: "0".to_owned(),
        };
        Self {
            name: name.to_owned(),
            description: Description {
                language: "Rust".to_owned(),
                flags: flags.to_vec(),
                anchoring: DocumentedAnchoring::Full,
                ..Description::new(name.to_owned(), Role::Server, package)
            },
            folder: PathBuf::new(),
            overlay: None,
            backend: Backend::InProcess(server),
        }
    }

    /// Returns the model, the registered subjects, then every folder with a `subject.yaml`. `crate::subjects::all` adds the browser
    /// engines.
    pub(crate) fn all(folder: &Path, registered: &[BuiltIn]) -> Result<BTreeMap<String, Self>, DescriptionError> {
        let mut all = BTreeMap::new();
        let mut faults = Vec::new();
        let model = BuiltIn {
            name: "model",
            text: include_str!("model.yaml"),
            backend: Backend::Model,
        };
        for BuiltIn { name, text, backend } in std::iter::once(&model).chain(registered) {
            match read(text, &format!("<{name}>/subject.yaml")) {
                Ok(mut description) => {
                    let own = std::mem::replace(&mut description.name, (*name).to_owned());
                    // Two names of one subject share its folder.
                    let subject = Self::of(description, folder.join(&own), backend.clone());
                    all.insert((*name).to_owned(), subject);
                }
                Err(found) => faults.extend(found),
            }
        }
        let Ok(entries) = std::fs::read_dir(folder) else {
            // Without its sources, the program has only the built-in subjects.
            return if faults.is_empty() {
                Ok(all)
            } else {
                Err(DescriptionError::Faults(faults))
            };
        };
        let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        folders.sort();
        for folder in folders {
            let path = folder.join("subject.yaml");
            let Some(text) = text_of(&path)? else { continue };
            match read(&text, &path.display().to_string()) {
                Ok(description) => {
                    all.entry(description.name.clone())
                        .or_insert_with(|| Self::of(description, folder, Backend::Process));
                }
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() {
            Ok(all)
        } else {
            Err(DescriptionError::Faults(faults))
        }
    }

    fn of(description: Description, folder: PathBuf, backend: Backend) -> Self {
        Self {
            name: description.name.clone(),
            description,
            folder,
            overlay: None,
            backend,
        }
    }
}

/// Reads a file of limited size; `None` if it does not exist.
fn text_of(path: &Path) -> Result<Option<String>, DescriptionError> {
    let Ok(meta) = std::fs::metadata(path) else {
        return Ok(None);
    };
    if meta.len() > MAX_FILE {
        return Err(DescriptionError::TooLong(path.to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|source| DescriptionError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(Some(text))
}

/// The folder of the adapters: `CROSSCHECK_SUBJECTS`, otherwise the one in the sources from which the program was built.
#[must_use]
pub fn subjects_folder() -> PathBuf {
    std::env::var_os("CROSSCHECK_SUBJECTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../subjects"),
        PathBuf::from,
    )
}
