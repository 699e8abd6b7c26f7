//! `subject.yaml`, and the subjects that there are.

use super::era::Era;
use super::running::{Documents, Listening};
use super::schema::{FlagWord, NeedWord};
use crosscheck_corpus::policy::Anchoring;
use crosscheck_corpus::{Flag, words::Need};
use crosscheck_judge::DocumentedBehavior;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// The longest `subject.yaml`.
const MAX_FILE: u64 = 1 << 20;

/// Which side of CORS a subject plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It answers.
    Server,
    /// It asks.
    Client,
}

impl Role {
    /// The word as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// Where a library comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The registry: `crates.io`, `npm`, `Debian`, ...
    pub registry: String,
    /// Its name there.
    pub name: String,
    /// The version that is tested unless another is asked for.
    pub version: String,
}

/// Where a library's policy hangs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// On everything that the application answers.
    #[default]
    App,
    /// On routes: what is not routed is free.
    Route,
}

/// A `subject.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Description {
    /// The name in commands.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// The language of the library.
    #[serde(default)]
    pub language: String,
    /// Where to read about it.
    #[serde(default)]
    pub homepage: String,
    /// Where it comes from.
    pub package: Package,
    /// The command that a person types to install the default version.
    #[serde(default)]
    pub install: String,
    /// The command that starts the adapter; `{subject}` is the adapter's folder, `{install}` that of the
    /// installation, `{install:NAME}` that of a subject behind it, `{target}` that of this program.
    #[serde(default)]
    pub start: Vec<String>,
    /// What it can express.
    #[serde(default)]
    #[schemars(with = "Vec<FlagWord>")]
    pub flags: Vec<Flag>,
    /// What it cannot, each with what its documentation has instead. Of servers every flag is claimed or denied.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub denies: BTreeMap<Flag, String>,
    /// Where the policy hangs.
    #[serde(default)]
    pub scope: Scope,
    /// How regular expressions match.
    #[serde(default)]
    pub anchoring: String,
    /// Whether GET, HEAD and POST must be listed.
    #[serde(default)]
    pub gates_safelisted_methods: bool,
    /// When it rejects the request itself.
    #[serde(default)]
    pub rejects_actual: String,
    /// Whether it compares with the Host header.
    #[serde(default)]
    pub host_aware: bool,
    /// What it lacks.
    #[serde(default)]
    pub lacks: Vec<Lack>,
    /// Whether it is a configuration that stands in front of the harness's plain application.
    #[serde(default)]
    pub configuration: bool,
    /// Whether its library has global state.
    #[serde(default, rename = "process_per_policy")]
    pub process_per_policy: bool,
    /// Seconds until it must be ready.
    #[serde(default)]
    pub start_timeout: Option<u64>,
    /// Older releases that are configured otherwise; the first that a version belongs to counts.
    #[serde(default)]
    pub eras: Vec<Era>,
}

/// A word of `needs` that a subject lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lack {
    /// The word.
    #[schemars(with = "NeedWord")]
    pub need: Need,
    /// Why.
    pub reason: String,
}

impl Description {
    /// What the library's documentation promises.
    #[must_use]
    pub fn documented(&self) -> DocumentedBehavior {
        DocumentedBehavior {
            covers_unrouted_paths: self.scope == Scope::App,
            looser_anchoring: match self.anchoring.as_str() {
                "prefix" => Some(Anchoring::Prefix),
                "search" => Some(Anchoring::Search),
                _ => None,
            },
        }
    }
}

/// Why a `subject.yaml` does not load.
#[derive(Debug, Error)]
pub enum DescriptionError {
    /// It cannot be read.
    #[error("cannot read {}: {what}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        what: String,
    },
    /// It is no description.
    #[error("{}: {what}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// How a subject runs.
#[derive(Clone)]
pub(crate) enum How {
    /// It is the model.
    Model,
    /// In this process, one of those that the program has.
    Embedded,
    /// In this process, brought along by the caller.
    InProcess(Arc<dyn InProcess>),
    /// A browser engine, which drives itself.
    Engine,
    /// As a process of its own.
    Process,
}

impl std::fmt::Debug for How {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Model => "Model",
            Self::Embedded => "Embedded",
            Self::InProcess(_) => "InProcess",
            Self::Engine => "Engine",
            Self::Process => "Process",
        })
    }
}

/// A server of the caller's own, in this process: the author of a library calls the runner from `cargo test`.
pub trait InProcess: Send + Sync {
    /// Serves each completed policy on a loopback socket, until the runtime ends. The paths are those of every subject. A
    /// mode comes without a policy, and only to who has its flag.
    fn start<'a>(&'a self, policies: &'a Documents) -> Starting<'a>;
}

/// Where each policy listens, once the sockets are open.
pub type Starting<'a> = Pin<Box<dyn Future<Output = io::Result<BTreeMap<String, Listening>>> + Send + 'a>>;

/// A subject that exists.
#[derive(Clone, Debug)]
pub struct Known {
    /// The name in commands.
    pub name: String,
    /// What its `subject.yaml` says.
    pub description: Description,
    /// The folder of its adapter.
    pub folder: PathBuf,
    /// The folder of what stands in place of files of the adapter, for releases of another era.
    pub(crate) overlay: Option<PathBuf>,
    /// Whether it is of an era that can express less: its adapter is that of all releases, and is not asked for more.
    pub(crate) narrowed: bool,
    pub(crate) how: How,
}

impl Known {
    /// Whether this program has it in itself, engines apart, which the system brings.
    #[must_use]
    pub const fn is_built_in(&self) -> bool {
        !matches!(self.how, How::Process)
    }

    /// Whether it is the model itself.
    #[must_use]
    pub const fn is_model(&self) -> bool {
        matches!(self.how, How::Model)
    }

