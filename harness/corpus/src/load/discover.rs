//! Which files a path holds, and reading them within bounds.

use super::reader::Faults;
use super::yaml::At;
use crate::diagnostic::{Diagnostic, Severity};
use crate::sources::Sources;
use crosscheck_text::escape;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

/// The largest file that is read.
pub(crate) const MAX_FILE: u64 = 4 << 20;
/// The deepest folder that is looked into.
const MAX_FOLDERS: usize = 32;
/// The most files of one path.
const MAX_FILES: usize = 100_000;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    Cases,
    Policy,
    Catalogue,
}

/// A file below a corpus path.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The path to open.
    pub(crate) path: PathBuf,
    /// The name shown: the path as the user wrote it, and what is below.
    pub(crate) shown: String,
    /// Below the corpus path, without extension, with `/` whatever the system.
    pub(crate) below: String,
    pub(crate) purpose: Purpose,
    /// From the corpus above the path, which was given in part.
    pub(crate) borrowed: bool,
}

impl Found {
    /// Returns the file at a path below a corpus, if the corpus reads it.
    pub(crate) fn of(path: PathBuf, below: &str) -> Option<Self> {
        if !is_yaml(below) || below == "recall.yaml" {
            return None;
        }
        let purpose = match below {
            "steps.yaml" => Purpose::Catalogue,
            _ if below.starts_with("policies/") => Purpose::Policy,
            _ => Purpose::Cases,
        };
        Some(Self {
            shown: path.to_string_lossy().into_owned(),
            path,
            below: below.trim_end_matches(".yaml").to_owned(),
            purpose,
            borrowed: false,
        })
    }

    /// The order in which files are loaded: policies first, since the cases of the path name them.
    pub(crate) fn in_order(a: &Self, b: &Self) -> Ordering {
        b.purpose.cmp(&a.purpose).then_with(|| a.below.cmp(&b.below))
    }
}

/// Finds the files of a path. Folders that the system links into themselves are entered once.
pub(crate) fn discover(path: &Path, problems: &mut Vec<Diagnostic>) -> Vec<Found> {
    let mut walk = Walk {
        found: BTreeMap::new(),
        entered: HashSet::new(),
        problems,
    };
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => {
            walk.folder(path, "", 0);
            walk.borrow_from_above(path);
        }
        Ok(_) => {
            let root = root_above(path).or_else(|| path.parent()).unwrap_or(Path::new(""));
            let below = path.strip_prefix(root).unwrap_or(path);
            let below = below
                .components()
                .map(|c| c.as_os_str().to_string_lossy())
                .collect::<Vec<_>>()
                .join("/");
            if path.to_str().is_none() {
                walk.problem(path, "has a name that is not UTF-8", "rename it: ids are made of names");
            } else if !is_yaml(&below) && !is_almost_yaml(&below) {
                walk.problem(
                    path,
                    "is not read: its name does not end with `.yaml`",
                    "name a file NAME.yaml",
                );
            } else {
                walk.file(path.to_owned(), &below);
            }
            walk.borrow_from_above(path);
        }
        Err(error) => walk.problem(
            path,
            &format!("cannot be read: {error}"),
            "give a file or folder of cases that exists",
        ),
    }
    walk.found.into_values().collect()
}

/// The folder above a file that is a corpus: it has `policies/` or `steps.yaml`.
fn root_above(path: &Path) -> Option<&Path> {
    path.ancestors()
        .skip(1)
        .filter(|dir| !dir.as_os_str().is_empty())
        .find(|dir| dir.join("policies").is_dir() || dir.join("steps.yaml").is_file())
}

struct Walk<'p> {
    found: BTreeMap<String, Found>,
    entered: HashSet<PathBuf>,
    problems: &'p mut Vec<Diagnostic>,
}

