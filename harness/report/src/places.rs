//! Where a finding is shown in the repository of the user.

use crosscheck_results::{Deviation, Header};
use std::collections::BTreeMap;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path from the root of the repository, with `/`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// The file in which the findings of a subject are shown: the policy of a probe, a baseline, or the description of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacesOfSubject {
    /// The path from the root of the repository, with `/`.
    pub file: String,
    /// The lines of the causes of a baseline, or of the rules that a line of a policy is about.
    pub lines: BTreeMap<String, usize>,
    /// The line of what has none of its own, from 1.
    pub line: usize,
}

/// The places of the findings, by subject. A subject without a file has none.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<String, PlacesOfSubject>);

impl Places {
    /// The place of a deviation: the line of its cause or its rule, else that of the subject in the file.
    pub(crate) fn of(&self, header: &Header, deviation: &Deviation) -> Option<Place> {
        let names = std::iter::once(deviation.cause.as_str()).chain(deviation.names());
        self.at(header, names)
    }

    /// The place of the first name that has a line, else that of the subject in the file.
    pub(crate) fn at<'n>(&self, header: &Header, mut names: impl Iterator<Item = &'n str>) -> Option<Place> {
        let places = self.0.get(&header.subject)?;
        let line = names.find_map(|name| places.lines.get(name).copied());
        Some(Place {
            file: places.file.clone(),
            line: line.unwrap_or(places.line),
        })
    }
}

impl FromIterator<(String, PlacesOfSubject)> for Places {
    fn from_iter<I: IntoIterator<Item = (String, PlacesOfSubject)>>(places: I) -> Self {
        Self(places.into_iter().collect())
    }
}
