//! Implementations under test: their descriptions, their installation, and how they are started with policies.

mod adapter;
mod address;
mod all;
mod app;
mod browser;
mod build;
mod built_in;
mod capability;
mod compat;
mod contract;
mod cpu;
mod description;
mod everywhere;
mod heed;
mod identity;
mod in_process;
mod install;
mod keywords;
mod listening;
mod process;
mod process_mode;
mod protocol;
mod read;
mod running;
#[cfg(feature = "schema")]
mod schema;
mod spec;
mod subjects;

pub use adapter::AdapterError;
pub use address::Address;
pub(crate) use address::RATE;
pub use all::{DescriptionError, Subjects};
pub use app::{Application, serve as serve_application};
pub use browser::Browser;
pub(crate) use browser::check_command as check_browser_command;
pub(crate) use build::Build;
pub use build::BuildError;
pub use built_in::BuiltIn;
pub use capability::{Capability, CapabilityError, FlagFault, Unfounded};
pub use compat::Compat;
pub use contract::{CONTRACT, Difference, HeaderRule, Mismatch, Row, StatusRule, check_contract};
pub(crate) use cpu::{ProcessGroup, RESOLUTION};
pub use description::{Description, Lack, Package};
pub use identity::Identity;
pub use in_process::{InProcess, InProcessError, InProcessServer, Starting};
pub use install::{
    Announcer, CommandLine, InstallError, Installed, ListError, announce_commands, cache as cache_folder,
    checksums_file, install, list_versions, record_checksums,
};
pub(crate) use install::{is_installed, start_command};
pub use keywords::{DocumentedAnchoring, Protocol, Registry, Role, Scope};
pub use process::Death;
pub use protocol::Fault as ProtocolFault;
pub(crate) use read::{SHARED_KEYS, read_shared};
pub use running::{Configurations, PolicySupport, RunningSubject, StartError};
#[cfg(feature = "schema")]
pub use schema::schema;
pub(crate) use spec::is_name;
pub use spec::{SpecError, SubjectSpec};
pub use subjects::Subject;
