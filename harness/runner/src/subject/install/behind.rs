//! Stacks: a subject in front of another one. Its `start` names the installation of the other one as `{install:NAME}`.

use super::InstallError;
use crate::subject::all::{DescriptionError, Subjects};
use crate::subject::subjects::Subject;
use std::path::Path;

const OPEN: &str = "{install:";

/// The names of the subjects in `start`.
fn names(subject: &Subject) -> Vec<&str> {
    let words = subject.description.start.iter();
    let named = words.flat_map(|word| {
        word.split(OPEN)
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0))
    });
    named.collect()
}

/// The placeholder of `start` for the folder of an installation.
pub(super) fn written(name: &str) -> String {
    format!("{OPEN}{name}}}")
}

/// Returns the subjects behind a stack. Their folders are siblings of its own folder.
///
/// # Errors
/// If one of them does not exist.
pub(super) fn behind(subject: &Subject) -> Result<Vec<Subject>, InstallError> {
    let names = names(subject);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let failed = |name: &str, what: String| InstallError::Behind {
        name: subject.name.clone(),
        behind: name.to_owned(),
        what,
    };
    let mut all = Subjects::load(subject.folder.parent().unwrap_or(Path::new("/")), &[]);
    let take = |name: &&str| {
        let unusable = all.unusable.remove(*name).map(DescriptionError);
        let why = || unusable.map_or_else(|| "there is no such subject".to_owned(), |error| error.to_string());
        all.usable.remove(*name).ok_or_else(|| failed(name, why()))
    };
    names.iter().map(take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects::tests::all as all_subjects;

    #[test]
    fn a_stack_names_the_subject_behind_it() {
        let all = all_subjects();
        for (front, expected) in [
            ("haproxy+starlette", &["starlette"][..]),
            ("nginx+express-cors", &["express-cors"]),
            ("nginx", &[]),
        ] {
            let found = behind(&all[front]).unwrap();
            let found: Vec<&str> = found.iter().map(|subject| &*subject.name).collect();
            assert_eq!(found, expected, "{front}");
        }
        let mut lost = all["nginx+express-cors"].clone();
        lost.description.start = vec![written("no-such")];
        let error = behind(&lost).unwrap_err().to_string();
        assert_eq!(
            error,
            "nginx+express-cors is a stack in front of `no-such`: there is no such subject"
        );
    }
}
