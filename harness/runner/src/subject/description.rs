//! `subject.yaml` as a type.

use super::browser::Browser;
use super::capability::Capability;
use super::compat::Compat;
use super::keywords::{DocumentedAnchoring, Protocol, Registry, Role, Scope};
#[cfg(feature = "schema")]
use super::schema::{FlagWord, GlobbingWord, NeedWord};
use crosscheck_corpus::policy::Globbing;
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
    /// The name of the subject in commands.
    pub name: String,
    /// The side of CORS that it plays.
    pub role: Role,
    /// The language of the library.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub language: String,
    /// The library's home page.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub homepage: String,
    /// The package of the library.
    pub package: Package,
    /// The command that installs the default version, for messages.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub install: String,
    /// The command that starts the adapter. `{subject}` is the folder of the adapter, `{install}` the folder of the installation,
    /// `{install:NAME}` the folder of a subject behind it, `{target}` the build folder of this program.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub start: Vec<String>,
    /// How the command gets the policies: by the adapter protocol, or one policy for each process, in its environment.
    #[cfg_attr(feature = "schema", schemars(default = "default_protocol"))]
    pub protocol: Protocol,
    /// The capabilities that the library's documentation offers. Only policies that need no others are sent to the subject.
    #[cfg_attr(feature = "schema", schemars(default, with = "Vec<FlagWord>"))]
    pub flags: Vec<Flag>,
    /// The capabilities that it does not offer, each with a reason from its documentation: `FLAG`, or `FLAG/KIND` for a kind
    /// of value that a claimed flag does not cover. A server claims or denies every flag.
    #[cfg_attr(
        feature = "schema",
        schemars(default, rename = "denies", with = "BTreeMap<String, String>")
    )]
    pub unsupported: BTreeMap<Capability, String>,
    /// The part of an application to which a policy is attached.
    #[cfg_attr(feature = "schema", schemars(default = "default_scope"))]
    pub scope: Scope,
    /// How regular expressions are matched.
    #[cfg_attr(feature = "schema", schemars(default = "default_anchoring"))]
    pub anchoring: DocumentedAnchoring,
    /// What a `*` of its own patterns of origins matches, if it says so: characters of one label of a host, or any.
    #[cfg_attr(feature = "schema", schemars(default, with = "Option<GlobbingWord>"))]
    pub globbing: Option<Globbing>,
    /// Whether it compares origins with the Host header.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub host_aware: bool,
    /// The needs of cases that it does not support.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub lacks: Vec<Lack>,
    /// Whether it is a configured server in front of the harness's plain application.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub configuration: bool,
    /// Whether the library has global state, so that each policy needs a process.
    #[cfg_attr(feature = "schema", schemars(default, rename = "process_per_policy"))]
    pub process_per_policy: bool,
    /// The time limit for its start, in seconds.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub start_timeout: Option<u64>,
    /// Older releases that need another adapter or package name, or offer less. The first range that contains a version applies.
    #[cfg_attr(feature = "schema", schemars(default, rename = "eras"))]
    pub compat: Vec<Compat>,
    /// How it is started, if it is a browser, which drives itself.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub browser: Option<Browser>,
}

#[cfg(feature = "schema")]
const fn default_protocol() -> &'static str {
    Protocol::Adapter.as_str()
}

#[cfg(feature = "schema")]
const fn default_scope() -> &'static str {
    Scope::App.as_str()
}

#[cfg(feature = "schema")]
const fn default_anchoring() -> &'static str {
    DocumentedAnchoring::None.as_str()
}

/// A word of `needs` that a subject does not support.
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
            protocol: Protocol::Adapter,
            flags: Vec::new(),
            unsupported: BTreeMap::new(),
            scope: Scope::App,
            anchoring: DocumentedAnchoring::None,
            globbing: None,
            host_aware: false,
            lacks: Vec::new(),
            configuration: false,
            process_per_policy: false,
            start_timeout: None,
            compat: Vec::new(),
            browser: None,
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
