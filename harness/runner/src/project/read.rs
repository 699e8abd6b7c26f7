//! Reads `crosscheck.yaml`. Every fault is reported with its line and column, and a suggestion for a misspelt word.

use super::keys::{ADDRESS, CLIENT, FILE as KEYS, ONLY_SERVERS, SERVER, USUAL_FLAGS};
use super::{BASELINE, Project, RESULTS};
use crate::subject::{
    Address, Browser, Build, Description, Package, Protocol, RATE, Registry, Role, SHARED_KEYS, Subject,
    check_browser_command, is_name, read_shared,
};
use crosscheck_corpus::Diagnostic;
use crosscheck_corpus::document::{self, Entry, Faults, Fields, Kind, Node, Value, short};
use crosscheck_fetch::Url;
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 1 << 20;
/// The version of the format.
const FORMAT: i64 = 1;
/// The largest number of `jobs` and of seconds of `timeout`.
const MAX_NUMBER: i64 = 3600;
/// The largest number of requests per second.
const MAX_RATE: i64 = 1000;
/// The version of a subject that states none.
const NO_VERSION: &str = "local";

/// Reads the text of a file. Commands run in `folder`, relative paths are below it.
///
/// # Errors
/// Returns every fault, in the order of the file.
pub fn read(text: &str, file: &str, folder: &Path) -> Result<Project, Vec<Diagnostic>> {
    let help = "write `crosscheck: 1` and `servers:`, or let `crosscheck init` write the file";
    document::read(text, file, help, |faults, root| Reader { faults, folder }.project(root))
}

/// Whether a server is described by its URL.
fn has_url(node: &Node<'_>) -> bool {
    matches!(&node.value, Value::Map(entries) if entries.iter().any(|entry| entry.key == "url"))
}

struct Reader<'f> {
    faults: &'f Faults,
    folder: &'f Path,
}

