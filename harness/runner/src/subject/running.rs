//! A running subject.

use super::adapter::{Adapter, AdapterError};
use super::app::{self, Application};
use super::build::BuildError;
use super::capability::Capability;
use super::heed;
use super::in_process::{InProcess, InProcessError};
use super::install::{InstallError, other_version, start_command};
use super::keywords::{Protocol, Registry};
use super::process::{Death, SubjectProcess};
use super::process_mode;
use super::spec::SubjectSpec;
use super::subjects::{Backend, Subject};
use crosscheck_corpus::policy::Configuration;
use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use thiserror::Error;

/// The configurations with which a subject is started, by the ids of their policies.
pub type Configurations = BTreeMap<String, Configuration>;

/// What a subject does with one configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicySupport {
    /// It serves it at this address.
    Ready(SocketAddr),
    /// The library rejected it with this message.
    Refused(String),
    /// The library cannot express it: the capabilities that it lacks.
    Unsupported(Vec<Capability>),
}

/// Why a subject did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// No socket is available.
    #[error("cannot listen on a loopback socket: {0}")]
    Socket(#[source] io::Error),
    /// The server in this process did not start.
    #[error(transparent)]
    InProcess(#[from] InProcessError),
    /// The adapter could not be used.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// The subject cannot be installed.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// The command that builds it failed.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Embedded subjects have the version that the program was built with.
    #[error("`{0}` is built in at version {1}; other versions need an adapter process")]
    Version(String, String),
    /// It is already running.
    #[error(
        "`{0}` is already running, so there is nothing to start; `crosscheck run --server {0}` tests it at its URL"
    )]
    Address(String),
}

#[derive(Debug)]
enum Kind {
    InProcess {
        _guard: Box<dyn Any + Send + Sync>,
    },
    /// An adapter with all policies.
    Adapter(Box<Adapter>),
    /// In process mode: the process of one policy; `None` if the policy was refused or not sent.
    OnePolicy(Option<SubjectProcess>),
}

/// Splits configurations into those that are sent to a subject, and the missing capabilities of the others.
fn by_support(subject: &Subject, configurations: &Configurations) -> (Configurations, BTreeMap<String, PolicySupport>) {
    let mut sent = configurations.clone();
    let mut unsupported = BTreeMap::new();
    sent.retain(|id, configuration| {
        let missing = subject.description.missing(configuration);
        let is_claimed = missing.is_empty();
        if !is_claimed {
            unsupported.insert(id.clone(), PolicySupport::Unsupported(missing));
        }
        is_claimed
    });
    (sent, unsupported)
}

/// Returns the server of a subject that runs in this process. Another release of a library runs behind its adapter.
fn in_this_process<'s>(subject: &'s Subject, spec: &SubjectSpec) -> Option<&'s dyn InProcess> {
    let Backend::InProcess(server) = &subject.backend else {
        return None;
    };
    let has_releases = subject.description.package.registry != Registry::This;
    let is_here = !has_releases || other_version(subject, spec).is_none();
    is_here.then_some(&**server)
}

/// A running server subject. Dropping it ends the subject.
#[derive(Debug)]
pub struct RunningSubject {
    /// The library's name.
    pub library: String,
    /// Its version.
    pub version: String,
    /// What it does with each configuration.
    pub listeners: BTreeMap<String, PolicySupport>,
    kind: Kind,
    _applications: Vec<Application>,
}

impl RunningSubject {
    /// Checks, before the first case, that a subject in process mode applies its policy. Adapters are not checked.
    ///
    /// # Errors
    /// If it does not start, ignores the policy, or has another application than the contract says.
    pub async fn check(subject: &Subject, spec: &SubjectSpec) -> Result<(), StartError> {
        if subject.description.protocol == Protocol::Process {
            subject.build.run(&subject.folder).await?;
            heed::check(subject, &start_command(subject, spec).await?).await?;
        }
        Ok(())
    }

    /// Starts a subject with configurations. Configurations that need a flag that it does not claim are not sent.
    ///
    /// # Errors
    /// If it does not start or breaks the protocol.
    pub async fn start(
        subject: &Subject,
        spec: &SubjectSpec,
        configurations: &Configurations,
    ) -> Result<Self, StartError> {
        let subject = &*subject.in_release(spec);
        let (sent, unsupported) = by_support(subject, configurations);
        let mut running = Self::start_with(subject, spec, &sent).await?;
        running.listeners.extend(unsupported);
        Ok(running)
    }

    async fn start_with(subject: &Subject, spec: &SubjectSpec, sent: &Configurations) -> Result<Self, StartError> {
        if let Some(server) = in_this_process(subject, spec) {
            let version = match (server.version(), spec.version.as_deref()) {
                (Some(built_in), Some(named)) if named != built_in => {
                    return Err(StartError::Version(subject.name.clone(), built_in.to_owned()));
                }
                (built_in, _) => built_in.unwrap_or(&subject.description.package.version),
            };
            let started = server.start(sent).await?;
            return Ok(Self {
                library: subject.description.package.name.clone(),
                version: version.to_owned(),
                listeners: started.listeners,
                kind: Kind::InProcess { _guard: started.guard },
                _applications: Vec::new(),
            });
        }
        if subject.address().is_some() {
            return Err(StartError::Address(subject.name.clone()));
        }
        subject.build.run(&subject.folder).await?;
        let command = start_command(subject, spec).await?;
        if subject.description.protocol == Protocol::Process {
            let (process, answer) = process_mode::start(subject, &command, sent).await?;
            return Ok(Self {
                library: subject.description.package.name.clone(),
                version: subject.description.package.version.clone(),
                listeners: answer.into_iter().collect(),
                kind: Kind::OnePolicy(process),
                _applications: Vec::new(),
            });
        }
        let mut applications = Vec::new();
        let mut addresses = BTreeMap::new();
        if subject.description.configuration {
            for id in sent.keys() {
                let application = app::serve().await.map_err(StartError::Socket)?;
                addresses.insert(id.clone(), application.address);
                applications.push(application);
            }
        }
        let (adapter, report) = Adapter::start(subject, &command, sent, &addresses).await?;
        Ok(Self {
            library: report.library,
            version: report.version,
            listeners: report.listeners,
            kind: Kind::Adapter(Box::new(adapter)),
            _applications: applications,
        })
    }

    /// Its process, if it runs in its own.
    const fn process(&self) -> Option<&SubjectProcess> {
        match &self.kind {
            Kind::InProcess { .. } => None,
            Kind::Adapter(adapter) => Some(&adapter.process),
            Kind::OnePolicy(process) => process.as_ref(),
        }
    }

    /// Returns how its process ended, if it has; waits a moment for a process that is ending.
    pub async fn death(&self) -> Option<Death> {
        self.process()?.death().await
    }

    /// Waits until it ends by itself and returns how. A subject in this process never does.
    pub async fn ended(&self) -> String {
        match self.process() {
            None => std::future::pending().await,
            Some(process) => process.ended().await.to_string(),
        }
    }

    /// The id of its process group, if it runs in its own process.
    pub(crate) fn process_group(&self) -> Option<u32> {
        self.process()?.group
    }

    /// The end of its stderr.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.process().map(SubjectProcess::stderr).unwrap_or_default()
    }

    /// Ends its process and waits for that. Returns the names of the processes that it left behind, which have been killed.
    pub async fn stop(self) -> Vec<String> {
        match self.kind {
            Kind::InProcess { .. } | Kind::OnePolicy(None) => Vec::new(),
            Kind::Adapter(adapter) => adapter.stop().await,
            Kind::OnePolicy(Some(process)) => process.terminate().await,
        }
    }
}
