//! The files that `crosscheck init` writes. It replaces none, and writes all or none.

use super::ci::{System, job};
use crate::frameworks::Framework;
use clap::ValueEnum as _;
use crosscheck_bundle::{Damaged, below};
use crosscheck_runner::project::FILE;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use thiserror::Error;

/// The folder of the templates in a checkout: those of a language are in its folder, those of a framework in a folder in that.
const TEMPLATES: &str = "harness/templates";
/// The folder of the skeleton.
const SKELETON: &str = "crosscheck";
/// The schema of `crosscheck.yaml` in a checkout, and where the first line of that file refers to.
const SCHEMA: (&str, &str) = (
    "cases/schema/crosscheck.schema.json",
    ".crosscheck/crosscheck.schema.json",
);
/// The file that keeps results and built programs out of commits.
const IGNORED: (&str, &str) = (".crosscheck/.gitignore", "*\n!.gitignore\n!crosscheck.schema.json\n");

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewFile {
    /// Its path in the working folder.
    pub(super) path: String,
    /// Its content.
    pub(super) content: Vec<u8>,
}

/// Why the files are not written.
#[derive(Debug, Error)]
pub(super) enum WriteError {
    /// Some exist.
    #[error("nothing is written, because {} already: {}", if .0.len() == 1 { "this file exists" } else { "these files exist" }, .0.join(", "))]
    Exist(Vec<String>),
    /// A file has the name of a folder that is needed. The program itself has such a name.
    #[error("nothing is written, because {0} is a file, and {1} needs a folder of that name: rename or move that file")]
    NotAFolder(String, String),
    /// One cannot be written.
    #[error("cannot write {0}: {1}")]
    Io(String, #[source] io::Error),
}

/// The files of a framework.
pub(super) fn files(framework: Framework, system: System) -> Result<Vec<NewFile>, Damaged> {
    let language = framework.known().language;
    let folder = format!("{TEMPLATES}/{}", language.name());
    let mut files = Vec::new();
    for file in below(&folder)? {
        let rest = file
            .path
            .strip_prefix(&folder)
            .unwrap_or_default()
            .trim_start_matches('/');
        let of_framework = Framework::value_variants()
            .iter()
            .find_map(|each| Some((each, rest.strip_prefix(each.name())?.strip_prefix('/')?)));
        let path = match of_framework {
            Some((each, _)) if *each != framework => continue,
            Some((_, FILE)) => FILE.to_owned(),
            Some((_, name)) => format!("{SKELETON}/{name}"),
            None => format!("{SKELETON}/{rest}"),
        };
        let content = file.content.to_vec();
        files.push(NewFile { path, content });
    }
    let carried =
        |path: &str| -> Result<&'static [u8], Damaged> { below(path)?.first().map(|file| file.content).ok_or(Damaged) };
    files.push(NewFile {
        path: SCHEMA.1.to_owned(),
        content: carried(SCHEMA.0)?.to_vec(),
    });
    files.push(NewFile {
        path: IGNORED.0.to_owned(),
        content: IGNORED.1.as_bytes().to_vec(),
    });
    let template = String::from_utf8_lossy(carried(system.template())?);
    files.push(NewFile {
        path: system.file().to_owned(),
        content: job(system, language, &template).into_bytes(),
    });
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// Writes files below a folder.
///
/// # Errors
/// If one exists or cannot be written, or a file has the name of a folder that is needed. Then none is left.
pub(super) fn write(folder: &Path, files: &[NewFile]) -> Result<(), WriteError> {
    let exists = |file: &&NewFile| folder.join(&file.path).symlink_metadata().is_ok();
    let existing: Vec<String> = files.iter().filter(exists).map(|file| file.path.clone()).collect();
    if !existing.is_empty() {
        return Err(WriteError::Exist(existing));
    }
    if let Some((file, new)) = in_the_way(folder, files) {
        return Err(WriteError::NotAFolder(file, new));
    }
    for (at, file) in files.iter().enumerate() {
        if let Err(error) = write_one(&folder.join(&file.path), &file.content) {
            // The file at fault was not created by this command, or only in part.
            let ours = files.iter().take(if error.kind() == io::ErrorKind::AlreadyExists {
                at
            } else {
                at + 1
            });
            for written in ours {
                // What cannot be removed is named by the next attempt.
                let _ = std::fs::remove_file(folder.join(&written.path));
            }
            return Err(WriteError::Io(file.path.clone(), error));
        }
    }
    Ok(())
}

/// The first file that has the name of a folder that is needed, and the new file in that folder.
fn in_the_way(folder: &Path, files: &[NewFile]) -> Option<(String, String)> {
    files.iter().find_map(|file| {
        let above = Path::new(&file.path).ancestors().skip(1).collect::<Vec<_>>();
        let blocking = above.into_iter().rev().find(|parent| {
            let path = folder.join(parent);
            path.symlink_metadata().is_ok() && !path.is_dir()
        })?;
        Some((blocking.to_string_lossy().into_owned(), file.path.clone()))
    })
}

/// Writes a file that does not exist, and the folders that it needs.
fn write_one(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    File::create_new(path)?.write_all(content)
}
