//! Reads the list and reports every fault with its place.

use super::Entry;
use crate::subject::{Role, Subject};
use crosscheck_corpus::document::{self, At, Faults, Fields, Kind, Node, Value, short};
use crosscheck_corpus::{Diagnostic, Severity, Sources};
use crosscheck_results::rules::{RULES, rule};
use crosscheck_text::closest;
use std::collections::BTreeMap;
use std::path::Path;

/// The size of the largest list, in bytes.
const MAX_FILE: u64 = 4 << 20;
/// The keys under which the list may appear. It may also be the whole file.
const LISTS: [&str; 3] = ["recall", "entries", "cases"];

/// The content of a list.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// The valid entries, in the order of the file.
    pub entries: Vec<Entry>,
    /// The faults that make an entry, or the file, unusable.
    pub problems: Vec<Diagnostic>,
    /// The faults that leave an entry usable: unknown names, and a missing `source`.
    pub remarks: Vec<Diagnostic>,
}

/// Reads a list and adds its text to `sources`.
#[must_use]
pub fn read(path: &Path, subjects: &BTreeMap<String, Subject>, sources: &mut Sources) -> Listed {
    let shown = path.display().to_string();
    let text = match crosscheck_input::read_text(path, MAX_FILE) {
        Ok(text) => text,
        Err(error) => {
            return Listed {
                problems: vec![Diagnostic::unreadable(&shown, error, sources)],
                ..Listed::default()
            };
        }
    };
    let listed = parse(&text, &shown, subjects);
    sources.insert(shown, &text);
    listed
}

/// Returns all faults of a list, for `lint`.
#[must_use]
pub fn lint(path: &Path, subjects: &BTreeMap<String, Subject>, sources: &mut Sources) -> Vec<Diagnostic> {
    let listed = read(path, subjects, sources);
    listed.problems.into_iter().chain(listed.remarks).collect()
}

fn parse(text: &str, shown: &str, subjects: &BTreeMap<String, Subject>) -> Listed {
    let reader = Reader {
        faults: Faults::default(),
        remarks: Faults::default(),
        subjects,
    };
    let root = document::parse(&reader.faults, text);
    let entries = reader.list(root.as_ref());
    Listed {
        entries,
        problems: document::diagnostics(Severity::Load, reader.faults, shown),
        remarks: document::diagnostics(Severity::Lint, reader.remarks, shown),
    }
}

struct Reader<'r> {
    faults: Faults,
    remarks: Faults,
    subjects: &'r BTreeMap<String, Subject>,
}

