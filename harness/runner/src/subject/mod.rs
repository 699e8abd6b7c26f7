//! Implementations under test: what they are, how they start, where each policy listens.

mod adapter;
mod app;
mod cpu;
mod description;
mod embedded;
mod era;
mod install;
mod running;
mod schema;
mod unsupported;

pub use adapter::{AdapterError, Death};
pub use app::{Application, serve as serve_application};
pub(crate) use cpu::ProcessGroup;
pub use description::{
    Description, DescriptionError, InProcess, Known, Lack, Package, Role, Scope, SpecError, Starting, SubjectSpec,
    subjects_folder,
};
pub use era::Era;
pub use install::{InstallError, Installed, ListError, install, list_versions};
pub(crate) use install::{is_installed, start_command};
pub use running::{Documents, Listening, Running, StartError};
pub use schema::schema;
pub use unsupported::Unfounded;
