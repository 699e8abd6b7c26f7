//! Reads `subject.yaml`. Every fault is reported with its file, line and column, and a suggestion for a misspelt word.

use super::browser::check_command;
use super::capability::Capability;
use super::compat::Compat;
use super::description::{Description, Lack, Package};
use super::keywords::{DocumentedAnchoring, Protocol, Registry, Role, Scope};
use super::spec::is_name;
use crosscheck_corpus::Diagnostic;
use crosscheck_corpus::document::{self, Faults, Fields, Kind, Node, Value, short};
use crosscheck_corpus::policy::Globbing;
use crosscheck_corpus::words::{Flag, Need};
use crosscheck_results::version::VersionRange;
use crosscheck_text::closest;
use std::collections::BTreeMap;
use std::path::{Component, Path};

const KEYS: &[&str] = &[
    "name",
    "role",
    "language",
    "homepage",
    "package",
    "install",
    "start",
    "protocol",
    "flags",
    "denies",
    "scope",
    "anchoring",
    "globbing",
    "host-aware",
    "lacks",
    "configuration",
    "process_per_policy",
    "start-timeout",
    "eras",
    "browser",
];
const COMPAT_KEYS: &[&str] = &[
    "versions",
    "package",
    "folder",
    "start",
    "flags",
    "anchoring",
    "process_per_policy",
    "features",
    "reason",
];
/// The longest start timeout, in seconds.
const MAX_TIMEOUT: u64 = 3600;

/// Where a `subject.yaml` comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Home<'a> {
    /// It is part of the program.
    Program,
    /// A folder with this name.
    Folder(&'a str),
}

/// Reads the text of a `subject.yaml`.
///
/// # Errors
/// Returns every fault, in the order of the file.
pub(super) fn read(text: &str, file: &str, home: Home<'_>) -> Result<Description, Vec<Diagnostic>> {
    let help = "a subject.yaml has at least `name:`, `role:` and `package:`";
    document::read(text, file, help, |faults, root| {
        Reader { faults, home }.description(root)
    })
}

/// The keys of a server or client in `crosscheck.yaml` that are those of a `subject.yaml`.
pub(crate) const SHARED_KEYS: [&str; 9] = [
    "language",
    "flags",
    "denies",
    "scope",
    "anchoring",
    "globbing",
    "host-aware",
    "lacks",
    "start-timeout",
];

/// Reads these keys into a description. Returns the flags that are written, if any.
pub(crate) fn read_shared(faults: &Faults, fields: &Fields<'_, '_>, made: &mut Description) -> Option<Vec<Flag>> {
    let home = Home::Program;
    let reader = Reader { faults, home };
    reader.documented(fields, made);
    made.browser = reader.browser(fields);
    reader.flags(fields)
}

pub(super) struct Reader<'f> {
    pub(super) faults: &'f Faults,
    home: Home<'f>,
}

