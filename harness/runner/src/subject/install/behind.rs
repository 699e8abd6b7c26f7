//! A stack: a subject in front of another one, whose installation its `start` names as `{install:NAME}`.

use super::InstallError;
use crate::subject::description::Known;
use std::path::Path;

const OPEN: &str = "{install:";

/// The names that `start` gives.
fn names(known: &Known) -> Vec<&str> {
    let words = known.description.start.iter();
    let named = words.flat_map(|word| {
        word.split(OPEN)
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0))
    });
    named.collect()
}

/// How `start` writes the folder of an installation.
pub(super) fn written(name: &str) -> String {
    format!("{OPEN}{name}}}")
}

/// The subjects that stand behind it, which lie beside its own folder.
///
/// # Errors
/// Where one is not there.
pub(super) fn behind(known: &Known) -> Result<Vec<Known>, InstallError> {
    let names = names(known);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let failed = |name: &str, what: String| InstallError::Behind {
        name: known.name.clone(),
        behind: name.to_owned(),
        what,
    };
    let mut all =
        Known::all(known.folder.parent().unwrap_or(Path::new("/"))).map_err(|e| failed(names[0], e.to_string()))?;
    let take = |name: &&str| {
        all.remove(*name)
            .ok_or_else(|| failed(name, "there is no such subject".to_owned()))
    };
    names.iter().map(take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::subjects_folder;

    #[test]
    fn a_stack_knows_what_stands_behind_it() {
        let all = Known::all(&subjects_folder()).unwrap();
        for (front, expected) in [
            ("haproxy+starlette", &["starlette"][..]),
            ("nginx+express-cors", &["express-cors"]),
            ("nginx", &[]),
        ] {
            let found = behind(&all[front]).unwrap();
            let found: Vec<&str> = found.iter().map(|known| &*known.name).collect();
            assert_eq!(found, expected, "{front}");
        }
        let mut lost = all["nginx+express-cors"].clone();
        lost.description.start = vec![written("no-such")];
        let said = behind(&lost).unwrap_err().to_string();
        assert_eq!(
            said,
            "nginx+express-cors stands in front of `no-such`: there is no such subject"
        );
    }
}
