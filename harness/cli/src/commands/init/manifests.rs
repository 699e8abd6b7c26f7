//! The manifests of the working folder, which name the packages of a project.

use crate::frameworks::Language;
use crosscheck_input::{ReadError, read_text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use thiserror::Error;

/// The largest manifest that is read, in bytes.
const MAX_MANIFEST: u64 = 4 << 20;
/// The most files of a folder that are looked at, in search of `requirements*.txt`.
const MAX_FILES: usize = 10_000;

/// The manifests with a fixed name.
const NAMES: [(&str, Language); 9] = [
    ("pyproject.toml", Language::Python),
    ("Pipfile", Language::Python),
    ("setup.cfg", Language::Python),
    ("package.json", Language::Javascript),
    ("go.mod", Language::Go),
    ("pom.xml", Language::Java),
    ("build.gradle", Language::Java),
    ("build.gradle.kts", Language::Java),
    ("Cargo.toml", Language::Rust),
];
/// What is looked for, for messages.
pub(super) const LOOKED_FOR: &str = "package.json, requirements*.txt, pyproject.toml, Pipfile, setup.cfg, go.mod, pom.xml, build.gradle, \
     build.gradle.kts, Cargo.toml";
/// The keys of a `package.json` that name packages.
const DEPENDENCIES: [&str; 4] = [
    "dependencies",
    "devDependencies",
    "peerDependencies",
    "optionalDependencies",
];

/// A manifest, and the names of packages in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    /// Its file name.
    pub(super) file: String,
    /// The language of its project.
    pub(super) language: Language,
    /// The packages that it names. Some are parts of other text: a manifest is read without the rules of its tool.
    pub(super) packages: BTreeSet<String>,
}

/// A manifest that cannot be read.
#[derive(Debug, Error)]
#[error("{file}: {what}")]
pub(super) struct ManifestError {
    file: String,
    what: String,
}

impl Manifest {
    /// Finds the names of packages in the text of a manifest.
    pub(super) fn read(file: &str, language: Language, text: &str) -> Result<Self, ManifestError> {
        let packages = match language {
            Language::Javascript => of_package_json(text).map_err(|error| ManifestError {
                file: file.to_owned(),
                what: format!("the file is no valid JSON: {error}"),
            })?,
            Language::Go => of_lines(text, "//"),
            Language::Java => of_lines(text, "<!--"),
            Language::Python | Language::Rust => of_lines(text, "#"),
        };
        let packages = match language {
            Language::Python => packages
                .iter()
                .map(|name| name.to_lowercase().replace('_', "-"))
                .collect(),
            _ => packages,
        };
        Ok(Self {
            file: file.to_owned(),
            language,
            packages,
        })
    }

    /// Whether it names a package, or a part of it, such as another major version of a Go module.
    pub(super) fn names(&self, package: &str) -> bool {
        let is_it = |name: &String| {
            let rest = name.strip_prefix(package);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
        };
        match self.language {
            Language::Javascript => self.packages.contains(package),
            _ => self.packages.iter().any(is_it),
        }
    }
}

/// Reads the manifests of a folder, in a fixed order.
pub(super) fn manifests(folder: &Path) -> Result<Vec<Manifest>, ManifestError> {
    let entries = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .take(MAX_FILES);
    let mut files: Vec<(String, Language)> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with("requirements") && name.ends_with(".txt"))
        .map(|name| (name, Language::Python))
        .collect();
    files.sort();
    files.extend(NAMES.map(|(name, language)| (name.to_owned(), language)));
    let mut found = Vec::new();
    for (file, language) in files {
        match read_text(&folder.join(&file), MAX_MANIFEST) {
            Ok(text) => found.push(Manifest::read(&file, language, &text)?),
            Err(ReadError::Absent) => {}
            Err(error) => {
                let what = error.to_string();
                return Err(ManifestError { file, what });
            }
        }
    }
    Ok(found)
}

/// The names of packages of a `package.json`, and that of its project.
fn of_package_json(text: &str) -> Result<BTreeSet<String>, serde_json::Error> {
    let root: Value = serde_json::from_str(text)?;
    let named = DEPENDENCIES.iter().filter_map(|key| root[*key].as_object());
    let mut packages: BTreeSet<String> = named.flat_map(|object| object.keys().cloned()).collect();
    packages.extend(root["name"].as_str().map(str::to_owned));
    Ok(packages)
}

/// Every word of a text that may be the name of a package. Comments are left out, and so are the indirect dependencies of Go.
fn of_lines(text: &str, comment: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./@".contains(c);
    let lines = text.lines().filter(|line| !line.trim_end().ends_with("// indirect"));
    let words = lines.flat_map(|line| {
        let code = line.split_once(comment).map_or(line, |(code, _)| code);
        code.split(move |c: char| !is_part(c))
    });
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
