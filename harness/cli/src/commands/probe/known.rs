//! The baselines of probed servers: one file for one URL, and a folder of files for several.

use crate::args::ProbeExit;
use crate::commands::baseline::Update;
use crate::exit::Failure;
use crosscheck_results::baseline::{Baseline, Recorded};
use crosscheck_runner::baseline::{ProbeBaseline, ProbeBaselineError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest name of a file, without its ending.
const MAX_NAME: usize = 180;

/// The baselines, in the order of the servers; none without `--baseline`.
pub(super) struct Known(Vec<ProbeBaseline>);

impl Known {
    pub(super) fn load(args: &ProbeExit, subjects: &[String]) -> Result<Self, Failure> {
        let Some(path) = &args.baseline else {
            return Ok(Self(Vec::new()));
        };
        let is_file = matches!(path.extension().and_then(|e| e.to_str()), Some("yaml" | "yml"));
        let one = |subject: &String| {
            let (folder, name) = match (is_file && !path.is_dir(), subjects.len()) {
                (true, 1) => file(path)?,
                (true, _) => {
                    return Err(Failure::message(
                        format!("{} is one file, and a baseline describes one URL", path.display()),
                        "name a folder: it has a file for each URL",
                    ));
                }
                (false, 1) if !path.is_dir() => {
                    return Err(Failure::message(
                        format!("{} is neither a .yaml file nor a folder", path.display()),
                        "name a file with the ending .yaml, for example --baseline api.yaml",
                    ));
                }
                (false, _) => (path.clone(), name_of(subject)),
            };
            // In a folder, a URL without a file has no known deviations.
            let create = args.update_baseline || !is_file;
            ProbeBaseline::load(&folder, &name, subject, create).map_err(failure)
        };
        Ok(Self(subjects.iter().map(one).collect::<Result<_, _>>()?))
    }

    /// The known deviations of a server.
    pub(super) fn baseline(&self, place: usize) -> Option<Arc<Baseline>> {
        self.0.get(place).map(|known| Arc::new(known.baseline().clone()))
    }

    /// Writes the baselines of the servers whose probe came to its end.
    pub(super) fn update(&self, recorded: &[Recorded], existing: &[BTreeSet<String>]) -> Result<Vec<Update>, Failure> {
        let servers = self.0.iter().zip(recorded).zip(existing);
        let one = |((known, recorded), existing): ((&ProbeBaseline, &Recorded), &BTreeSet<String>)| {
            Ok(match known.update(recorded, existing).map_err(failure)? {
                Some(updated) => Update::Written(updated),
                None => Update::Unchanged(recorded.subject().to_owned()),
            })
        };
        servers.map(one).collect()
    }
}

/// The folder and the name of a file.
fn file(path: &Path) -> Result<(PathBuf, String), Failure> {
    let name = path.file_stem().and_then(|stem| stem.to_str());
    let has_yml = path.extension().is_some_and(|e| e == "yml");
    let (Some(name), false) = (name, has_yml) else {
        return Err(Failure::message(
            format!("{} is not a name of a baseline", path.display()),
            "name a file with the ending .yaml, for example --baseline api.yaml",
        ));
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    Ok((folder.unwrap_or(Path::new(".")).to_owned(), name.to_owned()))
}

/// The name of the file of a URL in a folder: letters, digits, dots and hyphens stay, a slash is `_`, and any other byte is `~` with its
/// code.
fn name_of(subject: &str) -> String {
    let rest = subject.split_once("://").map_or(subject, |(_, rest)| rest);
    let mut name = String::new();
    for byte in rest.trim_end_matches('/').bytes() {
        match byte {
            b'/' => name.push('_'),
            b':' => name.push('-'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' => name.push(char::from(byte)),
            _ => name.push_str(&format!("~{byte:02X}")),
        }
    }
    name.truncate(MAX_NAME);
    name
}

fn failure(error: ProbeBaselineError) -> Failure {
    let help = match &error {
        ProbeBaselineError::File(_) => "correct the file, or run without --baseline",
        ProbeBaselineError::Absent(_) => "create it with --update-baseline, or check the name",
        ProbeBaselineError::OtherSubject { .. } => {
            "name the baseline of this URL, or edit the first line of the file if the server has moved"
        }
        ProbeBaselineError::NoSubject(_) => "name another file, which --update-baseline creates",
    };
    Failure::usage(error, help)
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn the_file_of_a_url_has_a_plain_name() {
        for (url, name) in [
            ("http://localhost:3000/api/data", "localhost-3000_api_data"),
            ("https://api.example/", "api.example"),
            (
                "https://api.example/a?b=[redacted]",
                "api.example_a~3Fb~3D~5Bredacted~5D",
            ),
            ("http://[::1]:80/../x", "~5B--1~5D-80_.._x"),
        ] {
            assert_eq!(name_of(url), name);
        }
    }
}