impl Walk<'_> {
    fn problem(&mut self, path: &Path, message: &str, help: &str) {
        // Two names that differ in bytes that are not UTF-8 stay two.
        let shown = escape(path.as_os_str().as_encoded_bytes());
        self.problems.push(Diagnostic::of_file(
            Severity::Load,
            &shown,
            format!("{shown} {message}"),
            help,
        ));
    }

    fn folder(&mut self, path: &Path, below: &str, depth: usize) {
        if depth > MAX_FOLDERS {
            self.problem(
                path,
                &format!("lies more than {MAX_FOLDERS} folders deep"),
                "move it up",
            );
            return;
        }
        match std::fs::canonicalize(path) {
            Ok(real) => {
                if !self.entered.insert(real) {
                    self.problem(
                        path,
                        "leads back into a folder that was already read",
                        "remove the link",
                    );
                    return;
                }
            }
            Err(error) => {
                self.problem(
                    path,
                    &format!("cannot be read: {error}"),
                    "check the path and its permissions",
                );
                return;
            }
        }
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                self.problem(path, &format!("cannot be read: {error}"), "check its permissions");
                return;
            }
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.push(entry.file_name()),
                Err(error) => self.problem(path, &format!("cannot be listed: {error}"), "check its permissions"),
            }
        }
        names.sort();
        for name in names {
            let child = path.join(&name);
            let text = name.to_string_lossy();
            if text.starts_with('.') {
                continue;
            }
            if name.to_str().is_none() {
                if child.is_dir() || is_almost_yaml(&text) {
                    self.problem(
                        &child,
                        "has a name that is not UTF-8",
                        "rename it: ids are made of names",
                    );
                }
                continue;
            }
            let inner = if below.is_empty() {
                text.to_string()
            } else {
                format!("{below}/{text}")
            };
            match std::fs::metadata(&child) {
                Ok(meta) if meta.is_dir() => {
                    if inner != "schema" {
                        self.folder(&child, &inner, depth + 1);
                    }
                }
                Ok(_) => self.file(child, &inner),
                Err(error) if is_yaml(&inner) => {
                    self.problem(
                        &child,
                        &format!("cannot be read: {error}"),
                        "remove the link, or restore what it points to",
                    );
                }
                // A link that leads nowhere, or to itself, is a fault only where it could lead to cases.
                Err(error) if child.is_symlink() => {
                    self.problem(
                        &child,
                        &format!("is a link that cannot be followed: {error}"),
                        "remove the link",
                    );
                }
                // It was removed a moment ago.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // It may be a folder of cases.
                Err(error) => self.problem(&child, &format!("cannot be read: {error}"), "check its permissions"),
            }
        }
    }

    fn file(&mut self, path: PathBuf, below: &str) {
        if !is_yaml(below) && is_almost_yaml(below) {
            self.problem(
                &path,
                "is not read: its name does not end with `.yaml`",
                "rename it to NAME.yaml",
            );
            return;
        }
        if self.found.len() >= MAX_FILES {
            return;
        }
        if let Some(found) = Found::of(path, below) {
            self.found.insert(below.to_owned(), found);
        }
    }

    /// A part of a corpus, named alone, still knows the policies and the catalogue of the whole.
    fn borrow_from_above(&mut self, path: &Path) {
        let Ok(full) = std::path::absolute(path) else { return };
        if self.found.values().any(|f| f.purpose != Purpose::Cases) {
            return;
        }
        let Some(root) = root_above(&full) else { return };
        let root = shortened(root);
        let mut whole = BTreeMap::new();
        std::mem::swap(&mut whole, &mut self.found);
        self.folder(&root.join("policies"), "policies", 1);
        if root.join("steps.yaml").is_file() {
            self.file(root.join("steps.yaml"), "steps.yaml");
        }
        for found in self.found.values_mut() {
            found.borrowed = true;
        }
        self.found.extend(whole);
    }
}

/// The path from the working directory, where it lies below.
fn shortened(path: &Path) -> PathBuf {
    std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned))
        .unwrap_or_else(|| path.to_owned())
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml")
}

/// Whether the name of a file suggests that somebody takes it for YAML: `.yml`, `.YAML`.
fn is_almost_yaml(name: &str) -> bool {
    let extension = Path::new(name).extension();
    extension.is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"))
}

/// Reads a file of at most [`MAX_FILE`] bytes. One that cannot be read is a problem; `sources` gets the text of one that is not UTF-8.
pub(crate) fn read(found: &Found, problems: &mut Vec<Diagnostic>, sources: &mut Sources) -> Option<String> {
    match crosscheck_input::read_text(&found.path, MAX_FILE) {
        Ok(text) => Some(text),
        Err(error) => {
            problems.push(Diagnostic::unreadable(&found.shown, error, sources));
            None
        }
    }
}

/// Turns the faults of a file into diagnostics.
pub(crate) fn diagnostics(severity: Severity, faults: Faults, file: &str) -> Vec<Diagnostic> {
    faults
        .into_sorted()
        .into_iter()
        .map(|fault| diagnostic(severity, file, fault.at, fault.message, Some(fault.help)))
        .collect()
}

/// A diagnostic at a place.
pub(crate) fn diagnostic(severity: Severity, file: &str, at: At, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic {
        severity,
        file: file.to_owned(),
        line: at.line as usize,
        column: at.column as usize,
        span: (at.end > at.start).then_some(at.start as usize..at.end as usize),
        message,
        help,
        case: None,
    }
}
