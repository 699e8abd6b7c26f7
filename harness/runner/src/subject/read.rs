//! Reads `subject.yaml`. Every fault is reported with its file, line and column, and a suggestion for a misspelt word.

use super::capability::Capability;
use super::compat::Compat;
use super::description::{Description, Lack, Package};
use super::keywords::{DocumentedAnchoring, Registry, Role, Scope};
use crosscheck_corpus::document::{self, Faults, Fields, Kind, Node, Value, short};
use crosscheck_corpus::policy::Globbing;
use crosscheck_corpus::words::{Flag, Need};
use crosscheck_corpus::{Diagnostic, Severity};
use crosscheck_results::version::VersionRange;
use crosscheck_text::closest;
use std::collections::BTreeMap;

const KEYS: &[&str] = &[
    "name",
    "role",
    "language",
    "homepage",
    "package",
    "install",
    "start",
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

/// Reads the text of a `subject.yaml`.
///
/// # Errors
/// Returns every fault, in the order of the file.
pub(super) fn read(text: &str, file: &str) -> Result<Description, Vec<Diagnostic>> {
    let faults = Faults::default();
    let description = match document::parse(&faults, text) {
        Some(root) => Reader { faults: &faults }.description(&root),
        None => None,
    };
    let found = document::diagnostics(Severity::Load, faults, file);
    match description {
        Some(description) if found.is_empty() => Ok(description),
        _ if found.is_empty() => {
            let help = "a subject.yaml has at least `name:`, `role:` and `package:`";
            Err(vec![Diagnostic::of_file(
                Severity::Load,
                file,
                "the file is empty",
                help,
            )])
        }
        _ => Err(found),
    }
}

struct Reader<'f> {
    faults: &'f Faults,
}

impl Reader<'_> {
    fn description(&self, root: &Node<'_>) -> Option<Description> {
        let fields = self.faults.fields(root, "a subject.yaml", KEYS)?;
        let name = self.needed(&fields, "name");
        let role = fields
            .need(self.faults, "role")
            .and_then(|node| self.faults.word::<Role>(node, "role", Role::WORDS));
        let package = fields.need(self.faults, "package").and_then(|node| self.package(node));
        let mut made = Description {
            language: self.string(&fields, "language"),
            homepage: self.string(&fields, "homepage"),
            install: self.string(&fields, "install"),
            start: self.strings(&fields, "start"),
            flags: self.flags(&fields).unwrap_or_default(),
            unsupported: self.denies(&fields),
            host_aware: self.boolean(&fields, "host-aware").unwrap_or_default(),
            lacks: self.each(&fields, "lacks", |node| self.lack(node)),
            configuration: self.boolean(&fields, "configuration").unwrap_or_default(),
            process_per_policy: self.boolean(&fields, "process_per_policy").unwrap_or_default(),
            start_timeout: self.seconds(&fields, "start-timeout"),
            compat: self.each(&fields, "eras", |node| self.compat(node)),
            ..Description::new(name?, role?, package?)
        };
        let scope = fields.get("scope");
        if let Some(scope) = scope.and_then(|node| self.faults.word(node, "scope", Scope::WORDS)) {
            made.scope = scope;
        }
        if let Some(anchoring) = self.anchoring(&fields) {
            made.anchoring = anchoring;
        }
        let globbing = fields.get("globbing");
        made.globbing = globbing.and_then(|node| self.faults.word(node, "globbing", Globbing::WORDS));
        Some(made)
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
            folder: optional("folder"),
            start: self.strings(&fields, "start"),
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

    fn strings(&self, fields: &Fields<'_, '_>, key: &str) -> Vec<String> {
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

    fn boolean(&self, fields: &Fields<'_, '_>, key: &str) -> Option<bool> {
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
mod tests {
    use super::*;

    /// Replaces one line in a valid file and returns the faults.
    fn faults(line: &str, replacement: &str) -> Vec<(usize, usize, String, String)> {
        const RIGHT: &str = "\
name: x
role: server
package: { registry: npm, name: x, version: 1.2.3 }
flags: [origins-any, origins-list]
denies:
  origins-regex: there are no expressions
  origins-list/port: a port cannot be written
scope: app
anchoring: search
lacks: [{ need: streams, reason: it has none }]
start-timeout: 60
eras:
  - versions: <1
";
        assert!(RIGHT.contains(line), "{line}");
        let read = read(&RIGHT.replace(line, replacement), "x.yaml");
        let found = read.err().unwrap_or_default().into_iter();
        found
            .map(|d| (d.line, d.column, d.message, d.help.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn a_valid_file_has_no_faults() {
        assert_eq!(faults("name: x", "name: x"), []);
    }

    #[test]
    fn a_misspelt_word_is_reported_with_its_place_and_a_suggestion() {
        for (line, wrong, place, help) in [
            ("role: server", "role: sever", (2, 7), "did you mean `server`?"),
            ("registry: npm", "registry: PyPy", (3, 22), "did you mean `PyPI`?"),
            ("origins-any,", "origin-any,", (4, 9), "did you mean `origins-any`?"),
            (
                "  origins-regex",
                "  origins-regexp",
                (6, 3),
                "did you mean `origins-regex`?",
            ),
            (
                "origins-list/port",
                "origins-lists/port",
                (7, 3),
                "did you mean `origins-list`?",
            ),
            ("scope: app", "scope: apps", (8, 8), "did you mean `app`?"),
            (
                "anchoring: search",
                "anchoring: serach",
                (9, 12),
                "did you mean `search`?",
            ),
            ("need: streams", "need: stream", (10, 17), "did you mean `streams`?"),
            ("versions: <1", "versions: 1", (13, 15), "quote it: \"1\""),
            (
                "versions: <1",
                "versions: ~1",
                (13, 15),
                "write >=2.8, <3 or =1.2.3, joined by commas",
            ),
            ("anchoring:", "anchorng:", (9, 1), "did you mean `anchoring`?"),
            ("scope: app", "rejects-actual: never", (8, 1), "the keys are name, role"),
            (
                "start-timeout: 60",
                "start-timeout: soon",
                (11, 16),
                "write a whole number from 1 to 3600",
            ),
        ] {
            let found = faults(line, wrong);
            let [(at_line, column, message, suggestion)] = found.as_slice() else {
                panic!("{wrong}: {found:?}")
            };
            assert_eq!((*at_line, *column), place, "{wrong}: {message}");
            assert!(suggestion.starts_with(help), "{wrong}: {suggestion}");
        }
    }

    #[test]
    fn several_faults_are_reported_together() {
        let found = faults("scope: app\nanchoring: search", "scope: ap\nanchoring: serach");
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn an_empty_file_is_a_fault() {
        let found = read("", "x.yaml").unwrap_err();
        assert_eq!(found[0].message, "the file is empty");
    }
}