impl Reader<'_> {
    fn list(&self, root: Option<&Node<'_>>) -> Vec<Entry> {
        let Some(items) = root.and_then(items) else {
            let (at, what) = root.map_or((At::default(), "nothing".to_owned()), |r| (r.at, r.describe()));
            let message = format!("expected a list of vulnerabilities, found {what}");
            self.faults
                .add(at, message, "begin each entry with a dash: `- id: ...`");
            return Vec::new();
        };
        if items.is_empty() {
            let at = root.map_or(At::default(), |r| r.at);
            self.faults.add(
                at,
                "the list is empty",
                "an entry is {id, subject, bad, good, rules, source}",
            );
        }
        let mut lines: BTreeMap<String, u32> = BTreeMap::new();
        let mut entries = Vec::new();
        for item in items {
            let Some(entry) = self.entry(item) else { continue };
            match lines.get(&entry.id) {
                Some(line) => self.faults.add(
                    item.at,
                    format!("the id `{}` appears twice", short(&entry.id)),
                    format!("it is already on line {line}; rename one of the two"),
                ),
                None => {
                    lines.insert(entry.id.clone(), item.at.line);
                    entries.push(entry);
                }
            }
        }
        entries
    }

    /// Reads an entry. Returns `None` if a required key is missing or wrong. Other keys are comments for humans.
    fn entry(&self, node: &Node<'_>) -> Option<Entry> {
        let keys: Vec<&str> = match &node.value {
            Value::Map(entries) => entries.iter().map(|e| e.key.as_ref()).collect(),
            _ => Vec::new(),
        };
        let fields = self.faults.fields(node, "an entry", &keys)?;
        let (id, subject) = (self.word(&fields, "id"), self.subject(&fields));
        let (bad, good) = (self.version(&fields, "bad"), self.version(&fields, "good"));
        let rules = self.rules(&fields);
        let source = fields.get("source").map(texts).unwrap_or_default();
        if source.is_empty() {
            self.remarks.add(
                fields.at,
                "an entry has no `source`",
                "add the address of the advisory: `source: https://...`",
            );
        }
        let (bad, good) = (bad?, good?);
        if bad == good {
            let message = format!("`bad` and `good` are the same release {}", short(&bad));
            self.faults.add(
                fields.key_at("good"),
                message,
                "name a release that fixes the vulnerability",
            );
            return None;
        }
        Some(Entry {
            id: id?,
            subject: subject?,
            bad,
            good,
            rules: rules?,
            source,
        })
    }

    fn word(&self, fields: &Fields<'_, '_>, key: &str) -> Option<String> {
        let node = fields.need(&self.faults, key)?;
        let text = self.faults.text(node, key)?.trim();
        if text.is_empty() {
            self.faults
                .add(node.at, format!("`{key}` is empty"), "write a value here");
            return None;
        }
        Some(text.to_owned())
    }

    /// Reads the name of a server. An unknown name prevents only its own entry from running.
    fn subject(&self, fields: &Fields<'_, '_>) -> Option<String> {
        let name = self.word(fields, "subject")?;
        let at = fields.get("subject").map_or(fields.at, |n| n.at);
        match self.subjects.get(&name) {
            Some(known) if known.description.role == Role::Server => {}
            Some(_) => self.remarks.add(
                at,
                format!("`{}` is not a server", short(&name)),
                "name a server; a list of vulnerabilities has no clients",
            ),
            None => {
                let servers = self.subjects.values().filter(|k| k.description.role == Role::Server);
                let near = closest(&name, servers.map(|k| k.name.as_str()));
                let help = near.map_or_else(
                    || "`crosscheck subjects` shows all".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.remarks
                    .add(at, format!("there is no subject `{}`", short(&name)), help);
            }
        }
        Some(name)
    }

    /// Reads a release as the registry writes it. An unquoted number keeps its text.
    fn version(&self, fields: &Fields<'_, '_>, key: &str) -> Option<String> {
        let node = fields.need(&self.faults, key)?;
        let help = "write the release as its registry does, such as \"4.0.1\"";
        let Value::Scalar(text, Kind::Text | Kind::Int(_) | Kind::Number) = &node.value else {
            let message = format!("`{key}` must be a release, not {}", node.describe());
            self.faults.add(node.at, message, help);
            return None;
        };
        let text = text.trim();
        // The characters that may follow the `@` in the name of a subject.
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'+');
        if text.is_empty() || !text.bytes().all(plain) || text.starts_with('-') {
            self.faults
                .add(node.at, format!("`{}` is not a release", short(text)), help);
            return None;
        }
        Some(text.to_owned())
    }

    /// Reads the rules. At least one of them must exist.
    fn rules(&self, fields: &Fields<'_, '_>) -> Option<Vec<String>> {
        let node = fields.need(&self.faults, "rules")?;
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut found = Vec::new();
        let mut unknown = Vec::new();
        for item in items {
            let name = self.faults.text(item, "rules")?;
            if rule(name).is_some() {
                found.push(name.to_owned());
                continue;
            }
            let near = closest(name, RULES.iter().map(|r| r.id));
            let help = near.map_or_else(
                || {
                    format!(
                        "the rules are {}",
                        RULES.iter().map(|r| r.id).collect::<Vec<_>>().join(", ")
                    )
                },
                |near| format!("did you mean `{near}`?"),
            );
            unknown.push((item.at, format!("there is no rule `{}`", short(name)), help));
        }
        if found.is_empty() && unknown.is_empty() {
            self.faults
                .add(node.at, "`rules` is empty", "name a rule that the bad release breaks");
        }
        let faults = if found.is_empty() { &self.faults } else { &self.remarks };
        for (at, message, help) in unknown {
            faults.add(at, message, help);
        }
        (!found.is_empty()).then_some(found)
    }
}

/// Returns the list of a file, which is the whole file or the value of a key.
fn items<'n, 's>(root: &'n Node<'s>) -> Option<&'n [Node<'s>]> {
    match &root.value {
        Value::List(items) => Some(items),
        Value::Map(entries) => {
            let under = LISTS.iter().find_map(|key| entries.iter().find(|e| e.key == *key));
            match &under?.value.value {
                Value::List(items) => Some(items),
                _ => None,
            }
        }
        Value::Scalar(..) => None,
    }
}

/// Returns the texts of a node, and of the lists and maps in it.
fn texts(node: &Node<'_>) -> Vec<String> {
    match &node.value {
        Value::List(items) => items.iter().flat_map(texts).collect(),
        Value::Map(entries) => entries.iter().flat_map(|e| texts(&e.value)).collect(),
        Value::Scalar(_, Kind::Null) => Vec::new(),
        Value::Scalar(text, _) => Some(text.trim())
            .filter(|t| !t.is_empty())
            .map(str::to_owned)
            .into_iter()
            .collect(),
    }
}

#[cfg(test)]
mod tests;
