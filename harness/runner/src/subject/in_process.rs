//! Servers in this process. They allow a program to contain libraries under test, and the author of a library to call the runner from
//! `cargo test`.

use super::capability::CapabilityError;
use super::running::{Configurations, PolicySupport};
use std::any::Any;
use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;

/// A server that the caller provides, in this process.
pub trait InProcess: Send + Sync {
    /// Serves each configuration on a loopback socket, with the paths that every subject serves. It receives only configurations whose
    /// flags it claims.
    fn start<'a>(&'a self, configurations: &'a Configurations) -> Starting<'a>;

    /// The version of the library that the program contains. Without one, the version of the description counts, and a run that names
    /// another version tests this server all the same.
    fn version(&self) -> Option<&str> {
        None
    }
}

/// The server, once its sockets are open.
pub type Starting<'a> = Pin<Box<dyn Future<Output = Result<InProcessServer, InProcessError>> + Send + 'a>>;

/// Why a server in this process did not start.
#[derive(Debug, thiserror::Error)]
pub enum InProcessError {
    /// No socket is available.
    #[error("cannot listen on a loopback socket: {0}")]
    Socket(#[from] io::Error),
    /// The server failed.
    #[error(transparent)]
    Server(Box<dyn Error + Send + Sync>),
    /// It reports an invalid capability.
    #[error("an embedded subject reports an invalid capability: {0}")]
    Capability(#[from] CapabilityError),
}

/// A running server in this process.
#[derive(Debug)]
pub struct InProcessServer {
    /// What it does with each configuration.
    pub listeners: BTreeMap<String, PolicySupport>,
    /// The value that ends the server when it is dropped.
    pub(super) guard: Box<dyn Any + Send + Sync>,
}

impl InProcessServer {
    /// A server that ends when `guard` is dropped.
    pub fn new(listeners: BTreeMap<String, PolicySupport>, guard: impl Any + Send + Sync) -> Self {
        Self {
            listeners,
            guard: Box::new(guard),
        }
    }
}

/// A server that ends with the runtime.
impl From<BTreeMap<String, PolicySupport>> for InProcessServer {
    fn from(listeners: BTreeMap<String, PolicySupport>) -> Self {
        Self::new(listeners, ())
    }
}
