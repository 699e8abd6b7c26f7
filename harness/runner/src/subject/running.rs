//! A subject that has been started.

use super::adapter::{Adapter, AdapterError, Death};
use super::app::{self, Application};
use super::description::{How, Known, SubjectSpec};
use super::embedded::{self, Embedded};
use super::install::{InstallError, other_version, start_command};
use crosscheck_corpus::Policy;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use thiserror::Error;

/// What a subject is started with: completed policies by their ids; `None` is a mode, which its id names.
pub type Documents = BTreeMap<String, Option<Policy>>;

/// What a subject says of one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listening {
    /// It serves it here.
    Ready(SocketAddr),
    /// The library rejected it, in its own words.
    Refused(String),
    /// The library cannot express it; the flags it lacks.
    Unsupported(Vec<String>),
}

/// Why a subject did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// There is no socket.
    #[error("no loopback socket can be had: {0}")]
    Socket(#[source] io::Error),
    /// The embedded server.
    #[error(transparent)]
    Actix(#[from] crosscheck_adapter_actix_cors::StartError),
    /// The adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// It is not installed and could not be.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// It is not embedded.
    #[error("`{0}` is no embedded subject")]
    NotEmbedded(String),
    /// The client under test.
    #[error(transparent)]
    Client(#[from] crate::client::ClientError),
    /// Embedded subjects have the version that the program was built with.
    #[error("`{0}` is built in at version {1}; other versions need an adapter process")]
    Version(String, String),
}

#[derive(Debug)]
enum Kind {
    InProcess,
    Embedded { _embedded: Embedded },
    Process(Box<Adapter>),
}

/// The policies that a release can express, and what it lacks for the others.
fn expressible(known: &Known, policies: &Documents) -> (Documents, BTreeMap<String, Listening>) {
    let mut asked = policies.clone();
    let mut denied = BTreeMap::new();
    if known.narrowed {
        asked.retain(|id, policy| {
            let flags = policy.as_ref().map(Policy::flags_needed).unwrap_or_default();
            let lacks = flags.iter().filter(|f| !known.description.flags.contains(f));
            let lacks: Vec<String> = lacks.map(ToString::to_string).collect();
            let expressible = lacks.is_empty();
            if !expressible {
                denied.insert(id.clone(), Listening::Unsupported(lacks));
            }
            expressible
        });
    }
    (asked, denied)
}

/// A running server subject. Dropping it ends it.
#[derive(Debug)]
pub struct Running {
    /// The library, as it names itself.
    pub library: String,
    /// Its version, as it says.
    pub version: String,
    /// Where each policy listens.
    pub listeners: BTreeMap<String, Listening>,
    kind: Kind,
    _applications: Vec<Application>,
}

impl Running {
    /// Starts a subject with completed policies.
    ///
    /// # Errors
    /// Where it does not start, or says what the protocol does not know.
    pub async fn start(known: &Known, spec: &SubjectSpec, policies: &Documents) -> Result<Self, StartError> {
        if let How::InProcess(server) = &known.how {
            return Ok(Self {
                library: known.description.package.name.clone(),
                version: known.description.package.version.clone(),
                listeners: server.start(policies).await.map_err(StartError::Socket)?,
                kind: Kind::InProcess,
                _applications: Vec::new(),
            });
        }
        // Another release than the one in this program has a process of its own.
        if matches!(known.how, How::Embedded) && other_version(known, spec).is_none() {
            let started = embedded::start(&known.name, policies).await?;
            if spec.version.as_deref().is_some_and(|v| v != started.version) {
                return Err(StartError::Version(known.name.clone(), started.version.to_owned()));
            }
            return Ok(Self {
                library: started.library.to_owned(),
                version: started.version.to_owned(),
                listeners: started.listeners,
                kind: Kind::Embedded {
                    _embedded: started.embedded,
                },
                _applications: Vec::new(),
            });
        }
        let (policies, denied) = expressible(known, policies);
        let command = start_command(known, spec).await?;
        let mut applications = Vec::new();
        let mut addresses = BTreeMap::new();
        if known.description.configuration {
            for id in policies.keys() {
                let application = app::serve().await.map_err(StartError::Socket)?;
                addresses.insert(id.clone(), application.address);
                applications.push(application);
            }
        }
        let (adapter, mut said) = Adapter::start(known, &command, &policies, &addresses).await?;
        said.listeners.extend(denied);
        Ok(Self {
            library: said.library,
            version: said.version,
            listeners: said.listeners,
            kind: Kind::Process(Box::new(adapter)),
            _applications: applications,
        })
    }

    /// Whether its process has ended, which it must not before it is told to; waits a moment for one that is ending.
    pub async fn death(&self) -> Option<Death> {
        match &self.kind {
            Kind::InProcess | Kind::Embedded { .. } => None,
            Kind::Process(adapter) => adapter.death().await,
        }
    }

    /// Waits until it ends by itself, which one in this process never does; says how.
    pub async fn ended(&self) -> String {
        match &self.kind {
            Kind::InProcess | Kind::Embedded { .. } => std::future::pending().await,
            Kind::Process(adapter) => adapter.ended().await.to_string(),
        }
    }

    /// Its process group, if it has one of its own.
    pub(crate) fn process_group(&self) -> Option<u32> {
        match &self.kind {
            Kind::InProcess | Kind::Embedded { .. } => None,
            Kind::Process(adapter) => adapter.group,
        }
    }

    /// The end of what it wrote to stderr.
    #[must_use]
    pub fn stderr(&self) -> String {
        match &self.kind {
            Kind::InProcess | Kind::Embedded { .. } => String::new(),
            Kind::Process(adapter) => adapter.stderr(),
        }
    }

    /// Ends it in good order.
    pub async fn stop(self) {
        if let Kind::Process(adapter) = self.kind {
            adapter.stop().await;
        }
    }
}
