//! The two files of a baseline.

use super::error::{BaselineError, FileError, FormatError, read};
use super::yaml::parse_causes;
use crosscheck_results::baseline::{Baseline, CaseLists};
use std::path::{Path, PathBuf};

/// The two files of a baseline as they are on disk.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) causes_path: PathBuf,
    pub(super) causes: String,
    pub(super) cases_path: PathBuf,
    pub(super) cases: String,
    pub(super) baseline: Baseline,
}

impl Files {
    pub(super) fn read(folder: &Path, subject: &str) -> Result<Self, BaselineError> {
        Self::read_with(folder, subject, |cases| cases)
    }

    /// The same, where the lists are what `lists` makes of the text of their file.
    pub(super) fn read_with(
        folder: &Path,
        subject: &str,
        lists: impl FnOnce(String) -> String,
    ) -> Result<Self, BaselineError> {
        let (causes_path, cases_path) = (causes_file(folder, subject), cases_file(folder, subject));
        let text = |path: &Path| match read(path) {
            Ok(text) => Ok(text.unwrap_or_default()),
            Err(source) => Err(FileError::Read {
                path: path.to_owned(),
                source,
            }),
        };
        let (causes, cases) = (text(&causes_path)?, lists(text(&cases_path)?));
        let format = |path: &Path, source: FormatError| FileError::Format {
            path: path.to_owned(),
            place: source.place(),
            source,
        };
        let baseline = Baseline::new(
            parse_causes(&causes).map_err(|e| format(&causes_path, e.into()))?,
            CaseLists::parse(&cases).map_err(|e| format(&cases_path, e.into()))?,
        );
        Ok(Self {
            causes_path,
            causes,
            cases_path,
            cases,
            baseline,
        })
    }
}

/// The file of a subject that people write.
pub(super) fn causes_file(folder: &Path, subject: &str) -> PathBuf {
    folder.join(format!("{subject}.yaml"))
}

/// The folder of the exact lists.
pub(super) fn cases_folder(folder: &Path) -> PathBuf {
    folder.join("cases")
}

/// The file of a subject's exact lists.
pub(super) fn cases_file(folder: &Path, subject: &str) -> PathBuf {
    cases_folder(folder).join(format!("{subject}.txt"))
}
