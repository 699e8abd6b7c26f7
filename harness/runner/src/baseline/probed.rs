//! The baseline of a probed server: the same two files as that of a subject, named by the user, with the URL in the exact lists.

use super::BaselineError;
use super::error::write;
use super::files::{Files, causes_file};
use super::update::{Updated, causes_text, updated};
use crosscheck_results::baseline::{Baseline, Recorded};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// How the line begins that has the URL. It is the first line of the lists.
const SUBJECT: &str = "subject ";

/// Why the baseline of a probe cannot be used.
#[derive(Debug, Error)]
pub enum ProbeBaselineError {
    /// A file of it cannot be used.
    #[error(transparent)]
    File(#[from] BaselineError),
    /// It is not there.
    #[error("the baseline {} does not exist", .0.display())]
    Absent(PathBuf),
    /// It describes another server.
    #[error("the baseline {} is of {of}, not of {subject}", path.display())]
    OtherSubject {
        /// The file of the exact lists.
        path: PathBuf,
        /// The subject that it describes.
        of: String,
        /// The subject that is probed.
        subject: String,
    },
    /// Its lists have no URL.
    #[error("{} has no line `subject URL`: it is not the baseline of a probe", .0.display())]
    NoSubject(PathBuf),
}

/// The URL that the lists of a probed server begin with.
pub(super) fn probed_url(lists: &str) -> Option<&str> {
    Some(lists.strip_prefix(SUBJECT)?.lines().next()?.trim_end())
}

/// The lists without the URL. The lines keep their numbers.
pub(super) fn without_url(lists: &str) -> &str {
    if probed_url(lists).is_none() {
        return lists;
    }
    lists.find('\n').map_or("", |end| &lists[end..])
}

/// The baseline of one URL.
#[derive(Debug)]
pub struct ProbeBaseline {
    folder: PathBuf,
    /// The name of the file that people write, without `.yaml`.
    name: String,
    subject: String,
    files: Files,
}

impl ProbeBaseline {
    /// Reads `FOLDER/NAME.yaml` and `FOLDER/cases/NAME.txt`. If `create`, they need not exist.
    ///
    /// # Errors
    /// If the files do not load, or describe another server.
    pub fn load(folder: &Path, name: &str, subject: &str, create: bool) -> Result<Self, ProbeBaselineError> {
        let mut of = None;
        let mut has_lists = false;
        let files = Files::read_with(folder, name, |text| {
            has_lists = text.lines().any(|l| !l.trim().is_empty() && !l.starts_with('#'));
            of = probed_url(&text).map(str::to_owned);
            without_url(&text).to_owned()
        })?;
        let path = files.cases_path.clone();
        match of {
            Some(of) if of == subject => {}
            Some(of) => {
                return Err(ProbeBaselineError::OtherSubject {
                    path,
                    of,
                    subject: subject.to_owned(),
                });
            }
            None if has_lists => return Err(ProbeBaselineError::NoSubject(path)),
            None if !create && !causes_file(folder, name).exists() => {
                return Err(ProbeBaselineError::Absent(files.causes_path));
            }
            None => {}
        }
        Ok(Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            subject: subject.to_owned(),
            files,
        })
    }

    /// The known deviations.
    #[must_use]
    pub const fn baseline(&self) -> &Baseline {
        &self.files.baseline
    }

    /// The folder of the file that people write.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes what a run changes; returns `None`, and writes nothing, if it did not come to its end. `existing` has the ids of every
    /// case of the policy.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn update(
        &self,
        recorded: &Recorded,
        existing: &BTreeSet<String>,
    ) -> Result<Option<Updated>, ProbeBaselineError> {
        if !recorded.has_ended() {
            return Ok(None);
        }
        let before = &self.files.baseline;
        let change = recorded.change(before, Some(existing));
        let after = change.baseline(before);
        let causes = causes_text(&self.files, &self.subject, &change, &after)?;
        // Also a server without deviations gets a list, which has its URL.
        if after.lists() != before.lists() || !self.files.cases_path.exists() {
            let lists = after.lists().render(&self.name);
            let lists: String = lists
                .split_inclusive('\n')
                .filter(|line| !line.starts_with('#'))
                .collect();
            let text = format!(
                "{SUBJECT}{}\n# The exact cases of its known deviations, by cause. Written by `crosscheck probe --update-baseline`;\n\
                 # causes and reasons are in ../{}.yaml.\n{lists}",
                self.subject, self.name
            );
            write(&self.files.cases_path, &text)?;
        }
        if let Some(text) = causes {
            write(&self.files.causes_path, &text)?;
        }
        Ok(Some(updated(&self.files, recorded, &change, &after)))
    }
}

#[cfg(test)]
mod tests {
    use super::{ProbeBaseline, ProbeBaselineError};

    #[test]
    fn the_baseline_of_another_server_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let load = |subject: &str| ProbeBaseline::load(folder.path(), "api", subject, false);
        assert!(matches!(load("http://a.test/"), Err(ProbeBaselineError::Absent(_))));
        std::fs::create_dir(folder.path().join("cases")).expect("a folder");
        let lists = |text: &str| std::fs::write(folder.path().join("cases/api.txt"), text).expect("a file");
        lists("subject http://a.test/\n# A comment.\ncause c\n rule vary hygiene\n  policies/p#vary/root\n");
        let loaded = load("http://a.test/").expect("its own baseline");
        assert_eq!(loaded.baseline().lists().iter().count(), 1);
        let other = load("http://b.test/").expect_err("another server").to_string();
        assert!(
            other.ends_with("is of http://a.test/, not of http://b.test/"),
            "{other}"
        );
        lists("cause c\n rule vary hygiene\n  policies/p#vary/root\n");
        assert!(matches!(load("http://a.test/"), Err(ProbeBaselineError::NoSubject(_))));
        lists("subject http://a.test/\ncause c\n wrong\n");
        let fault = load("http://a.test/").expect_err("a wrong line").to_string();
        assert!(fault.contains("api.txt:3:"), "{fault}");
    }
}