    /// What each of its processes is started with: everything, or one policy each where the library has global state.
    #[must_use]
    pub fn processes(&self, documents: Documents) -> Vec<Documents> {
        if self.has_process_per_policy() {
            documents.into_iter().map(|one| Documents::from([one])).collect()
        } else {
            vec![documents]
        }
    }

    /// Whether each policy has a process of its own.
    #[must_use]
    pub const fn has_process_per_policy(&self) -> bool {
        self.description.process_per_policy && matches!(self.how, How::Process)
    }

    /// A subject that the caller brings along.
    #[must_use]
    pub fn in_process(name: &str, flags: &[Flag], server: Arc<dyn InProcess>) -> Self {
        Self {
            name: name.to_owned(),
            description: Description {
                name: name.to_owned(),
                role: Role::Server,
                language: "Rust".to_owned(),
                homepage: String::new(),
                package: Package {
                    registry: "this".to_owned(),
                    name: name.to_owned(),
                    version: "0".to_owned(),
                },
                install: String::new(),
                start: Vec::new(),
                flags: flags.to_vec(),
                denies: BTreeMap::new(),
                scope: Scope::App,
                anchoring: "full".to_owned(),
                gates_safelisted_methods: false,
                rejects_actual: "never".to_owned(),
                host_aware: false,
                lacks: Vec::new(),
                configuration: false,
                process_per_policy: false,
                start_timeout: None,
                eras: Vec::new(),
            },
            folder: PathBuf::new(),
            overlay: None,
            narrowed: false,
            how: How::InProcess(server),
        }
    }

    /// All subjects: those of this program, then every folder with a `subject.yaml`.
    ///
    /// # Errors
    /// Where a description does not load.
    pub fn all(folder: &Path) -> Result<BTreeMap<String, Self>, DescriptionError> {
        let mut all = BTreeMap::new();
        for (name, text, how) in [
            ("model", include_str!("model.yaml"), How::Model),
            ("tower-http", crosscheck_adapter_tower_http::SUBJECT, How::Embedded),
            (
                "tower-http-process",
                crosscheck_adapter_tower_http::SUBJECT,
                How::Process,
            ),
            ("actix-cors", crosscheck_adapter_actix_cors::SUBJECT, How::Embedded),
            ("chromium", include_str!("../client/engine/chromium.yaml"), How::Engine),
            ("firefox", include_str!("../client/engine/firefox.yaml"), How::Engine),
            ("webkit", include_str!("../client/engine/webkit.yaml"), How::Engine),
            ("wpe", include_str!("../client/engine/wpe.yaml"), How::Engine),
        ] {
            let mut description = parse(text, Path::new(name))?;
            let own = std::mem::replace(&mut description.name, name.to_owned());
            all.insert(
                name.to_owned(),
                Self {
                    name: name.to_owned(),
                    // Two names of one subject share its folder.
                    folder: folder.join(&own),
                    description,
                    overlay: None,
                    narrowed: false,
                    how,
                },
            );
        }
        let Ok(entries) = std::fs::read_dir(folder) else {
            // A program that is used without its sources has the embedded subjects.
            return Ok(all);
        };
        for entry in entries.flatten() {
            let path = entry.path().join("subject.yaml");
            let Ok(meta) = std::fs::metadata(&path) else { continue };
            if meta.len() > MAX_FILE {
                let what = format!("longer than {MAX_FILE} bytes");
                return Err(DescriptionError::Yaml { path, what });
            }
            let text = std::fs::read_to_string(&path).map_err(|e| DescriptionError::Read {
                path: path.clone(),
                what: e.to_string(),
            })?;
            let description = parse(&text, &path)?;
            all.entry(description.name.clone()).or_insert_with(|| Self {
                name: description.name.clone(),
                folder: entry.path(),
                overlay: None,
                narrowed: false,
                description,
                how: How::Process,
            });
        }
        Ok(all)
    }
}

fn parse(text: &str, path: &Path) -> Result<Description, DescriptionError> {
    serde_yaml::from_str(text).map_err(|e| DescriptionError::Yaml {
        path: path.to_owned(),
        what: e.to_string(),
    })
}

/// The folder of the adapters: `CROSSCHECK_SUBJECTS`, else that of the sources that the program was built from.
#[must_use]
pub fn subjects_folder() -> PathBuf {
    std::env::var_os("CROSSCHECK_SUBJECTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../subjects"),
        PathBuf::from,
    )
}

/// `name` or `name@version`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectSpec {
    /// The name.
    pub name: String,
    /// The version, where another than the default is asked for.
    pub version: Option<String>,
}

/// Why a text names no subject.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SpecError {
    /// It is empty, or has an empty part.
    #[error("`{0}` is no subject; write NAME or NAME@VERSION")]
    Malformed(String),
    /// Its version is a word or a range, which means another release tomorrow.
    #[error("`{0}` names no release; write its version as the registry does, such as NAME@1.2.3")]
    NoRelease(String),
}

impl FromStr for SubjectSpec {
    type Err = SpecError;
    fn from_str(text: &str) -> Result<Self, SpecError> {
        let malformed = || SpecError::Malformed(text.to_owned());
        let (name, version) = match text.split_once('@') {
            Some((_, "")) => return Err(malformed()),
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let plain = |word: &str| {
            word.bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'+'))
        };
        if name.is_empty() || !plain(name) || !version.is_none_or(plain) {
            return Err(malformed());
        }
        let is_number = |v: &str| v.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        if !version.is_none_or(is_number) {
            return Err(SpecError::NoRelease(text.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
        })
    }
}

impl std::fmt::Display for SubjectSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => f.write_str(&self.name),
        }
    }
}
