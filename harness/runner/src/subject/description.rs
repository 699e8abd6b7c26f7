//! `subject.yaml` as a type.

use super::capability::Capability;
use super::compat::Compat;
use super::keywords::{DocumentedAnchoring, Registry, Role, Scope};
#[cfg(feature = "schema")]
use super::schema::{FlagWord, NeedWord};
use crosscheck_corpus::{Flag, words::Need};
use crosscheck_judge::DocumentedBehavior;
use std::collections::BTreeMap;

/// The package of a library in its registry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Package {
    /// The registry.
    pub registry: Registry,
    /// The package's name in the registry.
    pub name: String,
    /// The version that is tested unless another one is requested.
    pub version: String,
}

/// A `subject.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields, rename_all = "kebab-case"))]
pub struct Description {
    /// The name in commands.
    pub name: String,
    /// The side that it plays.
    pub role: Role,
    /// The language of the library.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub language: String,
    /// The library's home page.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub homepage: String,
    /// Its package.
    pub package: Package,
    /// The command that a person types to install the default version.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub install: String,
    /// The command that starts the adapter; `{subject}` is the adapter's folder, `{install}` that of the
    /// installation, `{install:NAME}` that of a subject behind it, `{target}` that of this program.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub start: Vec<String>,
    /// The capabilities that the library's documentation offers. The subject is sent only policies that need no other.
    #[cfg_attr(feature = "schema", schemars(default, with = "Vec<FlagWord>"))]
    pub flags: Vec<Flag>,
    /// The capabilities that it does not offer, each with what its documentation has instead: `FLAG`, or `FLAG/KIND` for a
    /// kind of value that a claimed flag does not cover. A server claims or denies every flag.
    #[cfg_attr(
        feature = "schema",
        schemars(default, rename = "denies", with = "BTreeMap<String, String>")
    )]
    pub unsupported: BTreeMap<Capability, String>,
    /// What the policy is attached to.
    #[cfg_attr(feature = "schema", schemars(default = "default_scope"))]
    pub scope: Scope,
    /// How regular expressions are matched.
    #[cfg_attr(feature = "schema", schemars(default = "default_anchoring"))]
    pub anchoring: DocumentedAnchoring,
    /// Whether it compares origins with the Host header.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub host_aware: bool,
    /// What it lacks.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub lacks: Vec<Lack>,
    /// Whether it is a configuration in front of the harness's plain application.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub configuration: bool,
    /// Whether the library has global state, so that each policy needs a process.
    #[cfg_attr(feature = "schema", schemars(default, rename = "process_per_policy"))]
    pub process_per_policy: bool,
    /// Seconds until it must be ready.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub start_timeout: Option<u64>,
    /// Older releases that need another adapter or package name, or offer less; the first range that has a version counts.
    #[cfg_attr(feature = "schema", schemars(default, rename = "eras"))]
    pub compat: Vec<Compat>,
}

#[cfg(feature = "schema")]
const fn default_scope() -> &'static str {
    Scope::App.as_str()
}

#[cfg(feature = "schema")]
const fn default_anchoring() -> &'static str {
    DocumentedAnchoring::None.as_str()
}

/// A word of `needs` that a subject lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Lack {
    /// The word.
    #[cfg_attr(feature = "schema", schemars(with = "NeedWord"))]
    pub need: Need,
    /// The reason.
    pub reason: String,
}

impl Description {
    /// A description with a name, a role and a package, and nothing else.
    #[must_use]
    pub const fn new(name: String, role: Role, package: Package) -> Self {
        Self {
            name,
            role,
            language: String::new(),
            homepage: String::new(),
            package,
            install: String::new(),
            start: Vec::new(),
            flags: Vec::new(),
            unsupported: BTreeMap::new(),
            scope: Scope::App,
            anchoring: DocumentedAnchoring::None,
            host_aware: false,
            lacks: Vec::new(),
            configuration: false,
            process_per_policy: false,
            start_timeout: None,
            compat: Vec::new(),
        }
    }

    /// What the library's documentation states.
    #[must_use]
    pub const fn documented(&self) -> DocumentedBehavior {
        DocumentedBehavior {
            covers_unrouted_paths: matches!(self.scope, Scope::App),
            looser_anchoring: self.anchoring.looser(),
        }
    }
}
