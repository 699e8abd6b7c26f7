//! An implementation under test, and the folder in which they are.

use super::address::Address;
use super::browser::Browser;
use super::build::Build;
use super::description::{Description, Package};
use super::in_process::InProcess;
use super::keywords::{DocumentedAnchoring, Protocol, Registry, Role};
use super::running::Configurations;
use crosscheck_corpus::Flag;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// A server that is already running.
    Address(Arc<Address>),
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Model => "Model",
            Self::InProcess(_) => "InProcess",
            Self::Engine => "Engine",
            Self::Process => "Process",
            Self::Address(_) => "Address",
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
    /// The command that builds it before its first process.
    pub(crate) build: Build,
    pub(crate) backend: Backend,
}

impl Subject {
    /// Whether the subject is built in. Engines that the system provides count as built in.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        match self.backend {
            Backend::Process => false,
            Backend::Engine => !self.starts_from_installation(),
            Backend::Model | Backend::InProcess(_) | Backend::Address(_) => true,
        }
    }

    /// Whether its command uses an installation.
    pub(crate) fn starts_from_installation(&self) -> bool {
        self.description.start.iter().any(|word| word.contains("{install}"))
    }

    /// Whether a command builds it before its first process.
    #[must_use]
    pub const fn is_built(&self) -> bool {
        !self.build.is_empty()
    }

    /// Its URL, if it is already running.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match &self.backend {
            Backend::Address(address) => Some(address),
            Backend::Model | Backend::InProcess(_) | Backend::Engine | Backend::Process => None,
        }
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
        let has_own = self.description.process_per_policy || matches!(self.description.protocol, Protocol::Process);
        has_own && matches!(self.backend, Backend::Process)
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
            build: Build::default(),
            backend: Backend::InProcess(server),
        }
    }

    /// A subject that is started by the command of its description, in this folder.
    #[must_use]
    pub(crate) fn started(description: Description, folder: PathBuf) -> Self {
        let backend = if description.browser.is_some() {
            Backend::Engine
        } else {
            Backend::Process
        };
        Self::of(description, folder, backend)
    }

    /// A server that is already running.
    #[must_use]
    pub(crate) fn running(description: Description, address: Address) -> Self {
        Self::of(description, PathBuf::new(), Backend::Address(Arc::new(address)))
    }

    /// A browser that a command starts, with the placeholders of [`Browser`].
    #[must_use]
    pub fn browser(name: &str, start: Vec<String>) -> Self {
        let package = Package {
            registry: Registry::This,
            name: start.first().cloned().unwrap_or_default(),
            version: "0".to_owned(),
        };
        let description = Description {
            start,
            browser: Some(Browser::by_command()),
            lacks: Browser::lacks(),
            ..Description::new(name.to_owned(), Role::Client, package)
        };
        Self::started(description, PathBuf::new())
    }

    pub(super) fn of(description: Description, folder: PathBuf, backend: Backend) -> Self {
        Self {
            name: description.name.clone(),
            description,
            folder,
            overlay: None,
            build: Build::default(),
            backend,
        }
    }
}
