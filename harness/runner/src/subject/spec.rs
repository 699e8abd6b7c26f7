//! `NAME` or `NAME@VERSION`: the notation for a subject on the command line.

use std::str::FromStr;
use thiserror::Error;

/// The name of a subject, and a version if it is not the default one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectSpec {
    /// The name.
    pub name: String,
    /// The version; `None` for the default one.
    pub version: Option<String>,
}

/// Why a text is not a valid subject.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SpecError {
    /// It is empty, or has an empty part.
    #[error("`{0}` is not a valid subject; write NAME or NAME@VERSION")]
    Malformed(String),
    /// Its version is a word or a range, which may select another release later.
    #[error("`{0}` does not name a release; write the exact version of the registry, such as NAME@1.2.3")]
    NoRelease(String),
}

fn is_plain(word: &str) -> bool {
    word.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'+'))
}

/// Whether a text can be the name of a subject, and so the name of its folders and of the files of its baseline.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && is_plain(text)
}

impl FromStr for SubjectSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let malformed = || SpecError::Malformed(text.to_owned());
        let (name, version) = match text.split_once('@') {
            Some((_, "")) => return Err(malformed()),
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        if !is_name(name) || !version.is_none_or(is_plain) {
            return Err(malformed());
        }
        let is_number = |v: &str| v.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        if !version.is_none_or(is_number) {
            return Err(SpecError::NoRelease(text.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
        })
    }
}

impl std::fmt::Display for SubjectSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => f.write_str(&self.name),
        }
    }
}