impl Reader<'_> {
    fn description(&self, root: &Node<'_>) -> Option<Description> {
        let fields = self.faults.fields(root, "a subject.yaml", KEYS)?;
        let name = self.name(&fields);
        let role = fields
            .need(self.faults, "role")
            .and_then(|node| self.faults.word::<Role>(node, "role", Role::WORDS));
        let package = fields.need(self.faults, "package").and_then(|node| self.package(node));
        let mut made = Description {
            homepage: self.string(&fields, "homepage"),
            install: self.string(&fields, "install"),
            start: self.start(&fields),
            flags: self.flags(&fields).unwrap_or_default(),
            configuration: self.boolean(&fields, "configuration").unwrap_or_default(),
            process_per_policy: self.boolean(&fields, "process_per_policy").unwrap_or_default(),
            compat: self.each(&fields, "eras", |node| self.compat(node)),
            browser: self.browser(&fields),
            ..Description::new(name?, role?, package?)
        };
        if let (Some(browser), Some(node)) = (&made.browser, fields.get("start")) {
            check_command(self.faults, node.at, &made.start, browser);
        }
        let protocol = fields.get("protocol");
        if let Some(protocol) = protocol.and_then(|node| self.faults.word(node, "protocol", Protocol::WORDS)) {
            made.protocol = protocol;
        }
        self.documented(&fields, &mut made);
        Some(made)
    }

    /// Reads what the documentation of a library states, and the limits of its process.
    fn documented(&self, fields: &Fields<'_, '_>, made: &mut Description) {
        made.language = self.string(fields, "language");
        made.unsupported = self.denies(fields);
        made.host_aware = self.boolean(fields, "host-aware").unwrap_or_default();
        made.lacks = self.each(fields, "lacks", |node| self.lack(node));
        made.start_timeout = self.seconds(fields, "start-timeout");
        let scope = fields.get("scope");
        if let Some(scope) = scope.and_then(|node| self.faults.word(node, "scope", Scope::WORDS)) {
            made.scope = scope;
        }
        if let Some(anchoring) = self.anchoring(fields) {
            made.anchoring = anchoring;
        }
        let globbing = fields.get("globbing");
        made.globbing = globbing.and_then(|node| self.faults.word(node, "globbing", Globbing::WORDS));
    }

    /// The name, which is that of the folder: commands, installations and baselines are named after it.
    fn name(&self, fields: &Fields<'_, '_>) -> Option<String> {
        let node = fields.need(self.faults, "name")?;
        let name = self.faults.string(node, "name")?;
        let Home::Folder(folder) = self.home else {
            return Some(name);
        };
        let help = "write letters, digits and any of - . _ +, a letter or digit first";
        if !is_name(folder) {
            let message = format!("the folder's name {:?} cannot be the name of a subject", short(folder));
            self.faults.add(node.at, message, format!("rename the folder: {help}"));
        } else if name != folder {
            let message = format!("`name` is {:?}, and the folder is `{folder}`", short(&name));
            self.faults.add(
                node.at,
                message,
                format!("write `name: {folder}`, or rename the folder"),
            );
        }
        Some(name)
    }

    /// The command that starts the adapter. If it is written, it has a program.
    fn start(&self, fields: &Fields<'_, '_>) -> Vec<String> {
        let Some(node) = fields.get("start") else {
            return Vec::new();
        };
        let words = self
            .faults
            .list(node, "start", |item| self.faults.string(item, "start"));
        let Some(words) = words else { return Vec::new() };
        if matches!(&node.value, Value::List(items) if items.is_empty()) || words.first().is_some_and(String::is_empty)
        {
            let help = "write the program and its arguments: `start: [node, \"{subject}/adapter.cjs\"]`";
            self.faults.add(node.at, "`start` names no program", help);
        }
        words
    }

    /// A folder below that of the adapter.
    fn folder(&self, fields: &Fields<'_, '_>) -> Option<String> {
        let node = fields.get("folder")?;
        let folder = self.faults.string(node, "folder")?;
        let is_below = Path::new(&folder)
            .components()
            .all(|c| matches!(c, Component::Normal(_)));
        if !is_below || folder.is_empty() {
            let message = format!(
                "`folder` is {:?}, which is not below the folder of the adapter",
                short(&folder)
            );
            let help = "name a folder beside the subject.yaml, such as `v2`";
            self.faults.add(node.at, message, help);
        }
        Some(folder)
    }

    fn package(&self, node: &Node<'_>) -> Option<Package> {
        let fields = self
            .faults
            .fields(node, "a package", &["registry", "name", "version"])?;
        let registry = fields
            .need(self.faults, "registry")
            .and_then(|node| self.faults.word(node, "registry", Registry::WORDS));
        let (name, version) = (self.needed(&fields, "name"), self.needed(&fields, "version"));
        Some(Package {
            registry: registry?,
            name: name?,
            version: version?,
        })
    }

    fn lack(&self, node: &Node<'_>) -> Option<Lack> {
        let fields = self.faults.fields(node, "a lack", &["need", "reason"])?;
        let need = fields
            .need(self.faults, "need")
            .and_then(|node| self.faults.word(node, "need", Need::WORDS));
        let reason = self.needed(&fields, "reason");
        Some(Lack {
            need: need?,
            reason: reason?,
        })
    }

    fn compat(&self, node: &Node<'_>) -> Option<Compat> {
        let fields = self.faults.fields(node, "an era", COMPAT_KEYS)?;
        let versions = fields.need(self.faults, "versions").and_then(|node| self.range(node));
        let optional = |key: &str| fields.get(key).and_then(|node| self.faults.string(node, key));
        Some(Compat {
            package: optional("package"),
            folder: self.folder(&fields),
            start: self.start(&fields),
            flags: self.flags(&fields),
            anchoring: self.anchoring(&fields),
            process_per_policy: self.boolean(&fields, "process_per_policy"),
            features: self.strings(&fields, "features"),
            reason: optional("reason"),
            versions: versions?,
        })
    }

    fn range(&self, node: &Node<'_>) -> Option<VersionRange> {
        let text = self.faults.text(node, "versions")?;
        match text.parse() {
            Ok(range) => Some(range),
            Err(error) => {
                let message = format!("`versions` is {:?}, which is not a range: {error}", short(text));
                self.faults
                    .add(node.at, message, "write >=2.8, <3 or =1.2.3, joined by commas");
                None
            }
        }
    }

    fn anchoring(&self, fields: &Fields<'_, '_>) -> Option<DocumentedAnchoring> {
        let node = fields.get("anchoring")?;
        self.faults.word(node, "anchoring", DocumentedAnchoring::WORDS)
    }

    fn flags(&self, fields: &Fields<'_, '_>) -> Option<Vec<Flag>> {
        let node = fields.get("flags")?;
        self.faults
            .list(node, "flags", |item| self.faults.word(item, "flags", Flag::WORDS))
    }

    fn denies(&self, fields: &Fields<'_, '_>) -> BTreeMap<Capability, String> {
        let mut denied = BTreeMap::new();
        let Some(node) = fields.get("denies") else {
            return denied;
        };
        let Value::Map(entries) = &node.value else {
            let message = format!("`denies` must be a map, not {}", node.describe());
            self.faults.add(node.at, message, "write `FLAG: the reason` lines");
            return denied;
        };
        for entry in entries {
            let reason = self.faults.string(&entry.value, "the reason");
            match entry.key.parse::<Capability>() {
                Ok(capability) => {
                    denied.insert(capability, reason.unwrap_or_default());
                }
                Err(error) => {
                    let flag = entry.key.split('/').next().unwrap_or_default();
                    let near = closest(flag, Flag::WORDS.iter().copied());
                    let help = match near {
                        Some(near) if near != flag => format!("did you mean `{near}`?"),
                        _ => format!("the flags are {}", Flag::WORDS.join(", ")),
                    };
                    let message = format!("`{}` is not a capability: {error}", short(&entry.key));
                    self.faults.add(entry.key_at, message, help);
                }
            }
        }
        denied
    }

    fn needed(&self, fields: &Fields<'_, '_>, key: &str) -> Option<String> {
        let node = fields.need(self.faults, key)?;
        self.faults.string(node, key)
    }

    fn string(&self, fields: &Fields<'_, '_>, key: &str) -> String {
        let found = fields.get(key).and_then(|node| self.faults.string(node, key));
        found.unwrap_or_default()
    }

    pub(super) fn strings(&self, fields: &Fields<'_, '_>, key: &str) -> Vec<String> {
        self.each(fields, key, |item| self.faults.string(item, key))
    }

    fn each<'n, 's, T>(
        &self,
        fields: &Fields<'n, 's>,
        key: &str,
        read: impl FnMut(&'n Node<'s>) -> Option<T>,
    ) -> Vec<T> {
        let found = fields.get(key).and_then(|node| self.faults.list(node, key, read));
        found.unwrap_or_default()
    }

    pub(super) fn boolean(&self, fields: &Fields<'_, '_>, key: &str) -> Option<bool> {
        let node = fields.get(key)?;
        match &node.value {
            Value::Scalar(_, Kind::Bool(value)) => Some(*value),
            _ => {
                let message = format!("`{key}` must be true or false, not {}", node.describe());
                self.faults.add(node.at, message, "write true or false here");
                None
            }
        }
    }

    fn seconds(&self, fields: &Fields<'_, '_>, key: &str) -> Option<u64> {
        let node = fields.get(key)?;
        let seconds = match &node.value {
            Value::Scalar(_, Kind::Int(n)) => u64::try_from(*n).ok().filter(|n| (1..=MAX_TIMEOUT).contains(n)),
            _ => None,
        };
        if seconds.is_none() {
            let message = format!("`{key}` must be a number of seconds, not {}", node.describe());
            let help = format!("write a whole number from 1 to {MAX_TIMEOUT}");
            self.faults.add(node.at, message, help);
        }
        seconds
    }
}

#[cfg(test)]
mod tests;