impl Reader<'_> {
    fn project(&self, root: &Node<'_>) -> Option<Project> {
        let fields = self.faults.fields(root, "a crosscheck.yaml", &KEYS)?;
        self.format(&fields);
        let mut subjects = self.subjects(&fields, "servers", Role::Server);
        subjects.extend(self.subjects(&fields, "clients", Role::Client));
        if fields.get("servers").is_none() && fields.get("clients").is_none() {
            let help = "write `servers:` with a name and `start:`, or let `crosscheck init` write the file";
            self.faults.add(root.at, "the file names no server and no client", help);
        }
        for (at, subject) in subjects.iter().enumerate() {
            if subjects.iter().take(at).any(|other| other.name == subject.name) {
                let message = format!("`{}` is the name of a server and of a client", subject.name);
                self.faults.add(root.at, message, "rename one of them");
            }
        }
        Some(Project {
            subjects,
            baseline: self
                .path(&fields, "baseline")
                .unwrap_or_else(|| self.folder.join(BASELINE)),
            results: self
                .path(&fields, "results")
                .unwrap_or_else(|| self.folder.join(RESULTS)),
            cases: self
                .strings(&fields, "cases")
                .iter()
                .map(|path| self.folder.join(path))
                .collect(),
            has_corpus: self.boolean(&fields, "corpus").unwrap_or(true),
            filters: self.strings(&fields, "filters"),
            reports: self.strings(&fields, "reports"),
            fail_on: self.strings(&fields, "fail-on"),
            jobs: self.number(&fields, "jobs"),
            timeout: self.number(&fields, "timeout"),
        })
    }

    fn format(&self, fields: &Fields<'_, '_>) {
        let Some(node) = fields.need(self.faults, "crosscheck") else {
            return;
        };
        if !matches!(&node.value, Value::Scalar(_, Kind::Int(FORMAT))) {
            let message = format!(
                "`crosscheck` must be the version of the format, {FORMAT}, not {}",
                node.describe()
            );
            self.faults
                .add(node.at, message, format!("write `crosscheck: {FORMAT}`"));
        }
    }

    fn subjects(&self, fields: &Fields<'_, '_>, key: &str, role: Role) -> Vec<Subject> {
        let Some(node) = fields.get(key) else {
            return Vec::new();
        };
        let Value::Map(entries) = &node.value else {
            let message = format!("`{key}` must be a map from names to settings, not {}", node.describe());
            let help = format!(
                "write the name of the {} as a key, and its settings below it",
                role.as_str()
            );
            self.faults.add(node.at, message, help);
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.subject(entry, role)).collect()
    }

    fn subject(&self, entry: &Entry<'_>, role: Role) -> Option<Subject> {
        let name = entry.key.as_ref();
        if !is_name(name) {
            let message = format!("{:?} cannot be the name of a {}", short(name), role.as_str());
            let help = "write letters, digits and any of - . _ +, a letter or digit first";
            self.faults.add(entry.key_at, message, help);
        }
        if role == Role::Server && has_url(&entry.value) {
            return self.address(entry);
        }
        let own: &[&str] = if role == Role::Server { &SERVER } else { &CLIENT };
        let shared = SHARED_KEYS
            .iter()
            .filter(|key| role == Role::Server || !ONLY_SERVERS.contains(key));
        let known: Vec<&str> = own.iter().chain(shared).copied().collect();
        let fields = self
            .faults
            .fields(&entry.value, &format!("a {}", role.as_str()), &known)?;
        let mut made = self.description(&fields, name, role);
        let flags = read_shared(self.faults, &fields, &mut made);
        if role == Role::Server {
            made.flags = flags.unwrap_or_else(|| USUAL_FLAGS.to_vec());
        }
        self.command(&fields, entry, &mut made);
        let build = fields.get("build").filter(|_| role == Role::Server);
        let build = build.map(|node| self.words(node, "build")).unwrap_or_default();
        Some(Subject {
            build: Build::new(build),
            ..Subject::started(made, self.folder.to_owned())
        })
    }

    /// A description that has only what every subject has.
    fn description(&self, fields: &Fields<'_, '_>, name: &str, role: Role) -> Description {
        let version = fields
            .get("version")
            .and_then(|node| self.faults.string(node, "version"));
        let package = Package {
            registry: Registry::This,
            name: name.to_owned(),
            version: version.unwrap_or_else(|| NO_VERSION.to_owned()),
        };
        Description::new(name.to_owned(), role, package)
    }

    /// A server that is already running.
    fn address(&self, entry: &Entry<'_>) -> Option<Subject> {
        let fields = self.faults.fields(&entry.value, "a server with a `url`", &ADDRESS)?;
        let mut made = self.description(&fields, entry.key.as_ref(), Role::Server);
        if let Some(node) = fields.get("language") {
            made.language = self.faults.string(node, "language").unwrap_or_default();
        }
        let url = fields.need(self.faults, "url").and_then(|node| self.url(node));
        fields.need(self.faults, "policy");
        let policy = self.path(&fields, "policy");
        let address = Address {
            authorities: self.path(&fields, "ca"),
            rate: fields
                .get("rate")
                .map_or(Some(RATE), |node| self.faults.int(node, "rate", 1, MAX_RATE))?,
            allow_unsafe: self.boolean(&fields, "allow-unsafe").unwrap_or(false),
            url: url?.into(),
            policy: policy?,
        };
        Some(Subject::running(made, address))
    }

    fn url(&self, node: &Node<'_>) -> Option<Url> {
        let text = self.faults.text(node, "url")?;
        let url = Url::parse(text).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() {
            // The text is not shown: it may have a password.
            let help = "write the whole URL: `url: http://localhost:3000/api/data`";
            self.faults
                .add(node.at, "`url` is not an http or https URL with a host", help);
        }
        url
    }

    /// The command, and the protocol that it speaks: exactly one of `start` and `adapter`.
    fn command(&self, fields: &Fields<'_, '_>, entry: &Entry<'_>, made: &mut Description) {
        let is_client = made.role == Role::Client;
        match (fields.get("start"), fields.get("adapter")) {
            (Some(node), None) if is_client => {
                made.start = self.words(node, "start");
                let browser = made.browser.get_or_insert_with(Browser::by_command);
                check_browser_command(self.faults, node.at, &made.start, browser);
                if made.lacks.is_empty() {
                    made.lacks = Browser::lacks();
                }
            }
            (Some(node), None) => {
                made.protocol = Protocol::Process;
                made.start = self.words(node, "start");
            }
            (None, Some(node)) => made.start = self.words(node, "adapter"),
            (None, None) if is_client => self.faults.add(
                entry.key_at,
                "the client has no command",
                "write `adapter:` with the command that starts its adapter, or `start:` with that of a browser",
            ),
            (None, None) => self.faults.add(
                entry.key_at,
                "the server has no command",
                "write `start:` with the command that starts it, `adapter:` with that of its adapter, or `url:` and `policy:` if it is already running",
            ),
            (Some(_), Some(node)) => self.faults.add(
                node.at,
                format!("the {} has both `start` and `adapter`", made.role.as_str()),
                "keep `adapter` if the command speaks the adapter protocol, otherwise `start`",
            ),
        }
    }

    /// A command: a list of words, or a text that is split into words as a shell does.
    fn words(&self, node: &Node<'_>, key: &str) -> Vec<String> {
        let words = match &node.value {
            Value::List(_) => self.faults.list(node, key, |item| self.faults.string(item, key)),
            _ => self
                .faults
                .text(node, key)
                .and_then(|text| match shell_words::split(text) {
                    Ok(words) => Some(words),
                    Err(_) => {
                        let message = format!("`{key}` has a quote that is not closed: {:?}", short(text));
                        self.faults
                            .add(node.at, message, "close it, or write the command as a list of words");
                        None
                    }
                }),
        };
        let Some(words) = words else { return Vec::new() };
        if words.first().is_none_or(String::is_empty) {
            let help = format!("write the program and its arguments: `{key}: python app.py`");
            self.faults.add(node.at, format!("`{key}` names no program"), help);
        }
        words
    }

    fn path(&self, fields: &Fields<'_, '_>, key: &str) -> Option<PathBuf> {
        let node = fields.get(key)?;
        let text = self.faults.string(node, key)?;
        if text.is_empty() {
            self.faults
                .add(node.at, format!("`{key}` is empty"), "write a path, or remove the key");
        }
        Some(self.folder.join(text))
    }

    fn strings(&self, fields: &Fields<'_, '_>, key: &str) -> Vec<String> {
        let found = fields.get(key).and_then(|node| self.faults.one_or_more(node, key));
        found.unwrap_or_default()
    }

    fn boolean(&self, fields: &Fields<'_, '_>, key: &str) -> Option<bool> {
        self.faults.boolean(fields.get(key)?, key)
    }

    fn number(&self, fields: &Fields<'_, '_>, key: &str) -> Option<u64> {
        self.faults.int(fields.get(key)?, key, 1, MAX_NUMBER)
    }
}
