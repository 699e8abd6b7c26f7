//! What the tries use: a small corpus, the hostile subjects and a results file, in a temporary folder of this program.

use super::hostile;
use super::program::{Condition, Invocation, Try};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The files of the small corpus, below `cases/`.
const CORPUS: [&str; 2] = ["cors-check/presence.yaml", "policies/one.yaml"];

/// The folder, and what was in it before the first try.
pub(super) struct Setting {
    folder: TempDir,
    corpus: PathBuf,
    subjects: PathBuf,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Setting {
    /// Writes the corpus and the subjects, and makes the results file.
    pub(super) fn new(program: &Path) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot create a folder")?;
        let (corpus, subjects) = (folder.path().join("cases"), folder.path().join("subjects"));
        for file in CORPUS {
            let to = corpus.join(file);
            std::fs::create_dir_all(to.parent().unwrap_or(&corpus))?;
            std::fs::copy(crate::process::root().join("cases").join(file), to)?;
        }
        std::fs::create_dir(&subjects)?;
        hostile::write(&subjects)?;
        let mut setting = Self {
            folder,
            corpus,
            subjects,
            files: BTreeMap::new(),
        };
        let mut arguments = vec!["--client".to_owned(), "model".to_owned()];
        arguments.extend(setting.small());
        let run = Try::make(program, &Invocation::run(arguments), &Condition::Undisturbed)?;
        if run.code != Some(0) {
            bail!("an undisturbed run ends with {:?}: {}", run.code, run.stderr);
        }
        std::fs::copy(run.results(), setting.results())?;
        setting.files = setting.read()?;
        Ok(setting)
    }

    /// The options for the small corpus.
    pub(super) fn small(&self) -> Vec<String> {
        vec!["--cases".to_owned(), self.corpus.to_string_lossy().into_owned()]
    }

    pub(super) fn corpus(&self) -> &Path {
        &self.corpus
    }

    pub(super) fn subjects(&self) -> &Path {
        &self.subjects
    }

    /// A results file of the small corpus.
    pub(super) fn results(&self) -> PathBuf {
        self.folder.path().join("results.jsonl")
    }

    /// Returns whether a file of the user has changed.
    pub(super) fn has_changed(&self) -> Result<bool> {
        Ok(self.read()? != self.files)
    }

    fn read(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = std::fs::read(&path)?;
                    files.insert(path, text);
                }
            }
        }
        Ok(files)
    }
}
