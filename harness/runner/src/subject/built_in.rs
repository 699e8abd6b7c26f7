//! The subjects that a program registers: their descriptions are part of the program.

use super::in_process::InProcess;
use super::subjects::Backend;
use std::sync::Arc;

/// A subject whose `subject.yaml` is part of the program.
#[derive(Clone, Debug)]
pub struct BuiltIn {
    pub(super) name: &'static str,
    /// The text of its `subject.yaml`.
    pub(super) text: &'static str,
    pub(super) backend: Backend,
}

impl BuiltIn {
    /// A library that the program contains, which runs in this process. Other releases of it run behind its adapter.
    #[must_use]
    pub fn in_process(name: &'static str, text: &'static str, server: Arc<dyn InProcess>) -> Self {
        let backend = Backend::InProcess(server);
        Self { name, text, backend }
    }

    /// A subject behind its adapter, in its own process, with a name other than that of its folder.
    #[must_use]
    pub const fn behind_adapter(name: &'static str, text: &'static str) -> Self {
        let backend = Backend::Process;
        Self { name, text, backend }
    }

    /// A browser engine.
    pub(crate) const fn engine(name: &'static str, text: &'static str) -> Self {
        let backend = Backend::Engine;
        Self { name, text, backend }
    }
}
